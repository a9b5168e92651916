# Bash completion for muster: commands, options, files, and the outages that a scenario names.

_muster_files() {  # PATTERN...: files that end so, and folders
  local pattern
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(
    for pattern in "$@"; do compgen -f -X "!*.$pattern" -- "$cur"; done
    compgen -d -- "$cur")
}

_muster_outages() {  # the keys right under `outages:` of the scenario on the command line
  local word file=
  for word in "${COMP_WORDS[@]:2}"; do
    case $word in
      *.yaml | *.yml) [ -r "$word" ] && file=$word && break ;;
    esac
  done
  [ -n "$file" ] || return 0
  COMPREPLY=($(compgen -W "$(awk '
    /^[^ #]/ { inside = /^outages:/; depth = 0; next }
    inside && match($0, /^ +[a-z0-9][a-z0-9-]*:/) {
      line = $0; sub(/[^ ].*/, "", line)
      if (!depth) depth = length(line)
      if (length(line) == depth) { sub(/^ +/, ""); sub(/:.*/, ""); print }
    }' "$file")" -- "$cur"))
}

_muster() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} options=
  local IFS=$' \t\n'
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "actions agent calibrate check endpoints evidence exercise explain fit forecast halt history incident init merge observe proxy report schedule simulate targets what-if --help --version" -- "$cur"))
    return
  fi
  local words=
  case $command in
    actions) words="add close list" ;;
    agent) words="pki run status" ;;
    exercise) words="abort ack check recover report run status" ;;
    history) words="show" ;;
    incident) words="ack add list run" ;;
    observe) words="export import list" ;;
    schedule) words="status" ;;
  esac
  if [ "$COMP_CWORD" -eq 2 ] && [ -n "$words" ] && [ "${cur#-}" = "$cur" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  fi
  [[ " $words " != *" ${COMP_WORDS[2]} "* ]] || command+=" ${COMP_WORDS[2]}"
  if [ "$command" = "agent pki" ]; then
    if [ "$COMP_CWORD" -eq 3 ]; then
      COMPREPLY=($(compgen -W "init issue list revoke" -- "$cur"))
      return
    fi
    command+=" ${COMP_WORDS[3]}"
  fi
  case $command in
    calibrate) options="--as-of --half-life --help --json --observations --out --outage --prior-weight --quiet --replications --seed --threads" ;;
    check) options="--explain-path --help --quiet --set --strict" ;;
    endpoints) options="--help --host --json" ;;
    evidence) options="--calibration --from --help --out --plan --programme --scenario --sign --to" ;;
    explain) options="--at --calibration --help --json --outage --replication --replications --seed --service --set --starts --threads" ;;
    fit) options="--as-of --censored-when --help --html --json --level --map --outage --quiet --resamples --role --scenario --seed --step --time-format --unit --where --zone" ;;
    forecast) options="--calibration --help --json --precision --quiet --replications --seed --set --threads --years" ;;
    init) options="--force --help --template" ;;
    merge) options="--fail-on-miss --help --json --quiet" ;;
    report) options="--calibration --csv --forecast --help --html --md --outage --pdf --quiet --replications --seed --set --study --threads" ;;
    simulate) options="--at --calibration --fail-on-miss --help --isa --json --outage --path --precision --quiet --rare --rare-error --replications --samples --seed --sensitivity --set --shard --shards --steps --threads --timing" ;;
    "agent run") options="--config --help" ;;
    "agent status") options="--help" ;;
    "agent pki init") options="--days --folder --help --name" ;;
    "agent pki issue") options="--address --days --folder --help" ;;
    "agent pki list" | "agent pki revoke") options="--folder --help" ;;
    "actions add") options="--due --exercise --help --owner" ;;
    "actions close") options="--by --help --note" ;;
    "actions list") options="--all --help --json" ;;
    "exercise abort") options="--by --help --why" ;;
    "exercise ack") options="--by --exercise --help --no --note" ;;
    "exercise check") options="--drill --help --quiet --strict" ;;
    "incident ack") options="--by --exercise --help --no --note" ;;
    "incident run") options="--bindings --by --calibration --continues --help --outage --replications --seed --set --started" ;;
    "exercise recover" | "exercise status") options="--help" ;;
    "exercise report") options="--help --html --json --md --output" ;;
    "exercise run") options="--by --calendar --calibration --dry-run --help --json --no-afterwards --replications --seed --yes" ;;
    halt) options="--by --help --lift --why" ;;
    history | "history show") options="--help --json" ;;
    "incident add") options="--by --ended --help --note --ongoing --outage --replaces --response --scenario --started --step --zone" ;;
    "incident list") options="--help --json" ;;
    "observe export") options="--help --outage --output --role --scenario --step" ;;
    "observe import") options="--as-of --by --censored-when --help --map --out --outage --role --scenario --step --time-format --unit --where --zone" ;;
    "observe list") options="--help --json --outage --role --scenario --step" ;;
    proxy) options="--audit --config --connections --expose --help --listen --max-ttl --seed --threads --token-file --ttl" ;;
    schedule) options="--help --html --ics --json --keep --md --quiet --replications --seed --threads --today" ;;
    "schedule status") options="--help --json --plan --today" ;;
    targets) options="--calibration --help --json --outage --quiet --replications --seed --set --study --threads" ;;
    what-if) options="--calibration --help --json --outage --quiet --replications --seed --set --shard --shards --threads" ;;
    *) return ;;
  esac
  case $command$previous in
    endpoints--host) ;;  # one's own words
    endpoints*) COMPREPLY=($(compgen -W "aws $options" -- "$cur")) ;;
    "exercise report--md" | "exercise report--html" | "exercise report--json" | history*--json | "actions list--json" | "incident list--json" | "schedule status--json" | "observe list--json") COMPREPLY=($(compgen -W "$options" -- "$cur")) ;;
    *--calendar | *--ics) _muster_files ics ;;
    "agent run--config") _muster_files yaml yml ;;
    *--folder) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    "agent "*--address | "agent "*--days | "agent "*--name) ;;  # one's own words
    *--keep | *--plan | proxy--config) _muster_files json ;;
    proxy--audit | proxy--token-file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    proxy--*) [[ $cur != -* ]] || COMPREPLY=($(compgen -W "$options" -- "$cur")) ;;
    *--today | evidence--from | evidence--to) ;;  # one's own words
    evidence--out) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    *--sign) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    *--programme) _muster_files yaml yml json ;;
    *--map | *--where | *--censored-when | *--as-of | *--time-format | *--zone | *--level | *--resamples | *--role | *--response | *--started | *--ended | *--replaces) ;;  # one's own words
    *--half-life | *--prior-weight) ;;
    *--calibration | calibrate--out) _muster_files yaml yml json ;;
    *--observations) _muster_files csv ;;
    *--unit) COMPREPLY=($(compgen -W "ms s m h d w" -- "$cur")) ;;
    *--scenario) _muster_files yaml yml json ;;
    "fit--step" | "observe "*--step | "incident "*--step) ;;  # likewise
    "observe import--out" | "observe export--output") _muster_files csv ;;
    *--by | *--due | *--exercise | *--note | *--owner | *--why) ;;  # one's own words
    *--outage) _muster_outages ;;
    explain--at) COMPREPLY=($(compgen -W "p5 p10 p25 p50 p75 p90 p95 p99 p999 max" -- "$cur")) ;;
    *--json) _muster_files json ;;
    *--samples | *--csv) _muster_files csv ;;
    *--shard) COMPREPLY=($(compgen -W "auto" -- "$cur")) ;;
    *--shards) COMPREPLY=($(compgen -d -- "$cur")) ;;
    *--study) _muster_files yaml yml json ;;
    *--html) _muster_files html ;;
    *--md) _muster_files md ;;
    *--pdf) _muster_files pdf ;;
    *--template) COMPREPLY=($(compgen -W "serverless three-tier" -- "$cur")) ;;
    *--precision) COMPREPLY=($(compgen -W "5% 2% 1% 0.5%" -- "$cur")) ;;
    *--replications | *--replication | *--seed | *--set | *--threads | *--at | *--service | *--starts | *--today | *--years | *--forecast) ;;  # one's own words
    *)
      case $cur in
        -*) COMPREPLY=($(compgen -W "$options" -- "$cur")) ;;
        *)
          case $command in
            merge) _muster_files shard ;;
            fit | "observe import") _muster_files csv ;;
            *) _muster_files yaml yml json ;;
          esac ;;
      esac ;;
  esac
}

complete -F _muster muster
