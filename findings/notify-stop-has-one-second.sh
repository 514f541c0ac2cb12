#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5 and 2.3.3 are the same).
# Guess:    keepalived ends when the notify_stop script has ended: it is there to tidy up.
# Happens:  the address is already gone when the script starts. About a second later it gets SIGTERM, and keepalived ends
#           without waiting for it.
# Matters:  the script looks like the place for a hand-over of the role. It has no time for one: the address has left, and
#           what takes longer than a second is cut off in the middle.
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
# tidied STEPS WORDS: on a busy machine the second may be over before the script has come to its first word.
tidied() {
  for _ in 1 2 3; do
    trial "$1"
    sleep 3
    [ "$(did)" != "$2" ] || break
  done
  same "what a script of $1 steps of 0.2 seconds did" "$2" "$(did)"
}
tidied 100 'gone terminated'
tidied 0 'gone done'
