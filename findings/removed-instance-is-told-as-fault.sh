#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5 is the same).
# Guess:    an instance that a reload takes out of the configuration says STOP and calls notify_stop, as at the end of
#           keepalived.
# Happens:  it says FAULT, and nothing is called for STOP. With `notify_deleted` in the instance the word is DELETED.
# Matters:  a program that reads the FIFO takes a planned removal for a failure, and what notify_stop was to tidy up stays.
# Seen:     BACKUP MASTER FAULT; with notify_deleted: BACKUP MASTER DELETED; calls of notify_stop: none
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
mkfifo "$tmp/fifo"
cat <>"$tmp/fifo" >"$tmp/lines" &
started+=($!)
printf '#!/bin/sh\necho called >>%s\n' "$tmp/calls" >"$tmp/stop"
chmod +x "$tmp/stop"
heads="global_defs {
  script_user root
  vrrp_notify_fifo $tmp/fifo
}"
# Another instance stays, or keepalived would have nothing to do.
stays=$(instance 100 | sed 's/VI/STAYS/; s/router_id 9/router_id 8/; s/10.9.0.100/10.9.0.108/')
states() { sed -nE 's/^INSTANCE "VI" ([A-Z]*) .*/\1/p' "$tmp/lines" | paste -sd' '; }
# trial WORD [LINE]: the instance VI becomes MASTER and is taken out; then its last state is WORD.
trial() {
  : >"$tmp/lines"
  printf '%s\n' "$heads" "$stays" "$(instance 100 "notify_stop $tmp/stop
  ${2-}")" >"$tmp/0.conf"
  keepalived 0
  until_true 20 is 'BACKUP MASTER' states
  printf '%s\n' "$heads" "$stays" >"$tmp/0.conf"
  kill -HUP "$pid"
  until_true 20 is "BACKUP MASTER $1" states
  sleep 2
  same "states with '${2-}'" "BACKUP MASTER $1" "$(states)"
  same 'calls of notify_stop' none "$(cat "$tmp/calls" 2>/dev/null || echo none)"
  quiet 0
}
trial FAULT
trial DELETED notify_deleted
