#!/usr/bin/env bash
# Software: Node 26.10.0.
# Guess:    net.SocketAddress.parse('10.0.0.1:80') has port 80, and what is not an address and a port gives undefined.
# Happens:  the text is read as the host of an http URL. Port 80 is the default there and is dropped: 0. 10.1 is 10.0.0.1, a
#           leading 0 means octal, and a user or a path around it is left out without a word.
# Matters:  a line of configuration that says 010.0.0.1, or 10.1 for 10.1.0.0, is accepted and is another host. And one port
#           of 65535 is lost.
# Seen:     10.0.0.1:80 -> 10.0.0.1 0; 10.0.0.1:6379 -> 10.0.0.1 6379; 010.0.0.1:6379 -> 8.0.0.1; 10.1:6379 -> 10.0.0.1
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

node_26
cat >"$tmp/parse.cjs" <<'END'
const { SocketAddress } = require('node:net');
const parsed = SocketAddress.parse(process.argv[2]);
console.log(parsed === undefined ? 'undefined' : `${parsed.address} ${parsed.port}`);
END
parse() { "$node" "$tmp/parse.cjs" "$1"; }
same 10.0.0.1:6379 '10.0.0.1 6379' "$(parse 10.0.0.1:6379)"
same 10.0.0.1:80 '10.0.0.1 0' "$(parse 10.0.0.1:80)"
same '[::1]:80' '::1 0' "$(parse '[::1]:80')"
same 010.0.0.1:6379 '8.0.0.1 6379' "$(parse 010.0.0.1:6379)"
same 10.1:6379 '10.0.0.1 6379' "$(parse 10.1:6379)"
same 10.0.0.1:6379/5 '10.0.0.1 6379' "$(parse 10.0.0.1:6379/5)"
same ::1 undefined "$(parse ::1)"
