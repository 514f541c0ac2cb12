#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.3.3 is the same).
# Guess:    `keepalived -t` fails when a file that the configuration names is not there.
# Happens:  only for the script of a vrrp_script (5). A missing `include` is one line in the log and exit code 0, and so is, without
#           a line, a missing notify script. keepalived then starts without what the included file would have said.
# Matters:  the check before the reload is green, and the pair runs without its tracking or without a notify script: the address
#           moves, and the role of Redis does not.
# Seen:     include: 0, notify_master: 0, vrrp_script: 5; started: (VI) Entering MASTER STATE
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
# configure LINE-BEFORE LINE-INSIDE
configure() {
  cat >"$tmp/0.conf" <<END
global_defs {
  script_user root
  enable_script_security
}
$1
$(instance 100 "$2")
END
}
missing=$tmp/not-there
configure "vrrp_script check {
  script $missing
}" 'track_script {
    check
  }'
same 'vrrp_script' 5 "$(verdict 0)"
configure '' "notify_master $missing"
same 'notify_master' 0 "$(verdict 0)"
same 'lines about it' 0 "$(wc -l <"$tmp/said")"
configure '' "include $missing"
same 'include' 0 "$(verdict 0)"
keepalived 0
until_true 10 has_vip 0
same 'state without the included file' MASTER "$(state 0)"
