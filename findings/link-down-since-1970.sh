#!/usr/bin/env bash
# Software: Redis 6.0.16 (7.0 to 8.6 and Valkey say -1 instead).
# Guess:    master_link_down_since_seconds of a replica that never reached its master counts from the replica's start.
# Happens:  it counts from 1970: 1.8 thousand million seconds. Later versions say -1, a number of the same meaning.
# Matters:  "is this replica younger than N seconds behind?" is answered differently by each version: a rule that takes the
#           smaller number as the fresher copy prefers, on 7.0, the replica that has nothing.
# Seen:     master_link_down_since_seconds:1796008175
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_6_0
new_port
server --replicaof 127.0.0.1 "$port"
seconds=$(info "$port" master_link_down_since_seconds)
within 'difference to the seconds since 1970' 0 2 $(($(date +%s) - seconds))
