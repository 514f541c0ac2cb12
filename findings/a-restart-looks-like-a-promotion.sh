#!/usr/bin/env bash
# Software: Redis 7.0.15 (8.6 and Valkey 9.1 are the same; on 6.0 master_replid2 is 0 and the replica copies everything).
# Guess:    master_replid2 and second_repl_offset of a master say that it was a replica, and up to where it followed its old master.
# Happens:  so does a master that was stopped and started again from its dump.rdb, and never was a replica: it takes a new id, and its own
#           former one is the second. Its replica goes on with a partial resynchronisation.
# Matters:  "a second id that is not 0 means that it was promoted" is how tools and people tell which of two masters is the newer one.
#           A reboot of the old master makes it look like that.
# Seen:     master_replid2: the id from before the restart; second_repl_offset: the offset of the dump + 1; full copies: 0, partial: 1
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
server --save '3600 100000' --repl-ping-replica-period 3600
master=$port
process=$pid
server --replicaof 127.0.0.1 "$master"
until_true 20 follows "$master" "$port"
cli "$master" set key value >/dev/null
id=$(info "$master" master_replid)
same 'second id' "$(printf '0%.0s' {1..40})" "$(info "$master" master_replid2)"
same 'second_repl_offset' -1 "$(info "$master" second_repl_offset)"
cli "$master" shutdown save
until_true 10 bash -c "! kill -0 $process"
"$bin/redis-server" --port "$master" --bind 127.0.0.1 --dir "$tmp/$master" --save '3600 100000' --repl-ping-replica-period 3600 >/dev/null &
started+=($!)
until_true 20 is PONG cli "$master" ping
offset=$(info "$master" master_repl_offset)
within 'offset' 20 1000 "$offset"
same 'role' master "$(info "$master" role)"
same 'second id is the one from before' "$id" "$(info "$master" master_replid2)"
same 'second_repl_offset' $((offset + 1)) "$(info "$master" second_repl_offset)"
until_true 20 follows "$master" "$port"
same 'copies of the replica, full and partial' '0 1' "$(info "$master" sync_full) $(info "$master" sync_partial_ok)"
