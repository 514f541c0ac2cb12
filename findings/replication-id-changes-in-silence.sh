#!/usr/bin/env bash
# Software: Redis 7.0.15 (6.0.16, 8.0.2, 8.6.3 and Valkey 8.1.1 and 9.1.2 are the same).
# Guess:    a master that stays a master, and is not started anew, keeps its replication id. If nothing was written while its
#           replica was away, the replica goes on with a partial resynchronisation.
# Happens:  when no replica was there for `repl-backlog-ttl` (an hour by default), it takes a new id and forgets the old one.
#           The data and the offset are the same, and the replica copies everything.
# Matters:  ids are how one tells whether two servers have the same past. After an hour of maintenance two equal datasets look
#           unrelated, and the return of the idle node costs a full copy. `repl-backlog-ttl 0` keeps the id.
# Seen:     ttl 3600: same id, partial; ttl 1: another id, master_replid2 all 0, same offset, full copy
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
server
master=$port
server --replicaof 127.0.0.1 "$master"
replica=$pid
until_true 20 follows "$master" "$port"
ids() { echo "$(info "$master" master_replid) $(info "$master" master_replid2)"; }
syncs() { echo "$(info "$master" sync_full) $(info "$master" sync_partial_ok)"; }
# away: afterwards the replica is frozen and its link is gone.
away() {
  kill -STOP "$replica"
  cli "$master" client kill type replica >/dev/null
  until_true 20 is 0 info "$master" connected_slaves
}
# back: afterwards it is connected again.
back() {
  kill -CONT "$replica"
  until_true 20 is 1 info "$master" connected_slaves
  until_true 20 is up info "$port" master_link_status
}

before=$(ids)
away
sleep 4
same 'ids after 4 seconds, ttl 3600' "$before" "$(ids)"
back
same 'full and partial' '1 1' "$(syncs)"

cli "$master" config set repl-backlog-ttl 1 >/dev/null
away
offset=$(info "$master" master_repl_offset)
other() { [ "$(ids)" != "$before" ]; }
until_true 20 other
same 'second id, ttl 1' 0000000000000000000000000000000000000000 "$(info "$master" master_replid2)"
same 'offset' "$offset" "$(info "$master" master_repl_offset)"
same 'role' master "$(info "$master" role)"
back
same 'full and partial' '2 1' "$(syncs)"
