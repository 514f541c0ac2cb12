#!/usr/bin/env bash
# Software: Redis 7.0.15 (6.0.16 answers PONG; 8.0, 8.6 and Valkey 8.0 to 9.1 are like 7.0).
# Guess:    PING says whether the server lives, whatever state its data is in.
# Happens:  with `replica-serve-stale-data no` and the link down, PING is refused with MASTERDOWN, while INFO and ROLE answer.
# Matters:  a vrrp_script that greps for PONG takes the only node left after the master died for dead, and keeps the address
#           away from the one server that could be promoted.
# Seen:     MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
new_port
server --replica-serve-stale-data no --replicaof 127.0.0.1 "$port"
same 'ROLE' slave "$(cli "$port" role | sed -n 1p)"
same 'PING' MASTERDOWN "$(cli "$port" ping | cut -d' ' -f1)"
cli "$port" config set replica-serve-stale-data yes >/dev/null
same 'PING with stale data allowed' PONG "$(cli "$port" ping)"
