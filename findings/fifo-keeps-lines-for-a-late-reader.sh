#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5 and 2.3.3 are the same).
# Guess:    what keepalived writes to its notify FIFO while nobody reads is lost; a reader that comes later hears what happens
#           from then on.
# Happens:  keepalived holds the FIFO open, and the kernel keeps up to 64 KiB. The late reader gets all of the past at once,
#           without a time in it. A reload throws the lines away, and does not say the state again.
# Matters:  a daemon that reads the FIFO is started anew, and acts on BACKUP, MASTER and FAULT of an hour ago, one after the
#           other. After a reload it hears nothing, and does not know the state.
# Seen:     read 3 s later: BACKUP MASTER FAULT BACKUP MASTER; read after FAULT and a reload: nothing
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
echo 0 >"$tmp/unfit"
cat >"$tmp/0.conf" <<END
global_defs {
  script_user root
  vrrp_notify_fifo $tmp/fifo
}
track_file unfit {
  file $tmp/unfit
}
$(instance 100 'track_file {
    unfit weight 0
  }')
END
# read_now: afterwards $reader is at the FIFO.
read_now() {
  cat <>"$tmp/fifo" >"$tmp/states" &
  reader=$!
  started+=("$reader")
}
heard() { cut -d' ' -f3 "$tmp/states" | paste -sd' '; }
keepalived 0
until_true 20 has_vip 0
echo 1 >"$tmp/unfit"
until_true 10 is FAULT state 0
echo 0 >"$tmp/unfit"
until_true 10 is MASTER state 0
sleep 3
read_now
until_true 20 is 'BACKUP MASTER FAULT BACKUP MASTER' heard
echo 'as described: states for a late reader: BACKUP MASTER FAULT BACKUP MASTER'
stop "$reader"
echo 1 >"$tmp/unfit"
until_true 10 is FAULT state 0
kill -HUP "$pid"
until_true 10 grep -q 'Reload complete' "$tmp/0.log"
read_now
sleep 3
same 'states for a reader after FAULT and a reload' '' "$(heard)"
same 'state' FAULT "$(state 0)"
