#!/usr/bin/env bash
# Software: Redis 7.0.15 (6.0, 8.0, 8.6 and Valkey 8.0 to 9.1 are the same).
# Guess:    CLIENT UNPAUSE ends a CLIENT PAUSE ALL; that is what it is there for.
# Happens:  it is a command of a client, so it waits for the end of the pause like all others. INFO, ROLE and PING wait too.
#           After CLIENT PAUSE WRITE it works.
# Matters:  a script that pauses the master, changes its mind and unpauses has no way back; until the pause runs out every
#           health check from outside times out, and keepalived moves the address.
# Seen:     UNPAUSE of a pause of 4000 ms was answered after 3990 ms; of a WRITE pause after 10 ms
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
server --appendonly no
# unpause KIND: milliseconds until UNPAUSE is answered.
unpause() {
  local began
  cli "$port" client pause 4000 "$1" >/dev/null
  began=$(now_ms)
  cli "$port" client unpause >/dev/null
  echo $(($(now_ms) - began))
}
within 'milliseconds until UNPAUSE of WRITE' 0 2000 "$(unpause WRITE)"
within 'milliseconds until UNPAUSE of ALL' 3000 6000 "$(unpause ALL)"
