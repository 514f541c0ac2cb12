#!/usr/bin/env bash
# Software: Redis 7.0.15.
# Guess:    a master with `save ""`, without AOF and with diskless replication leaves no data on its disk: it starts empty.
# Happens:  one client that sends PSYNC or SYNC without REPLCONF capa eof gets its copy by disk, and the file is the master's own
#           dump.rdb. It stays, and the next start loads it.
# Matters:  a cache that was empty after every restart comes back with the keys of the day on which a tool looked at its stream,
#           months later, and its replica copies them. Only `rdb-del-sync-files yes`, not the default, removes the file.
# Seen:     files after the copy for a replica: none; after a PSYNC: dump.rdb; after FLUSHDB and a restart: GET key: old
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
start() {
  "$bin/redis-server" --port "$master" --bind 127.0.0.1 --dir "$tmp/$master" --save '' --appendonly no \
    --repl-diskless-sync yes --repl-diskless-sync-delay 0 >>"$tmp/$master.log" &
  pid=$!
  started+=("$pid")
  until_true 10 is PONG cli "$master" ping
}
end() {
  kill -TERM "$pid"
  wait "$pid" || true
}
files() { find "$tmp/$master" -type f -printf '%f\n'; }

new_port
master=$port
mkdir "$tmp/$master"
start
first=$pid
cli "$master" set key old >/dev/null
server --replicaof 127.0.0.1 "$master"
until_true 10 is old cli "$port" get key
same 'files after the copy for a replica' '' "$(files)"
stop "$pid"

exec 4<>"/dev/tcp/127.0.0.1/$master"
printf 'PSYNC ? -1\r\n' >&4
until_true 10 is 1 info "$master" connected_slaves
until_true 10 is dump.rdb files
exec 4>&-
same 'files after a PSYNC' dump.rdb "$(files)"

same 'FLUSHDB' OK "$(cli "$master" flushdb)"
pid=$first
end
start
same 'GET key after a restart' old "$(cli "$master" get key)"
