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
    COMPREPLY=($(compgen -W "actions check evidence exercise explain forecast halt history init report schedule simulate targets what-if --help --version" -- "$cur"))
    return
  fi
  local words=
  case $command in
    actions) words="add close list" ;;
    exercise) words="abort ack check recover report run status" ;;
    history) words="show" ;;
    schedule) words="status" ;;
  esac
  if [ "$COMP_CWORD" -eq 2 ] && [ -n "$words" ] && [ "${cur#-}" = "$cur" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  fi
  [[ " $words " != *" ${COMP_WORDS[2]} "* ]] || command+=" ${COMP_WORDS[2]}"
  case $command in
    check) options="--help --quiet --set --strict" ;;
    evidence) options="--calibration --from --help --out --plan --programme --scenario --sign --to" ;;
    explain) options="--at --help --json --outage --replication --replications --seed --service --set --starts --threads" ;;
    forecast) options="--help --json --precision --quiet --replications --seed --set --threads --years" ;;
    init) options="--force --help --template" ;;
    report) options="--csv --forecast --help --html --md --outage --pdf --quiet --replications --seed --set --study --threads" ;;
    simulate) options="--at --fail-on-miss --help --json --outage --precision --quiet --replications --samples --seed --sensitivity --set --steps --threads" ;;
    "actions add") options="--due --exercise --help --owner" ;;
    "actions close") options="--by --help --note" ;;
    "actions list") options="--all --help --json" ;;
    "exercise abort") options="--by --help --why" ;;
    "exercise ack") options="--by --exercise --help --no --note" ;;
    "exercise check") options="--drill --help --quiet --strict" ;;
    "exercise recover" | "exercise status") options="--help" ;;
    "exercise report") options="--help --json --md --output" ;;
    "exercise run") options="--by --calendar --dry-run --help --json --no-afterwards --replications --seed --yes" ;;
    halt) options="--by --help --lift --why" ;;
    history | "history show") options="--help --json" ;;
    schedule) options="--help --html --ics --json --keep --md --quiet --replications --seed --threads --today" ;;
    "schedule status") options="--help --json --plan --today" ;;
    targets) options="--help --json --outage --quiet --replications --seed --set --study --threads" ;;
    what-if) options="--help --json --outage --quiet --replications --seed --set --threads" ;;
    *) return ;;
  esac
  case $command$previous in
    "exercise report--md" | "exercise report--json" | history*--json | "actions list--json" | "schedule status--json") COMPREPLY=($(compgen -W "$options" -- "$cur")) ;;
    *--out) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    *--sign) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    *--calibration | *--programme | *--scenario) _muster_files yaml yml json ;;
    evidence--from | evidence--to) ;;  # one's own words
    *--calendar | *--ics) _muster_files ics ;;
    *--keep | *--plan) _muster_files json ;;
    *--by | *--due | *--exercise | *--note | *--owner | *--why) ;;  # one's own words
    *--outage) _muster_outages ;;
    explain--at) COMPREPLY=($(compgen -W "p5 p10 p25 p50 p75 p90 p95 p99 p999 max" -- "$cur")) ;;
    *--json) _muster_files json ;;
    *--samples | *--csv) _muster_files csv ;;
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
        *) _muster_files yaml yml json ;;
      esac ;;
  esac
}

complete -F _muster muster
