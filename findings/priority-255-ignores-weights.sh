#!/usr/bin/env bash
# Software: keepalived 2.2.7.
# Guess:    a failing check with `weight -200` takes a node of priority 255 down to 55, below its neighbour's 100.
# Happens:  255 is not a large number but "I own this address": weights do not touch it, without a word in the log. 254 goes down
#           to 54. Only a check with weight 0 stops the owner.
# Matters:  255 is what people write for "always this one first". Such a node keeps the address with a dead Redis.
# Seen:     priority 255: MASTER, no change of priority; priority 254: Changing effective priority from 254 to 54
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
echo 1 >"$tmp/unfit"
# configure NUMBER PRIORITY
configure() {
  cat >"$tmp/$1.conf" <<END
track_file unfit {
  file $tmp/unfit
  weight 0
}
vrrp_instance VI {
  interface va
  version 3
  virtual_router_id 9
  priority $2
  advert_int 0.2
  virtual_ipaddress {
    10.9.0.100/24
  }
  ${3-}
}
END
}
tracked='track_file {
    unfit weight -200
  }'
configure 0 255 "$tracked"
configure 1 100
keepalived 1
until_true 10 has_vip 1
keepalived 0
until_true 10 has_vip 0
until_true 10 is BACKUP state 1
same 'state with priority 255' MASTER "$(state 0)"
same 'changes of priority' 0 "$(grep -c 'effective priority' "$tmp/0.log" || true)"

for one in $(ip netns pids "${hosts[0]}"); do kill -TERM "$one" 2>/dev/null || true; done
until_true 10 bash -c "! ip netns pids ${hosts[0]} | grep -q ."
configure 0 254 "$tracked"
keepalived 0
until_true 10 grep -q 'effective priority from 254 to 54' "$tmp/0.log"
until_true 10 has_vip 1
sleep 2
same 'state with priority 254' BACKUP "$(state 0)"
