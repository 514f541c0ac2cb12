#!/usr/bin/env bash
# Software: systemd 252 (systemd-tmpfiles).
# Guess:    of two lines for one path in tmpfiles.d the later file wins, as in sysctl.d and in drop-ins of units.
# Happens:  the earlier name wins. 90-local.conf is ignored with a line in the log and exit code 0.
# Matters:  an administrator's 90-...conf that gives the folder of a package's state or socket to another group does nothing, at
#           every start; the name has to come before the package's, or be equal to it.
# Seen:     90-local.conf:1: Duplicate line for path "...", ignoring; exit 0; mode 750 of 10-package.conf
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

debian bookworm systemd=252.39-1~deb12u2
mkdir -p "$tmp/image/etc/tmpfiles.d"
echo 'd /data/folder 0750 - - -' >"$tmp/image/etc/tmpfiles.d/10-package.conf"
echo 'd /data/folder 0711 - - -' >"$tmp/image/etc/tmpfiles.d/90-local.conf"
code=0
"$tmp/bookworm/bin/systemd-tmpfiles" --root="$tmp/image" --create 2>"$tmp/errors" || code=$?
same 'exit code' 0 "$code"
same 'mode' 750 "$(stat -c %a "$tmp/image/data/folder")"
same 'what is ignored' 1 "$(grep -c '90-local.conf:1: Duplicate line for path' "$tmp/errors")"
