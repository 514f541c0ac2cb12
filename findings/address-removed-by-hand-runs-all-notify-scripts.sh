#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5 and 2.3.3 too leave MASTER and return).
# Guess:    when somebody removes the address of a MASTER, keepalived puts it back, as it does with its other settings.
# Happens:  the instance leaves MASTER for BACKUP and is elected anew. The address is away for most of an advert interval, and
#           BACKUP and MASTER go to the notify scripts and the FIFO.
# Matters:  network managers remove addresses that they do not know when they are restarted. For keepalived that is a failover:
#           a Redis that follows the notify scripts is demoted and promoted for nothing, its clients are cut off twice.
# Seen:     with advert_int 1: BACKUP MASTER BACKUP MASTER; without the address for 723 ms
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
mkfifo "$tmp/fifo"
cat >"$tmp/0.conf" <<END
global_defs {
  script_user root
  vrrp_notify_fifo $tmp/fifo
}
$(instance 100 '' 1)
END
cat <>"$tmp/fifo" >"$tmp/states" &
started+=($!)
# states: all that the FIFO has said.
states() { cut -d' ' -f3 "$tmp/states" | paste -sd' '; }
keepalived 0
until_true 15 is 'BACKUP MASTER' states
until_true 5 has_vip 0
ip -n "${hosts[0]}" addr del 10.9.0.100/24 dev va
began=$(now_ms)
until_true 5 is 'BACKUP MASTER BACKUP' states
same 'address while BACKUP' no "$(has_vip 0 && echo yes || echo no)"
until_true 15 is 'BACKUP MASTER BACKUP MASTER' states
until_true 5 has_vip 0
echo 'as described: states BACKUP MASTER BACKUP MASTER'
within 'milliseconds without the address' 300 9000 $(($(now_ms) - began))
