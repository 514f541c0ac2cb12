#!/usr/bin/env bash
# Software: keepalived 2.2.7.
# Guess:    of two lines with one keyword in a vrrp_instance the last counts, so an `include` at the end overrides what is above.
# Happens:  it does for priority, for instance. Of notify_master, and of state, the first line counts, and the second is "ignored"
#           with one line in the log. So one override of three lines is applied by a third.
# Matters:  the node runs with the new priority and the old notify script: the address moves, and the script of the former tool is
#           called. Only `keepalived -t` ends with 5.
# Seen:     calls: "old", never "new"; instance says MASTER 150, not 100; state previously set as MASTER - ignoring BACKUP
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
for one in old new all; do
  # shellcheck disable=SC2016 # the words of the script
  printf '#!/bin/sh\necho "%s $*" >>%s\n' "$one" "$tmp/calls" >"$tmp/$one"
  chmod +x "$tmp/$one"
done
printf '%s\n' 'priority 150' >"$tmp/override.conf"
cat >"$tmp/0.conf" <<END
global_defs {
  script_user root
  enable_script_security
}
$(instance 100 "state MASTER
  notify $tmp/all
  notify_master $tmp/old
  include $tmp/override.conf")
END
same 'exit code of -t, priority twice' 0 "$(verdict 0)"
printf '%s\n' "notify_master $tmp/new" 'state BACKUP' >>"$tmp/override.conf"
same 'exit code of -t, notify_master and state twice too' 5 "$(verdict 0)"
keepalived 0
until_true 10 has_vip 0
until_true 5 grep -q '^all INSTANCE VI MASTER' "$tmp/calls"
sleep 1
same 'priority that notify is told' 150 "$(sed -n 's/^all INSTANCE VI MASTER //p' "$tmp/calls")"
same 'calls of notify_master' old "$(grep -v '^all' "$tmp/calls" | tr -d ' ')"
same 'lines about the state' 1 "$(grep -c 'state previously set as MASTER - ignoring BACKUP' "$tmp/0.log")"
