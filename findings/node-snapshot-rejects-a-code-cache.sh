#!/usr/bin/env bash
# Software: Node 26.10.0.
# Guess:    a code cache is good for each process of the same Node with the same flags on the same machine: v8.cachedDataVersionTag()
#           is what it depends on.
# Happens:  a process that starts from a user-land snapshot rejects the cache of a plain one, and a plain one rejects the cache of a process
#           from a snapshot, though both say the same tag. The script runs all the same, compiled anew; only `cachedDataRejected` tells.
# Matters:  a build that bakes a snapshot into its executable and ships code caches beside it, made by the Node that built it, starts as
#           slowly as without. They must be made by the snapshot that will read them.
# Seen:     plain -> plain: used; plain -> snapshot: rejected; snapshot -> snapshot: used; snapshot -> plain: rejected; one tag
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

node_26
cat >"$tmp/program.js" <<'JS'
const fs = require('fs');
const v8 = require('v8');
const { Script } = require('vm');
const main = () => {
  const source = '(function () { return 42; })';
  const [word, file] = process.argv.slice(-2);
  if (word === 'make') return fs.writeFileSync(file, new Script(source).createCachedData());
  if (word === 'tag') return console.log(v8.cachedDataVersionTag());
  console.log(new Script(source, { cachedData: fs.readFileSync(file) }).cachedDataRejected ? 'rejected' : 'used');
};
if (v8.startupSnapshot.isBuildingSnapshot()) v8.startupSnapshot.setDeserializeMainFunction(main);
else main();
JS
"$node" --no-warnings --snapshot-blob "$tmp/blob" --build-snapshot "$tmp/program.js" 2>"$tmp/warnings"
plain() { "$node" "$tmp/program.js" "$@"; }
snapshot() { "$node" --snapshot-blob "$tmp/blob" "$@"; }
plain make "$tmp/of-plain"
snapshot make "$tmp/of-snapshot"
same 'tag' "$(plain tag x)" "$(snapshot tag x)"
same 'plain -> plain' used "$(plain use "$tmp/of-plain")"
same 'plain -> snapshot' rejected "$(snapshot use "$tmp/of-plain")"
same 'snapshot -> snapshot' used "$(snapshot use "$tmp/of-snapshot")"
same 'snapshot -> plain' rejected "$(plain use "$tmp/of-snapshot")"
