#!/bin/bash
# A simulation on many machines of a Slurm cluster: an array of shards, and the merge when all of them have succeeded.
#
#   deploy/slurm.sh FOLDER PARTS simulate SCENARIO [OPTION]...       (or: what-if SCENARIO [STUDY] ...)
#
# FOLDER, on a file system that all nodes share, receives the shards, what the tasks print, and result.json. A shard that is there
# already is not run again, so submitting the same line once more does only what is missing. SBATCH_OPTIONS are given to sbatch.
# Prints the number of the job that merges.
set -euo pipefail
[ $# -ge 4 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
folder=$(mkdir -p "$1" && cd "$1" && pwd) parts=$2
shift 2
muster=$(command -v "${MUSTER:-muster}") || { echo "slurm.sh: no muster here; say where it is by MUSTER" >&2; exit 2; }
read -ra options <<<"${SBATCH_OPTIONS-}"
# Words stay words, whatever they hold.
run=$(printf '%q ' "$muster" "$@" --shard auto --shards "$folder" --threads 1 --quiet)
merge=$(printf '%q ' "$muster" merge --json "$folder/result.json" --quiet)$(printf '%q' "$folder")/*.shard
array=$(sbatch --parsable --requeue --array="1-$parts" --job-name=muster --output="$folder/%a.log" --open-mode=append \
  "${options[@]}" --wrap "exec $run")
sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes --job-name=muster-merge --output="$folder/merge.log" \
  "${options[@]}" --wrap "exec $merge"
