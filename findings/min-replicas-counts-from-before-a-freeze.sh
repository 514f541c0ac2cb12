#!/usr/bin/env bash
# Software: Redis 7.0.15 (Redis 8.6 and Valkey 8.1 and 9.1 are the same).
# Guess:    with `min-replicas-max-lag 2` a master that was frozen for 6 seconds (a virtual machine that was moved, say) refuses
#           writes at once when it goes on: it has not heard of its only replica for 6 seconds.
# Happens:  a write is compared with a number, the count of good replicas, which is renewed once a second. What clients sent
#           during the freeze is read first, and is executed with the count from before it.
# Matters:  min-replicas-to-write is there for the master that comes back and does not know that another one was made meanwhile.
#           Just the writes of the freeze, which its clients have sent again elsewhere, get through and are acknowledged.
# Seen:     SET and INCR sent during the freeze: OK 1; a few tenths of a second later: NOREPLICAS, lag=7
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
server --min-replicas-to-write 1 --min-replicas-max-lag 2
master=$port
frozen=$pid
server --replicaof 127.0.0.1 "$master"
until_true 20 follows "$master" "$port"
kill -STOP "$frozen" "$pid"
sleep 6
printf 'SET key sent-while-frozen\nINCR counter\n' | cli "$master" >"$tmp/replies" &
writer=$!
sleep 1
kill -CONT "$frozen"
wait "$writer"
same 'replies to the writes of the freeze' 'OK 1' "$(paste -sd' ' "$tmp/replies")"
refused() { cli "$master" set key later | grep -q NOREPLICAS; }
until_true 5 refused
same 'the counter' 1 "$(cli "$master" get counter)"
within 'lag of the replica' 6 30 "$(info "$master" slave0 | sed -nE 's/.*lag=([0-9]+).*/\1/p')"
