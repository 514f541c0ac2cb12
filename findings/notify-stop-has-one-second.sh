#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5 and 2.3.3 are the same).
# Guess:    keepalived ends when the notify_stop script has ended: it is there to tidy up.
# Happens:  the script is started when the address is already gone. About a second later it gets SIGTERM, and keepalived ends
#           without waiting for it.
# Matters:  the place where a hand-over of the role seems to belong has no time for one: the address has left, and what takes
#           longer than a second is cut off in the middle.
# Seen:     a script of 20 s: address gone, SIGTERM, and keepalived ended after 1.0 s; one of no length: done
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
cat >"$tmp/tidy" <<END
#!/bin/sh
trap 'echo terminated >>$tmp/tidied; exit 1' TERM
ip -o addr show dev va | grep -q ' 10\.9\.0\.100/' && echo there >>$tmp/tidied || echo gone >>$tmp/tidied
for _ in \$(seq "\$1"); do sleep 0.2; done
echo done >>$tmp/tidied
END
chmod +x "$tmp/tidy"
# trial STEPS: afterwards keepalived was MASTER and was stopped; $tmp/tidied says what a script of so many steps of 0.2 s did.
trial() {
  cat >"$tmp/0.conf" <<END
global_defs {
  script_user root
}
$(instance 100 "notify_stop \"$tmp/tidy $1\"")
END
  : >"$tmp/tidied"
  keepalived 0
  until_true 20 has_vip 0
  kill -TERM "$pid"
  wait "$pid" || true
}
did() { paste -sd' ' "$tmp/tidied"; }
trial 100
until_true 10 is 'gone terminated' did
sleep 3
same 'a script of 20 seconds' 'gone terminated' "$(did)"
trial 0
until_true 10 is 'gone done' did
echo 'as described: a script of no length: gone done'
