#!/usr/bin/env bash
# Software: keepalived 2.2.7.
# Guess:    keepalived sees a new number in a track_file when it is written.
# Happens:  it looks when a writer closes the file. A program that keeps the file open and rewrites it in place says what it
#           likes, flushed or synced, and is not heard until it ends.
# Matters:  a health daemon that opens its file once, as is good style for a status file, cannot take its node out. What is
#           heard is its end, and then the last number.
# Seen:     1 written and synced, 3 seconds later: MASTER; after the close: FAULT
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
echo 0 >"$tmp/unfit"
cat >"$tmp/0.conf" <<END
track_file unfit {
  file $tmp/unfit
  weight 0
}
$(instance 100 'track_file {
    unfit
  }')
END
keepalived 0
until_true 10 has_vip 0
exec 3<>"$tmp/unfit"
printf '1\n' >&3
sync "$tmp/unfit"
same 'the file' 1 "$(cat "$tmp/unfit")"
sleep 3
same 'state 3 seconds after the number was written' MASTER "$(state 0)"
exec 3>&-
until_true 5 is FAULT state 0
echo 'as described: FAULT when the file was closed'
