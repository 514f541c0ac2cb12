#!/usr/bin/env bash
# Software: keepalived 2.2.7 on Linux.
# Guess:    `kill -9` of keepalived is like a power cut: nothing is tidied up, the address stays, and the backup waits for three
#           adverts that do not come.
# Happens:  the process in the PID file is only the parent. Its VRRP child gets SIGTERM from the kernel, takes the address away, and
#           gives up its role with an advert of priority 0: the backup takes over at once. Only when both are killed does the
#           address stay, and is then on both nodes.
# Matters:  a test of "keepalived crashes" by kill -9 shows the clean end and its short gap, and never the doubled address.
# Seen:     advert_int 2; kill -9 of the parent: the backup has the address after 1.0 s; of both: after 5.6 s, and so has the first
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
for one in 0 1; do
  cat >"$tmp/$one.conf" <<END
$(instance $((200 - one * 10)) '' 2)
END
done
# both: afterwards keepalived runs on both hosts, and the first one has the address.
both() {
  keepalived 0
  parent=$pid
  until_true 20 has_vip 0
  keepalived 1
  until_true 10 is BACKUP state 1
  sleep 3
  mapfile -t processes < <(ip netns pids "${hosts[0]}")
  same 'processes of keepalived' 2 "${#processes[@]}"
}
# taken: milliseconds until the second host has the address.
taken() {
  local began
  began=$(now_ms)
  until_true 20 has_vip 1
  echo $(($(now_ms) - began))
}
first() { if has_vip 0; then echo there; else echo gone; fi; }

both
same 'process in the PID file' "$parent" "$(cat "$tmp/0.pid")"
stop "$parent"
within 'milliseconds to the takeover, parent killed' 0 3500 "$(taken)"
until_true 5 is gone first
until_true 5 bash -c "! ip netns pids ${hosts[0]} | grep -q ."
echo 'as described: the address of the first is gone, and so is the child'

quiet 1
both
kill -STOP "${processes[@]}"
stop "${processes[@]}"
within 'milliseconds to the takeover, both killed' 4000 12000 "$(taken)"
sleep 2
same 'the address of the first' there "$(first)"
