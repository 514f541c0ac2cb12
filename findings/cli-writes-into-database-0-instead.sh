#!/usr/bin/env bash
# Software: redis-cli 8.0.2 (7.0.15 and valkey-cli 9.1.2 are the same; 6.0.16 stops with exit code 1).
# Guess:    `redis-cli -n 20 SET ...` on a server with 16 databases writes nothing and does not end with 0.
# Happens:  it says "SELECT 20 failed" on stderr, runs the command in database 0 all the same, prints OK and ends with 0.
# Matters:  the other node of a pair was installed with fewer `databases`. After a failover the cron job that empties database 20
#           (`redis-cli -n 20 FLUSHDB`) empties database 0.
# Seen:     SELECT 20 failed: ERR DB index is out of range; OK; exit 0; the key is in database 0
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
server --appendonly no
code=0
said=$("$bin/redis-cli" -p "$port" -n 20 set key value 2>"$tmp/errors") || code=$?
same 'reply' OK "$said"
same 'exit code' 0 "$code"
same 'error' 'SELECT 20 failed: ERR DB index is out of range' "$(cat "$tmp/errors")"
same 'key in database 0' value "$(cli "$port" get key)"
