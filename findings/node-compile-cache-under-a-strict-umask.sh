#!/usr/bin/env bash
# Software: Node 26.10.0.
# Guess:    NODE_COMPILE_CACHE either works for the user who starts Node, or says that it does not.
# Happens:  Node makes the directories with the umask of the process. Under 0177, which daemons such as keepalived give to their scripts, they
#           lack the right to be entered. Nobody but root can write into them or read from them, nothing is said, and every start compiles anew.
# Matters:  whoever switches the cache on for scripts of a daemon sees it work as root, and sees no cache as the daemon's user, for ever:
#           the directories that cannot be entered stay.
# Seen:     the directory has mode 600; files in the cache: 0 for an ordinary user; exit code 0, nothing on standard error
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

command -v setpriv >/dev/null || skip 'setpriv is not installed'
[ "$(id -u)" = 0 ] || skip 'becoming another user needs root'
node_26
chmod 755 "$tmp"
mkdir "$tmp/user"
chown 65534:65534 "$tmp/user"
echo 'module.exports = 1;' >"$tmp/part.cjs"
echo "require('$tmp/part.cjs');" >"$tmp/program.cjs"
chmod 644 "$tmp"/*.cjs
run() {
  NODE_COMPILE_CACHE=$tmp/user/cache setpriv --reuid 65534 --regid 65534 --clear-groups bash -c "umask $1; exec $node $tmp/program.cjs" 2>&1
}
same 'said' '' "$(run 0177)"
same 'mode of the directory' 600 "$(stat -c %a "$tmp/user/cache")"
run 0177
same 'files in it' 0 "$(find "$tmp/user/cache" -type f | wc -l)"
rm -rf "$tmp/user/cache"
run 0077
[ "$(find "$tmp/user/cache" -type f | wc -l)" -gt 0 ] || changed 'nothing is kept under umask 0077 either'
echo 'as described: under umask 0077 it keeps its files'
