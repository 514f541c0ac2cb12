#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5 to 2.3.4 are the same).
# Guess:    `nopreempt` is about a node that comes back: it does not take the address from the one that has it. A MASTER whose
#           priority falls below its neighbour's, because a weighted check fails, loses the address as always.
# Happens:  a BACKUP with nopreempt leaves every MASTER that still speaks alone, however low its priority has fallen. The check only
#           changes a number in the log. A check with weight 0 (FAULT) moves the address.
# Matters:  weights and nopreempt are each in every guide, and together they switch the failover off: the node with the dead Redis
#           keeps the address.
# Seen:     Changing effective priority from 150 to 50; 5 seconds later the BACKUP of priority 100 is BACKUP; without nopreempt MASTER
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
# configure NUMBER PRIORITY KEYWORD [WEIGHT]
configure() {
  cat >"$tmp/$1.conf" <<END
track_file unfit {
  file $tmp/unfit$1
  weight 0
}
$(instance "$2" "state BACKUP
  $3
  track_file {
    unfit weight $4
  }")
END
}
# trial KEYWORD WEIGHT: afterwards the first host was MASTER and has become unfit.
trial() {
  local one
  quiet 0
  quiet 1
  echo 0 | tee "$tmp/unfit0" >"$tmp/unfit1"
  configure 0 150 "$1" "$2"
  configure 1 100 "$1" "$2"
  keepalived 0
  until_true 10 has_vip 0
  keepalived 1
  until_true 10 is BACKUP state 1
  sleep 1
  echo 1 >"$tmp/unfit0"
}
states() { echo "$(state 0) $(state 1)"; }

trial nopreempt -100
until_true 5 grep -q 'effective priority from 150 to 50' "$tmp/0.log"
sleep 5
same 'states with nopreempt, priorities 50 and 100' 'MASTER BACKUP' "$(states)"

trial '' -100
until_true 10 is 'BACKUP MASTER' states
echo 'as described: without nopreempt the address moves'

trial nopreempt 0
until_true 10 is 'FAULT MASTER' states
echo 'as described: with nopreempt and weight 0 it moves too'
