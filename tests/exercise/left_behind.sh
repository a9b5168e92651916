#!/usr/bin/env bash
# What a test process has left on the machine, one thing a line: everything that it makes has its id in its name, or in its environment.
#
#   left_behind.sh look|clean PID
#
# `clean` also removes it: thaws, kills, unmounts, deletes.
what=$1 pid=$2
folder=/tmp/muster-tests-$pid
mine="$pid([^0-9]|\$)"
cleaning() { [ "$what" = clean ]; }

shopt -s nullglob
while read -r group; do
  echo "control group $group"
  cleaning || continue
  for file in cgroup.freeze freezer.state; do
    [ ! -w "$group/$file" ] || case $file in cgroup.freeze) echo 0 ;; *) echo THAWED ;; esac >"$group/$file"
  done
  for turn in {1..20}; do
    while read -r member; do kill -KILL "$member"; done <"$group/cgroup.procs"
    rmdir "$group" && break
    sleep 0.1
  done
done 2>/dev/null < <(find /sys/fs/cgroup -type d -regextype posix-extended -regex ".*/(muster_2026-(mfroz|press)|mtest-mfroz)$mine.*" 2>/dev/null)

for environment in /proc/[0-9]*/environ; do
  process=${environment//[^0-9]/}
  case $process in "$pid" | $$ | "$PPID" | "$BASHPID") continue ;; esac
  { grep -qzx "TMPDIR=$folder" "$environment" && read -r line < <(tr '\0' ' ' <"/proc/$process/cmdline") && [ -n "$line" ]; } 2>/dev/null || continue
  case $line in *left_behind.sh*) continue ;; esac
  echo "process $process: $line"
  ! cleaning || kill -KILL "$process" 2>/dev/null
done

for file in /run/netns/*; do
  name=${file##*/}
  [[ $name =~ ^(mw|mwprobe|mcmd|muster-place-|muster-drill-)$mine ]] || continue
  echo "network namespace $name"
  cleaning || continue
  ip netns pids "$name" 2>/dev/null | xargs -r kill -KILL 2>/dev/null
  ip netns del "$name" 2>/dev/null
  rm -rf "/etc/netns/$name"
done
if [ -e "/sys/class/net/mq$pid" ]; then
  echo "device mq$pid"
  ! cleaning || ip link del "mq$pid"
fi
while read -r _ place _; do
  [[ $place == "$folder"/* ]] || continue
  echo "mount $place"
  ! cleaning || umount -l "$place"
done </proc/mounts
for left in "$folder"/* /tmp/muster-drill-"$pid"-*; do
  echo "$left"
  ! cleaning || rm -rf "$left"
done
! cleaning || rm -rf "$folder"
