#!/usr/bin/env bash
# Software: Redis 7.0.15 (8.6 and Valkey 9.1 are the same).
# Guess:    FAILOVER is refused when there is no replica that could become the master, as it is when there is none at all.
# Happens:  `redis-cli --replica`, which shows the stream, is enough. FAILOVER says OK, and all writers wait for it to acknowledge what
#           it never will, without an end until FAILOVER ABORT. On a master that has not written anything since its start nothing is
#           missing: it becomes a replica of the terminal, port 0, and there is no master.
# Matters:  the replica is down and somebody looks at the stream to see why; FAILOVER in a maintenance script, whose check is "refused
#           without replicas", stops the writes of the one node that is left.
# Seen:     alone: ERR; with redis-cli --replica: OK, waiting-for-sync, SET does not return; fresh: role slave, master_port 0
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
streams() { info "$port" slave0 | grep state=online; }
# watch: a terminal shows the stream of the server at $port.
watch() {
  "$bin/redis-cli" -p "$port" --replica >/dev/null 2>&1 &
  started+=($!)
  until_true 10 streams
}
server
cli "$port" set key value >/dev/null
same 'FAILOVER alone' 'ERR FAILOVER requires connected replicas.' "$(cli "$port" failover | head -1)"
watch
cli "$port" set key other >/dev/null
same 'FAILOVER with a terminal' OK "$(cli "$port" failover)"
code=0
timeout 4 "$bin/redis-cli" -p "$port" set key third >/dev/null || code=$?
same 'SET (124: no reply after 4 seconds)' 124 "$code"
same 'state' waiting-for-sync "$(info "$port" master_failover_state)"
same 'FAILOVER ABORT' OK "$(cli "$port" failover abort)"
same 'SET' OK "$(cli "$port" set key fourth)"

server --repl-ping-replica-period 3600
watch
same 'FAILOVER of a fresh master' OK "$(cli "$port" failover)"
until_true 10 is slave info "$port" role
same 'its master' 0 "$(info "$port" master_port)"
sleep 3
same 'state after 3 seconds' 'failover-in-progress' "$(info "$port" master_failover_state)"
