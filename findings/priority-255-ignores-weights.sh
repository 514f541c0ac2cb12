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
$(instance "$2" "${3-}")
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

quiet 0
configure 0 254 "$tracked"
keepalived 0
until_true 10 grep -q 'effective priority from 254 to 54' "$tmp/0.log"
until_true 10 has_vip 1
sleep 2
same 'state with priority 254' BACKUP "$(state 0)"
