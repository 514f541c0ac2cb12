#!/usr/bin/env bash
# Software: keepalived 2.2.7.
# Guess:    `notify_master /path/promote 127.0.0.1 6379` calls promote with two words, and so does `script` of a vrrp_script.
# Happens:  without quotes the words after a notify script are a user and a group: "Script user '127.0.0.1' does not exist", and it
#           is never called. A vrrp_script drops the words in silence and calls its program without them. `keepalived -t` says
#           nothing and ends with 0 for both.
# Matters:  the address moves and Redis is not promoted, or the check looks at the port that it takes by default.
# Seen:     -t: 0, no line; calls: check with no word, promote never; with quotes: both with 127.0.0.1 6379
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
for one in check promote; do
  # shellcheck disable=SC2016 # the words of the script
  printf '#!/bin/sh\necho "$*" >>%s\n' "$tmp/$one.calls" >"$tmp/$one"
  chmod +x "$tmp/$one"
done
# configure QUOTE
configure() {
  cat >"$tmp/0.conf" <<END
global_defs {
  script_user root
  enable_script_security
}
vrrp_script check {
  script $1$tmp/check 127.0.0.1 6379$1
  interval 1
}
$(instance 100 "track_script {
    check
  }
  notify_master $1$tmp/promote 127.0.0.1 6379$1")
END
}
calls() { sort -u "$tmp/$1.calls" 2>/dev/null || echo never; }
# trial: afterwards keepalived has been MASTER with that configuration.
trial() {
  rm -f "$tmp"/*.calls
  same 'exit code of -t, and its lines' '0 0' "$(verdict 0) $(wc -l <"$tmp/said")"
  keepalived 0
  until_true 10 has_vip 0
  sleep 1
  quiet 0
}

configure ''
trial
same 'words of the check without quotes' '' "$(calls check)"
same 'words of notify_master without quotes' never "$(calls promote)"
same 'lines about the user' 1 "$(grep -c "Script user '127.0.0.1' does not exist" "$tmp/0.log")"

configure '"'
trial
same 'words of the check with quotes' '127.0.0.1 6379' "$(calls check)"
same 'words of notify_master with quotes' '127.0.0.1 6379' "$(calls promote)"
