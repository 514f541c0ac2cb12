#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5 and 2.3.3 are the same; 2.1.5 also ends `-t` with 0).
# Guess:    a tracked script that cannot be run is a failing check, so the instance is in FAULT.
# Happens:  keepalived takes the script out of its configuration with one line in the log, and the instance becomes MASTER with
#           no check at all. When the file appears later, nothing changes until a reload. Only `keepalived -t` ends with 5.
# Matters:  the check lies on a volume that is mounted late, or in a package that was removed: the node takes the address and
#           answers for a Redis that nobody looks at, instead of leaving it to its neighbour.
# Seen:     Disabling track script check since not found/accessible; (VI) Entering MASTER STATE; -t: 5
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
cat >"$tmp/0.conf" <<END
global_defs {
  script_user root
}
vrrp_script check {
  script $tmp/check
  interval 1
}
$(instance 100 'track_script {
    check
  }')
END
same 'exit code of -t' 5 "$(verdict 0)"
keepalived 0
until_true 10 has_vip 0
same 'state without the script' MASTER "$(state 0)"
same 'lines about it' 1 "$(grep -c 'Disabling track script check' "$tmp/0.log")"

printf '#!/bin/sh\nexit 1\n' >"$tmp/check"
chmod +x "$tmp/check"
sleep 3
same 'state 3 seconds after a failing script appeared' MASTER "$(state 0)"
kill -HUP "$pid"
until_true 10 is FAULT state 0
echo 'as described: FAULT after a reload'
