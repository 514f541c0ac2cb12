#!/usr/bin/env bash
# Software: Redis 7.0.15 (Redis 8.0 and Valkey 8.1 are the same).
# Guess:    `lag` in INFO, and with it min-replicas-max-lag, counts the seconds since the replica acknowledged something.
# Happens:  it counts from when the master read the acknowledgement, which bears no time. A master that goes on after a freeze reads
#           what its replica said at the beginning of it, says lag=0, and takes writes for min-replicas-max-lag and up to a second more.
# Matters:  the replica may be gone for an hour; nothing that it said before bears a date. "At most max-lag seconds of lost writes
#           since the replica was last there" does not hold, and a monitor of lag sees a replica that is well.
# Seen:     replica silent for 8 s: lag=0; SET 3 s later: OK, with a max-lag of 5; later: NOREPLICAS
#           Replica silenced at the same moment as the master: lag=9 or more, NOREPLICAS after the first second
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
lag() { info "$master" slave0 | sed -nE 's/.*lag=([0-9]+).*/\1/p'; }
write() { cli "$master" set key value | cut -d' ' -f1; }
# trial SECONDS: afterwards the master has gone on after a freeze. Its replica was heard for these seconds of it, then nothing for 8.
trial() {
  server --min-replicas-to-write 1 --min-replicas-max-lag 5
  master=$port
  frozen=$pid
  server --replicaof 127.0.0.1 "$master"
  until_true 20 follows "$master" "$port"
  kill -STOP "$frozen"
  sleep "$1"
  kill -STOP "$pid"
  sleep 8
  kill -CONT "$frozen"
}
trial 0
sleep 2
within 'lag of a replica that said nothing during the freeze' 8 30 "$(lag)"
same 'SET after 2 seconds' NOREPLICAS "$(write)"
trial 3
within 'lag of one that spoke for 3 seconds of it, and was silent for 8' 0 1 "$(lag)"
sleep 3
same 'SET after 3 seconds' OK "$(write)"
until_true 10 is NOREPLICAS write
echo 'as described: and then it is refused'
