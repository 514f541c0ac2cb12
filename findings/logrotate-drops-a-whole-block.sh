#!/usr/bin/env bash
# Software: logrotate 3.21.0.
# Guess:    a file that two blocks match is rotated by the first; the second block still rotates its other files.
# Happens:  the second block is dropped as a whole. Files that only it names are never rotated, whatever `missingok` says.
# Matters:  a block of one's own for /var/log/redis/x.log beside the package's /var/log/redis/*.log: from that day the log of the
#           server grows until the disk is full, and a master that cannot write its RDB refuses writes.
# Seen:     error: ... duplicate log entry for .../own.log; exit 1; own.log.1 is there, server.log.1 is not
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

debian bookworm logrotate=3.21.0-1
mkdir -m 755 "$tmp/log"
echo line | tee "$tmp/log/own.log" >"$tmp/log/server.log"
printf '%s {\n  size 1\n  rotate 2\n}\n' "$tmp/log/own.log" >"$tmp/10-own"
printf '%s {\n  missingok\n  size 1\n  rotate 2\n}\n' "$tmp/log/*.log" >"$tmp/20-server"
chmod 644 "$tmp"/[12]0-*
code=0
"$tmp/bookworm/usr/sbin/logrotate" -s "$tmp/state" "$tmp/10-own" "$tmp/20-server" 2>"$tmp/errors" || code=$?
same 'exit code' 1 "$code"
same 'error' 'duplicate log entry for' "$(grep -o 'duplicate log entry for' "$tmp/errors")"
same 'rotated' own.log.1 "$(cd "$tmp/log" && echo *.1)"
