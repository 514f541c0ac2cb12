#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5, 2.3.3 and 2.3.4 are the same).
# Guess:    the MASTER has said goodbye with an advert of priority 0, and the only BACKUP takes over after a part of one advert interval. A
#           tracked file that raises its priority in that moment makes it faster still, or changes nothing.
# Happens:  each change of the priority sets the timer of a BACKUP anew, to more than three intervals, as if the MASTER had just spoken.
#           The goodbye is forgotten.
# Matters:  a check that notices "the other node is going" and raises its own node makes the planned move several times as long: seconds
#           without an address, in place of tenths.
# Seen:     interval 1 s, keepalived of the MASTER stopped: address on the other node after 0.6 s; raised by 20 after 0.1 s: after 3.6 s
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
instance 150 '' 1 >"$tmp/0.conf"
cat >"$tmp/1.conf" <<END
track_file raise {
  file $tmp/raise
}
$(instance 100 'track_file {
    raise
  }' 1)
END
# moved [NUMBER]: milliseconds from the stop of the MASTER until the other has the address; NUMBER is written to the file meanwhile.
moved() {
  local began
  echo 0 >"$tmp/raise"
  keepalived 0
  first=$pid
  keepalived 1
  until_true 15 has_vip 0
  until_true 15 is BACKUP state 1
  sleep 2
  began=$(now_ms)
  kill -TERM "$first"
  sleep 0.1
  [ -z "${1-}" ] || echo "$1" >"$tmp/raise"
  until_true 15 has_vip 1
  took=$(($(now_ms) - began))
  quiet 0
  quiet 1
}
moved
within 'milliseconds without a change' 500 2000 "$took"
moved 20
same 'priority 100 to 120' 1 "$(grep -c 'effective priority from 100 to 120' "$tmp/1.log")"
within 'milliseconds with a raised priority' 3100 6000 "$took"
