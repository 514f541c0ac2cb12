#!/usr/bin/env bash
# Software: Redis 7.0.15 (Valkey 9.1.2 is the same).
# Guess:    a SET that has reached the server during CLIENT PAUSE WRITE is executed when the pause ends, even if its client
#           has closed the connection, as it is after the server was busy or frozen.
# Happens:  the command waits with its connection. If the client closes it, by a timeout for instance, the command is gone. At
#           a frozen server the same bytes are executed.
# Matters:  a client that gives up and sends again counts once after a pause and twice after a freeze. A test with one of the
#           two says nothing about the other.
# Seen:     SET, then closed: during a pause: nothing; at a frozen server: value
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
server --appendonly no
# fire KEY: sends a SET and closes the connection.
fire() {
  exec 5<>"/dev/tcp/127.0.0.1/$port"
  printf 'SET %s value\r\n' "$1" >&5
  sleep 1
  exec 5>&-
}
same 'CLIENT PAUSE' OK "$(cli "$port" client pause 60000 write)"
fire paused
clients() { cli "$port" client list | grep -c .; }
until_true 20 is 1 clients
same 'CLIENT UNPAUSE' OK "$(cli "$port" client unpause)"
cli "$port" set fence 1 >/dev/null
same 'after the pause' '' "$(cli "$port" get paused)"
kill -STOP "$pid"
fire frozen
kill -CONT "$pid"
until_true 20 is value cli "$port" get frozen
echo 'as described: at a frozen server: value'
