#!/usr/bin/env bash
# Software: Redis 8.0.2 (7.0.15 and 8.6.3 are the same; Valkey 8.1.1 and 9.1.2 take more than one ID, but of two ADDR they
#           keep the last).
# Guess:    CLIENT KILL LADDR one LADDR two closes the connections of both addresses, or none (filters are joined by AND), or
#           it is a syntax error.
# Happens:  the second takes the place of the first, without a word. The reply is the number of those that were closed, which
#           says nothing about the others.
# Matters:  a server with an IPv4 and an IPv6 address that both move, cleared by one command: the clients of the first address
#           stay where they are.
# Seen:     LADDR 127.0.0.1 LADDR 127.0.0.2: 1, the first client lives; ID ID: 1, the first client lives
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
server --bind 127.0.0.1 127.0.0.2
# meet: afterwards one client of each address is connected, as 5 and 6, with their numbers in $first and $second.
meet() {
  exec 5<>"/dev/tcp/127.0.0.1/$port" 6<>"/dev/tcp/127.0.0.2/$port"
  printf 'CLIENT ID\r\n' >&5
  read -r -t 20 first <&5
  printf 'CLIENT ID\r\n' >&6
  read -r -t 20 second <&6
  first=${first//[^0-9]/} second=${second//[^0-9]/}
}
# left: which of the two are still connected.
left() { cli "$port" client list | sed -nE "s/^id=($first|$second) .*laddr=([0-9.]*):.*/\2/p" | paste -sd' '; }
meet
same 'both' '127.0.0.1 127.0.0.2' "$(left)"
same 'LADDR one LADDR two' 1 "$(cli "$port" client kill laddr "127.0.0.1:$port" laddr "127.0.0.2:$port")"
same 'left' 127.0.0.1 "$(left)"
meet
same 'ID one ID two' 1 "$(cli "$port" client kill id "$first" id "$second")"
same 'left' 127.0.0.1 "$(left)"
