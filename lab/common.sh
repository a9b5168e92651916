# shellcheck shell=bash
# What the lab's scripts share: names, places, and how each server is started and stopped. Sourced, never run.
#
# A lab NAME is four network namespaces, muster-lab-NAME-{world,east,west,bystander}, on one bridge that lies in the world; so the
# addresses are the same in every lab and nothing of it is seen outside. Its files are in $MUSTER_LAB_DIR (/var/lib)/muster-lab-NAME
# and in /etc/netns/muster-lab-NAME-*. All its processes live in these namespaces: that is how they are found again.
set -euo pipefail

fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
places=(world east west bystander)
declare -A address=([world]=10.77.0.1 [east]=10.77.1.1 [west]=10.77.2.1 [bystander]=10.77.3.1)
declare -A address6=([world]=fd77::1 [east]=fd77::1:1 [west]=fd77::2:1 [bystander]=fd77::3:1)
resolver=10.77.0.53
postgres=/usr/lib/postgresql/15/bin

# Takes NAME or muster-lab-NAME, which is how exercises write it.
name_lab() {
  lab=${1#muster-lab-}
  [[ $lab =~ ^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$ ]] || fail "'$lab' is no name of a lab: up to 20 small letters, digits and dashes"
  full=muster-lab-$lab
  root=${MUSTER_LAB_DIR:-/var/lib}
  state=$root/$full
  [ "$(id -u)" -eq 0 ] || fail "only root can make and change network namespaces"
}
need_lab() {
  name_lab "${1-}"
  [ -d "$state" ] || fail "there is no lab '$lab'; lab/lab up $lab brings it up"
}
need_region() { [ "${1-}" = east ] || [ "${1-}" = west ] || fail "expected a region, east or west"; }

# In a namespace, without what could keep a lock or a terminal open after the script.
inside() { local place=$1; shift; nsenter --net="/run/netns/$full-$place" -- "$@" 9<&-; }
as_postgres() { local place=$1; shift; inside "$place" setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
sql() { local region=$1; shift; inside "$region" psql -XAtq -v ON_ERROR_STOP=1 -h "${address[$region]}" -U postgres "$@"; }
until_true() {  # SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "waited too long for $what"
    sleep 0.1
  done
}

# A process that has ended but that nobody has waited for yet does not live.
lives() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null && ! grep -qs '^State:[[:space:]]*[ZX]' "/proc/$1/status"; }

# ---- databases

put_ballast() { [ -e "$state/$1/ballast" ] || as_postgres "$1" dd if=/dev/zero of="$state/$1/ballast" bs=1M count=16 status=none; }

db_runs() { lives "$(head -n 1 "$state/$1/db/postmaster.pid" 2>/dev/null)"; }
start_db() {
  db_runs "$1" && return
  rm -f "$state/$1/db/postmaster.pid"  # of one that was killed; while that is a zombie PostgreSQL takes it for alive
  as_postgres "$1" "$postgres/pg_ctl" start -w -t 30 -s -D "$state/$1/db" -l "$state/$1/db.log" </dev/null >/dev/null 2>>"$state/$1.log" ||
    fail "the database in $1 does not start: $(tail -n 3 "$state/$1/db.log" 2>/dev/null | tr '\n' ' ')"
}
stop_db() {  # REGION fast|immediate
  ! db_runs "$1" || as_postgres "$1" "$postgres/pg_ctl" stop -w -t 20 -s -m "$2" -D "$state/$1/db"
}
make_primary() {
  as_postgres "$1" "$postgres/initdb" -D "$state/$1/db" -U postgres --auth=trust --wal-segsize=1 --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null
  cat >>"$state/$1/db/postgresql.conf" <<END
listen_addresses = '*'
unix_socket_directories = ''
shared_buffers = 16MB
max_connections = 60
max_wal_size = 32MB
min_wal_size = 8MB
wal_keep_size = 24MB
wal_level = replica
max_wal_senders = 5
wal_sender_timeout = 5s
wal_receiver_timeout = 5s
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 200ms
tcp_user_timeout = 5000
log_line_prefix = '%m [%p] '
END
  printf 'host all,replication all 10.77.0.0/16 trust\nhost all,replication all fd77::/64 trust\n' >>"$state/$1/db/pg_hba.conf"
  start_db "$1"
  sql "$1" -d postgres -c "create role app login" -c "create database lab owner app"
  sql "$1" -d lab -c "set role app; create table orders (id bigint generated always as identity primary key, at timestamptz not null default now(), what text)"
}
# A streaming replica in REGION of the primary in OTHER, in place of what was there.
make_replica() {
  stop_db "$1" immediate
  rm -rf "${state:?}/$1/db"
  as_postgres "$1" "$postgres/pg_basebackup" -h "${address[$2]}" -U postgres -D "$state/$1/db" -R -X stream -c fast
  start_db "$1"
  until_true 20 "the replica in $1 to stream" streams "$2"
}
streams() { [ "$(sql "$1" -d postgres -c "select count(*) from pg_stat_replication where state = 'streaming' and application_name = 'walreceiver'")" = 1 ]; }
is_primary() { [ "$(sql "$1" -d postgres -c 'select pg_is_in_recovery()')" = f ]; }
promote_db() {
  is_primary "$1" || as_postgres "$1" "$postgres/pg_ctl" promote -w -t 30 -s -D "$state/$1/db"
  until_true 10 "the database in $1 to take writes" is_primary "$1"
}

# ---- the API and the edge

runs() { lives "$(cat "$state/$1.pid" 2>/dev/null)"; }
start_api() {
  runs "$1-api" && return
  # A session of its own, and none of the script's files: it outlives the script.
  inside "$1" setpriv --reuid=www-data --regid=www-data --clear-groups setsid -f /usr/bin/python3 "$here/api.py" "$1" "$state/$1-api.pid" </dev/null >>"$state/$1-api.log" 2>&1
  until_true 30 "the API in $1" inside "$1" /usr/bin/python3 -c 'import socket; socket.create_connection(("127.0.0.1", 8080), 1)'
}
stop_server() { ! runs "$1" || kill "$(cat "$state/$1.pid")"; }

web_server() {  # PLACE LOCATION-LINES: a running nginx
  local place=$1 folder=$state/$1-edge
  mkdir -p "$folder"
  cat >"$folder/nginx.conf" <<END
user www-data;
worker_processes 1;
pid $state/$place-edge.pid;
error_log $folder/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path $folder/body;
  proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi;
  scgi_temp_path $folder/scgi;
  server {
    listen 80;
    listen [::]:80;
    location / { $2 }
  }
}
END
  runs "$place-edge" || inside "$place" nginx -e "$folder/error.log" -c "$folder/nginx.conf" </dev/null >>"$folder/start.log" 2>&1
}
start_edge() { web_server "$1" 'proxy_pass http://127.0.0.1:8080; proxy_connect_timeout 1s; proxy_read_timeout 2s; proxy_buffering off;'; }

# ---- names

# All names of the region that serves, for the world: api.lab and db.lab.
point_names() {
  local new=$state/names.new
  {
    printf '%s api.lab db.lab\n%s api.lab db.lab\n' "${address[$1]}" "${address6[$1]}"
    for place in "${places[@]}"; do printf '%s %s.lab\n%s %s.lab\n' "${address[$place]}" "$place" "${address6[$place]}" "$place"; done
  } >"$new"
  mv "$new" "$state/names"
  ! runs world-dns || kill -HUP "$(cat "$state/world-dns.pid")"
}
start_dns() {
  runs world-dns || inside world dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --addn-hosts="$state/names" --local=/lab/ --local-ttl=1 \
    --bind-interfaces --listen-address="$resolver" --except-interface=lo --cache-size=0 --pid-file="$state/world-dns.pid" </dev/null
}
