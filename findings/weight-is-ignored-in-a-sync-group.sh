#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5 and 2.3.3 ignore it too).
# Guess:    a tracked file with `weight -100` lowers the priority of its instance, in a vrrp_sync_group as outside.
# Happens:  in a group the file is "ignored": its instance stays MASTER, whatever the file says. keepalived writes one line and
#           starts; only `keepalived -t` ends with 5 (2.1.5: with 0). With weight 0 (FAULT) the group moves.
# Matters:  a second address is put beside the first, and a group around both so that they move together. From that reload on the
#           check of Redis does nothing.
# Seen:     ignoring tracked file unfit with weight -100 due to SYNC group; MASTER BACKUP; without the group: BACKUP MASTER
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
# configure NUMBER PRIORITY GROUP WEIGHT
configure() {
  cat >"$tmp/$1.conf" <<END
track_file unfit {
  file $tmp/unfit$1
}
$3
$(instance "$2" "track_file {
    unfit weight $4
  }")
$(instance "$2" | sed 's/VI/OTHER/; s/router_id 9/router_id 8/; s/10.9.0.100/10.9.0.108/')
END
}
# trial GROUP WEIGHT: afterwards the first host was MASTER and says that it is unfit.
trial() {
  quiet 0
  quiet 1
  echo 0 | tee "$tmp/unfit0" >"$tmp/unfit1"
  configure 0 150 "$1" "$2"
  configure 1 100 "$1" "$2"
  keepalived 0
  until_true 20 has_vip 0
  keepalived 1
  until_true 10 is BACKUP state 1
  sleep 1
  echo 1 >"$tmp/unfit0"
}
states() { echo "$(state 0) $(state 1)"; }
group='vrrp_sync_group both {
  group {
    VI
    OTHER
  }
}'

trial "$group" -100
same 'lines about it' 1 "$(grep -c 'ignoring tracked file unfit with weight -100 due to SYNC group' "$tmp/0.log")"
same 'exit code of -t' 5 "$(verdict 0)"
sleep 5
same 'states in a group, weight -100' 'MASTER BACKUP' "$(states)"
trial '' -100
until_true 20 is 'BACKUP MASTER' states
echo 'as described: without the group the address moves'
trial "$group" 0
until_true 20 is 'FAULT MASTER' states
echo 'as described: in a group with weight 0 it moves too'
