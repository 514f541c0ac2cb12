#!/usr/bin/env bash
# Software: Redis 7.0.15 (Redis 8.0 and Valkey 9.1 are the same).
# Guess:    min-replicas-to-write counts replicas that have acknowledged something within min-replicas-max-lag seconds.
# Happens:  one that has got its copy counts as if it had acknowledged at that moment. `redis-cli --replica`, which shows the stream and
#           never acknowledges, makes a master without any replica take writes for max-lag and a second more.
# Matters:  a master that is cut off and refuses writes is just what somebody looks into. The look lets ten seconds of writes in
#           (the default), each of them OK, and nobody else has them.
# Seen:     SET: NOREPLICAS; with redis-cli --replica: OK, port=0, offset=0; with a max-lag of 3 after 5 s: NOREPLICAS
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
server --min-replicas-to-write 1 --min-replicas-max-lag 3
write() { cli "$port" set key value | cut -d' ' -f1; }
same 'SET' NOREPLICAS "$(write)"
"$bin/redis-cli" -p "$port" --replica >/dev/null 2>&1 &
started+=($!)
until_true 10 is OK write
sleep 1
same 'SET a second later' OK "$(write)"
same 'the replica' 'port=0,state=online,offset=0' "$(info "$port" slave0 | grep -oE 'port=.*offset=[0-9]+')"
until_true 10 is NOREPLICAS write
same 'the replica that no longer counts' 'port=0,state=online,offset=0' "$(info "$port" slave0 | grep -oE 'port=.*offset=[0-9]+')"
