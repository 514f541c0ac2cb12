#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5, 2.3.3 and 2.3.4 are the same).
# Guess:    a track_file holds a decimal number. 060 is 60, and what is not a number is an error in the log.
# Happens:  it is read as in C: 060 is 48 and 0x10 is 16. What follows the number is ignored, so `1e2` is 1 and `20 # note` is 20. A word is
#           0, which means healthy. The log has no line about any of these.
# Matters:  a script that writes `printf %03d` prefers the wrong node. One that writes "down", or whose error text lands in the file, reports
#           a healthy node.
# Seen:     priority 100; 060: 148; 0x10: 116; 1e2: 101; 20 # note: 120; down: 100
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
cat >"$tmp/0.conf" <<END
track_file number {
  file $tmp/number
}
$(instance 100 'track_file {
    number
  }')
END
priority() { sed -nE 's/.*\(VI\) Changing effective priority from [0-9]+ to ([0-9]+)$/\1/p' "$tmp/0.log" | tail -1; }
# becomes TEXT PRIORITY: writes a 7 first, so that each text is a change.
becomes() {
  echo 7 >"$tmp/number"
  until_true 10 is 107 priority
  echo "$1" >"$tmp/number"
  until_true 10 is "$2" priority
  echo "as described: '$1': $2"
}
echo 0 >"$tmp/number"
keepalived 0
until_true 15 has_vip 0
becomes 060 148
becomes 0x10 116
becomes 1e2 101
becomes '20 # note' 120
becomes down 100
same 'lines about the file' 0 "$(grep -ciE 'invalid|number.*(read|ignor)' "$tmp/0.log" || true)"
