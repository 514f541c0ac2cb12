#!/usr/bin/env bash
# Software: Node 26.10.0 (26.4.0 is the same) and 26.1.0.
# Guess:    `getpid: { parameters: [], result: "int32" }`, written for the node:ffi of Node 26.1, either works in 26.10 or is
#           refused.
# Happens:  the words are now `arguments` and `return`, and unknown ones are ignored. The definition means a function without
#           arguments that returns nothing: getpid() is called, and gives undefined.
# Matters:  a function with arguments is refused at its call, so that is seen. One without, such as `setsid()` or `geteuid()`,
#           is called: its error is not seen, and `geteuid() === 0` is never true.
# Seen:     26.1.0: the number of the process; 26.10.0: undefined, and with `return` the number
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

node_26
arch=x64
[ "$(uname -m)" = x86_64 ] || arch=arm64
new=$tmp/node-26.10
cp "$node" "$new"
npm_packages "node-linux-$arch@26.1.0"
cat >"$tmp/ffi.mjs" <<'END'
import { dlopen } from 'node:ffi';
const call = (definition) => {
  const got = dlopen(null, { getpid: definition }).functions.getpid();
  return got === process.pid ? 'its number' : got;
};
const abs = (definition) => {
  try {
    return dlopen(null, { abs: definition }).functions.abs(-5);
  } catch ({ code }) {
    return code;
  }
};
console.log(process.version, call({ parameters: [], result: 'int32' }), abs({ parameters: ['int32'], result: 'int32' }));
console.log(process.version, call({ arguments: [], return: 'int32' }), abs({ arguments: ['int32'], return: 'int32' }));
END
said() { "$1" --experimental-ffi --no-warnings "$tmp/ffi.mjs" | paste -sd'|'; }
same '26.1.0, both wordings' 'v26.1.0 its number 5|v26.1.0 its number 5' "$(said "$node")"
same '26.10.0, both wordings' 'v26.10.0 undefined ERR_INVALID_ARG_VALUE|v26.10.0 its number 5' "$(said "$new")"
