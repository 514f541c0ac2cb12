#!/usr/bin/env bash
# Software: keepalived 2.2.7.
# Guess:    after `$DIR=/etc/ha`, `notify_master $DIR/promote` calls /etc/ha/promote, as in a shell; an unknown name is an error.
# Happens:  without braces a name is replaced only where a blank, a comma or the end of the line follows. `$DIR/promote` is left as
#           it is, and so is what stands before a dot or a quote: a script of that name is not there. `keepalived -t` says nothing.
# Matters:  `priority $PRIORITY` works, so the definitions look fine: the address moves, and Redis is not promoted. ${DIR}/promote works.
# Seen:     -t: 0, no line; Script $DIR/promote cannot be accessed - No such file or directory; calls: none; with braces: one
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
printf '#!/bin/sh\necho "$*" >>%s\n' "$tmp/calls" >"$tmp/promote"
chmod +x "$tmp/promote"
# trial COMMAND: afterwards keepalived has been MASTER with that notify_master; $tmp/calls holds its words.
trial() {
  cat >"$tmp/0.conf" <<END
\$DIR=$tmp
\$PRIORITY=150
\$PORT=6379
global_defs {
  script_user root
  enable_script_security
}
$(instance "\$PRIORITY" "notify_master $1")
END
  rm -f "$tmp/calls"
  same "exit code of -t, and its lines, with $1" '0 0' "$(verdict 0) $(wc -l <"$tmp/said")"
  keepalived 0
  until_true 10 has_vip 0
  sleep 1
  quiet 0
}
# shellcheck disable=SC2016 # keepalived's own variables
{
  trial '$DIR/promote'
  same 'lines about the script' 1 "$(grep -cF 'Script $DIR/promote cannot be accessed' "$tmp/0.log")"
  same 'calls' none "$(cat "$tmp/calls" 2>/dev/null || echo none)"
  trial '"${DIR}/promote 1 $PORT"'
  same 'words before a quote' '1 $PORT' "$(cat "$tmp/calls")"
  trial '"${DIR}/promote $PORT."'
  same 'words before a dot' '$PORT.' "$(cat "$tmp/calls")"
  trial '"${DIR}/promote $PORT, $PORT "'
  same 'words before a comma and a blank' '6379, 6379' "$(cat "$tmp/calls")"
  trial '"${DIR}/promote ${PORT}"'
  same 'words with braces' 6379 "$(cat "$tmp/calls")"
}
