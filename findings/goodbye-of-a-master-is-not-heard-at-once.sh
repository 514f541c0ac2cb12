#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5, 2.3.3 and 2.3.4 are the same).
# Guess:    a MASTER that is stopped says so with an advert of priority 0, and the BACKUP takes over at once: advert_int matters only for
#           a MASTER that dies. `version 3` is version 2 with shorter intervals.
# Happens:  the BACKUP waits for its skew first. With version 3 that is (256 - priority) / 256 of advert_int, with version 2 of one second.
#           So a low priority and a long interval make a planned move slow, but with version 3 only.
# Matters:  the same files with `version 3` added, and priorities of 20 and 10 as well as 200 and 190: a restart of the MASTER for an update
#           leaves clients without the address for most of an interval.
# Seen:     advert_int 4: version 3, priority 10: 3.9 s; priority 240: 0.3 s; version 2, priority 10: 1.0 s
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
# moved VERSION PRIORITY: milliseconds from the stop of the MASTER until the other has the address, in $took.
moved() {
  local began
  instance 250 '' 4 "$1" >"$tmp/0.conf"
  instance "$2" '' 4 "$1" >"$tmp/1.conf"
  keepalived 0
  first=$pid
  until_true 30 has_vip 0
  keepalived 1
  until_true 15 is BACKUP state 1
  sleep 5
  began=$(now_ms)
  kill -TERM "$first"
  until_true 20 has_vip 1
  took=$(($(now_ms) - began))
  quiet 0
  quiet 1
}
moved 3 10
within 'milliseconds with version 3 and priority 10' 3600 7000 "$took"
moved 3 240
within 'milliseconds with version 3 and priority 240' 100 1500 "$took"
moved 2 10
within 'milliseconds with version 2 and priority 10' 800 2500 "$took"
