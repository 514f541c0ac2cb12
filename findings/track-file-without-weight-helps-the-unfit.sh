#!/usr/bin/env bash
# Software: keepalived 2.2.7.
# Guess:    a track_file without a weight works like a vrrp_script without a weight: not 0 means FAULT.
# Happens:  the default weight of a script is 0, which means FAULT, but that of a file is 1: the number in the file is added to
#           the priority. A node that writes 60 for "unfit" is preferred by 60.
# Matters:  the two blocks look alike and are used for the same thing. The node that reports itself unfit takes the address.
# Seen:     (VI) Changing effective priority from 100 to 160; with `weight 0`: FAULT
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
# configure NUMBER PRIORITY [WEIGHT LINE]
configure() {
  cat >"$tmp/$1.conf" <<END
track_file unfit {
  file $tmp/unfit.$1
  ${3-}
}
$(instance "$2" 'track_file {
    unfit
  }')
END
  echo 0 >"$tmp/unfit.$1"
}
configure 0 100
configure 1 150
keepalived 0
keepalived 1
until_true 10 has_vip 1
until_true 10 bash -c "[ '$(has_vip 0 && echo yes)' != yes ]"
echo 60 >"$tmp/unfit.0"
until_true 10 has_vip 0
until_true 10 is MASTER state 0
same 'effective priority' 1 "$(grep -c 'effective priority from 100 to 160' "$tmp/0.log")"
echo 'as described: the node that says it is unfit has taken the address'

configure 0 100 'weight 0'
echo 60 >"$tmp/unfit.0"
quiet 0
keepalived 0
until_true 10 is FAULT state 0
echo 'as described: FAULT with weight 0'
