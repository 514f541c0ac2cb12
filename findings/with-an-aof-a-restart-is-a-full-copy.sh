#!/usr/bin/env bash
# Software: Redis 7.0.15 (8.6 and Valkey 9.1 are the same).
# Guess:    a master with `appendonly yes` keeps at least as much over a restart as one with a dump.rdb alone, so its replica goes on
#           with a partial resynchronisation in both cases.
# Happens:  the replication id and the offset are in the dump.rdb that SHUTDOWN writes, and a server with an AOF does not read that one. It
#           comes back with all data, a new id, and no second one. The replica copies everything.
# Matters:  appendonly is switched on to lose less. From then on each restart of the master, for a kernel update say, costs a fork, a whole
#           copy over the net, and a replica that is of no use meanwhile, even if nothing was written.
# Seen:     with dump.rdb: full copies 0, partial 1; with AOF too: full 1, partial 0; keys: the same
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
# trial APPENDONLY: what the replica needed after the restart of its master: full copies, and partial ones.
trial() {
  local master process lines=(--save '3600 100000' --appendonly "$1")
  server "${lines[@]}"
  master=$port
  process=$pid
  server --replicaof 127.0.0.1 "$master"
  until_true 20 follows "$master" "$port"
  cli "$master" set key value >/dev/null
  cli "$master" shutdown save
  until_true 10 bash -c "! kill -0 $process"
  "$bin/redis-server" --port "$master" --bind 127.0.0.1 --dir "$tmp/$master" "${lines[@]}" >/dev/null &
  started+=($!)
  until_true 20 is value cli "$master" get key
  until_true 20 follows "$master" "$port"
  seen="full $(info "$master" sync_full), partial $(info "$master" sync_partial_ok)"
}
trial no
same 'with dump.rdb' 'full 0, partial 1' "$seen"
trial yes
same 'with an AOF too' 'full 1, partial 0' "$seen"
