#!/usr/bin/env bash
# Software: Redis 7.0.15 (8.6 and Valkey 9.1 are the same).
# Guess:    a master that refuses every write with NOREPLICAS stays where it is: when it becomes a replica of the new master, it goes on
#           with a partial resynchronisation.
# Happens:  its keys still expire, and each is a DEL in its stream: the offset grows past the point where the new master left it. It has
#           taken no write of anybody, and must copy everything.
# Matters:  min-replicas-to-write is the fence for the side that was cut off. One key with a time to live is enough, and every cut ends with
#           a whole copy; a tool that compares offsets sees "writes that only this node has", where nobody wrote.
# Seen:     SET: NOREPLICAS; a key expires: offset 20 bytes further, full copies 1, partial 0; no key expires: offset as before, full copies 0,
#           partial 1
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
# trial EXPIRES: what the old master needed to follow the new one: full copies, and partial ones.
trial() {
  local master before
  server --min-replicas-to-write 1 --min-replicas-max-lag 10 --repl-ping-replica-period 3600
  master=$port
  server --replicaof 127.0.0.1 "$master" --repl-ping-replica-period 3600
  until_true 20 follows "$master" "$port"
  cli "$master" set key value ${1:+px 5000} >/dev/null
  until_true 5 is value cli "$port" get key
  cli "$port" replicaof no one >/dev/null
  until_true 5 is 0 info "$master" connected_slaves
  before=$(info "$master" master_repl_offset)
  same 'SET' NOREPLICAS "$(cli "$master" set other value | cut -d' ' -f1)"
  if [ -n "$1" ]; then until_true 15 is 1 info "$master" expired_keys; fi
  grown=$(($(info "$master" master_repl_offset) - before))
  cli "$master" replicaof 127.0.0.1 "$port" >/dev/null
  until_true 20 is up info "$master" master_link_status
  seen="full $(info "$port" sync_full), partial $(info "$port" sync_partial_ok)"
}
trial ''
same 'bytes that it has moved on' 0 "$grown"
same 'copies' 'full 0, partial 1' "$seen"
trial expires
within 'bytes that it has moved on, with a key that expires' 10 200 "$grown"
same 'copies' 'full 1, partial 0' "$seen"
