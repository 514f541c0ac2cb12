#!/usr/bin/env bash
# Software: Valkey 9.1.2 (Redis 7.0.15 is the same).
# Guess:    XREAD BLOCK reads, and a replica serves it, so a reader that waits goes on waiting when its server becomes a
#           replica. SUBSCRIBE does.
# Happens:  it gets -UNBLOCKED and its connection is closed, whatever it waits for. The same command, sent again to the same
#           server, waits as before and gets what the new master writes.
# Matters:  a consumer that reads from any server breaks at every change of roles, with an error that is neither READONLY nor
#           a lost connection and that retry lists do not have.
# Seen:     XREAD BLOCK 0: -UNBLOCKED force unblock ..., closed; sent again: the entry of the new master; subscriber:
#           untouched
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

debian sid valkey-{server,tools}
server
old=$port
server --replicaof 127.0.0.1 "$old"
until_true 20 follows "$old" "$port"
cli "$old" xadd stream 1-1 name first >/dev/null
# wait_for FD: asks for the next entry there.
wait_for() { printf 'XREAD BLOCK 0 STREAMS stream 1-1\r\n' >&"$1"; }
waiting() { info "$old" blocked_clients; }
# line FD: the next line there, or why there is none.
line() {
  local text code=0
  read -r -t 20 text <&"$1" || code=$?
  if [ "$code" -gt 128 ]; then text=silence; elif [ "$code" -gt 0 ]; then text=closed; fi
  echo "${text//$'\r'/}"
}
exec 5<>"/dev/tcp/127.0.0.1/$old" 6<>"/dev/tcp/127.0.0.1/$old"
wait_for 5
until_true 20 is 1 waiting
printf 'SUBSCRIBE news\r\n' >&6
for _ in 1 2 3 4 5 6; do said=$(line 6); done
same 'subscriber' :1 "$said"
cli "$port" replicaof no one >/dev/null
cli "$old" replicaof 127.0.0.1 "$port" >/dev/null
same 'reply to XREAD' -UNBLOCKED "$(line 5 | cut -d' ' -f1)"
same 'then' closed "$(line 5)"

exec 5<>"/dev/tcp/127.0.0.1/$old"
wait_for 5
until_true 20 is 1 waiting
until_true 20 follows "$port" "$old"
cli "$port" xadd stream 2-1 name second >/dev/null
same 'the same command at the same server, now a replica' '*1' "$(line 5)"
cli "$port" publish news hello >/dev/null
same 'the subscriber hears the new master' '*3' "$(line 6)"
