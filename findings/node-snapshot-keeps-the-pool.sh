#!/usr/bin/env bash
# Software: Node 26.10.0.
# Guess:    a user-land snapshot holds what the program can still reach when it is taken. A text that it has let go is not in it.
# Happens:  small Buffers are cut out of one pool of Node's own, which is always reachable and goes into the snapshot as it is. What was
#           last read or converted while the snapshot was made is in the file, and in each executable that is made from it.
# Matters:  what a build only looked at, paths of the machine that made it for instance, ships with each copy. No variable holds it, so
#           setting variables to undefined changes nothing; what helps is to fill the pool with something else at the end.
# Seen:     read as a string: not in the snapshot; Buffer.from of the string: in it; a Buffer of more than half a pool: not
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

node_26
# snapshot NAME TEXT EXPRESSION: afterwards the snapshot is there. Its program applied the expression to the text, and kept nothing.
snapshot() {
  echo "$2" >"$tmp/looked-at"
  cat >"$tmp/program.js" <<JS
(function () {
  const text = require('fs').readFileSync('$tmp/looked-at', 'utf8');
  if ($3 !== 1 + text.length - text.length) throw new Error('not 1');
})();
require('v8').startupSnapshot.setDeserializeMainFunction(() => console.log('runs'));
JS
  "$node" --snapshot-blob "$tmp/$1" --build-snapshot "$tmp/program.js"
  same "$1" runs "$("$node" --snapshot-blob "$tmp/$1")"
}
times() { grep -c "$2" "$tmp/$1" || true; }
snapshot string 'built on a monday' "Math.sign(text.length)"
same 'the text, read as a string' 0 "$(times string 'built on a monday')"
snapshot buffer 'built on a monday' "Math.sign(Buffer.from(text).length)"
same 'the text, after Buffer.from' 1 "$(times buffer 'built on a monday')"
snapshot large 'built on a friday' "Math.sign(Buffer.from(text + ' '.repeat(Buffer.poolSize)).length)"
same 'the text, after a Buffer that is too large for the pool' 0 "$(times large 'built on a friday')"
