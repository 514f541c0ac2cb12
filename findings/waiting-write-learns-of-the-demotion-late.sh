#!/usr/bin/env bash
# Software: Redis 8.0.2 (7.0.15 and Valkey 8.1 to 9.1 are the same).
# Guess:    a SET that waits in CLIENT PAUSE WRITE is refused at once when the server becomes a replica.
# Happens:  it waits on until the pause is over, and only then gets READONLY. REPLICAOF does not wake it.
# Matters:  pause, demote, move the address: the clients of the old master hang for the rest of the pause, each with a deadline of
#           its own, instead of looking for the new master. End the pause right after the demotion.
# Seen:     pause of 4000 ms, demoted after about 1000: READONLY after 3900 ms
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
new_port
elsewhere=$port
server --appendonly no
began=$(now_ms)
cli "$port" client pause 4000 WRITE >/dev/null
cli "$port" set key value >"$tmp/waiting" &
writer=$!
until_true 5 is 1 info "$port" blocked_clients
sleep 0.7
cli "$port" replicaof 127.0.0.1 "$elsewhere" >/dev/null
same 'role' slave "$(cli "$port" role | sed -n 1p)"
sleep 0.7
same 'reply to SET after the demotion' '' "$(cat "$tmp/waiting")"
wait "$writer"
same 'reply to SET in the end' READONLY "$(cut -d' ' -f1 "$tmp/waiting")"
within 'milliseconds from the pause to the reply' 3500 8000 $(($(now_ms) - began))
