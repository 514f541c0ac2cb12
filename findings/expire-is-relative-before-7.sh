#!/usr/bin/env bash
# Software: Redis 6.0.16 (7.0 and later send a point in time).
# Guess:    a key dies at the same moment on master and replica, since a time to live is stored as a point in time.
# Happens:  EXPIRE and SET EX reach the replica word for word, and it counts from when it reads them. A replica that was
#           3 seconds behind keeps the key 3 seconds longer. A full synchronisation brings the true time.
# Matters:  after a failover locks, sessions and rate limits live longer by as much as the link had lagged, for instance by all
#           of a network cut that a partial resynchronisation healed.
# Seen:     PTTL on the master 96640, on the replica 99916
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_6_0
server
master=$port
server --replicaof 127.0.0.1 "$master"
replica=$port
until_true 10 follows "$master" "$replica"
kill -STOP "$pid"
cli "$master" set lock held ex 100 >/dev/null
sleep 3
kill -CONT "$pid"
until_true 5 is 1 cli "$replica" exists lock
left=$(cli "$master" pttl lock)
within 'milliseconds that the replica keeps the key longer' 2500 6000 $(($(cli "$replica" pttl lock) - left))
