#!/usr/bin/env bash
# Software: Redis 7.0.15.
# Guess:    the client that sends CLIENT PAUSE WRITE is the one that may go on writing: it is the others that are held.
# Happens:  its own SET and EXEC wait like all others, and UNPAUSE behind them on the same connection with them. Only in a
#           transaction that contains the CLIENT PAUSE itself are the writes after it executed, at once.
# Matters:  two tools that each pause the other's server and then write a mark there wait for each other until both pauses are over.
#           A tool that pauses to write one last thing has to do so in one MULTI.
# Seen:     SET after CLIENT PAUSE 3000 WRITE: 3016 ms; MULTI, CLIENT PAUSE 3000 WRITE, SET, EXEC: 20 ms, and others' SET 3000 ms
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
server --appendonly no
# sent COMMANDS: the last reply to these lines on one connection, in $reply, and milliseconds, in $took.
sent() {
  local began
  began=$(now_ms)
  reply=$(printf '%s\n' "$@" | cli "$port" | tail -1)
  took=$(($(now_ms) - began))
}
sent 'client pause 3000 write' 'set key own'
same 'reply' OK "$reply"
within 'milliseconds of a pause of 3000 and a SET' 2900 6000 "$took"

sent 'client pause 3000 write' multi 'set key own' exec 'client unpause'
same 'reply' OK "$reply"
within 'the same with MULTI, SET, EXEC and UNPAUSE' 2900 6000 "$took"

sent multi 'client pause 3000 write' 'set key transaction' exec
same 'reply' OK "$reply"
within 'the same, all in one transaction' 0 1500 "$took"
same 'key' transaction "$(cli "$port" get key)"
sent 'set key other'
within 'a SET of another client, meanwhile' 1000 6000 "$took"
