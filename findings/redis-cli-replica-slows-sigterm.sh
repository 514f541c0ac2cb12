#!/usr/bin/env bash
# Software: Redis 7.0.15 (8.0 and Valkey 8.1 to 9.1 are the same; 6.0 ends at once).
# Guess:    somebody who watches the stream with `redis-cli --replica` only reads; SIGTERM ends the master as quickly as ever.
# Happens:  since 7.0 a master that ends waits until each replica has acknowledged everything, and redis-cli is a replica that
#           never acknowledges. SIGTERM takes `shutdown-timeout`, 10 seconds, in which writers wait.
# Matters:  a planned move that stops the master is ten seconds without writes instead of a moment, because of a terminal that
#           was left open.
# Seen:     slave0:ip=127.0.0.1,port=0,state=online,offset=0; with the default timeout: ended 10163 ms after SIGTERM
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
# ending: milliseconds from SIGTERM to the end of $pid.
ending() {
  local began
  began=$(now_ms)
  kill -TERM "$pid"
  until_true 15 bash -c "! kill -0 $pid"
  echo $(($(now_ms) - began))
}
server --shutdown-timeout 4
within 'milliseconds to end without a watcher' 0 2500 "$(ending)"

server --shutdown-timeout 4
"$bin/redis-cli" -p "$port" --replica >/dev/null 2>&1 &
started+=($!)
until_true 10 is 1 info "$port" connected_slaves
cli "$port" set key value >/dev/null
within 'milliseconds to end with redis-cli --replica' 3900 9000 "$(ending)"
