#!/usr/bin/env bash
# Software: keepalived 2.2.7.
# Guess:    keepalived reads its configuration before it looks names up, so a check may be defined above or below who tracks it.
# Happens:  a vrrp_script or track_file that stands below the instance that tracks it is "not found, ignoring". keepalived starts
#           all the same, and the instance becomes MASTER without a check. Only `keepalived -t` ends with 5.
# Matters:  a file of checks that is included last, or sorted last in conf.d, is read too late: the node keeps the address with a
#           dead Redis.
# Seen:     (VI) track script check not found, ignoring...; (VI) Entering MASTER STATE; with the script above: FAULT
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
printf '#!/bin/sh\nexit 1\n' >"$tmp/check"
echo 1 >"$tmp/unfit"
chmod +x "$tmp/check"
# Above or below the instance: what it tracks.
# configure ABOVE BELOW
configure() {
  cat >"$tmp/0.conf" <<END
global_defs {
  script_user root
  enable_script_security
}
$1
$(instance 100 'track_script {
    check
  }
  track_file {
    unfit weight 0
  }')
$2
END
}
checks="vrrp_script check {
  script $tmp/check
  interval 1
}
track_file unfit {
  file $tmp/unfit
}"

configure '' "$checks"
same 'exit code of -t, checks below' 5 "$(verdict 0)"
keepalived 0
until_true 10 has_vip 0
sleep 3
same 'state with two failing checks below the instance' MASTER "$(state 0)"
for one in 'track script check' 'track file unfit'; do
  same "lines about $one" 1 "$(grep -c "$one not found, ignoring" "$tmp/0.log")"
done

configure "$checks" ''
same 'exit code of -t, checks above' 0 "$(verdict 0)"
kill -HUP "$pid"
until_true 10 is FAULT state 0
echo 'as described: FAULT with both above the instance'
