#!/usr/bin/env bash
# Software: Node 26.10.0 on Linux 6.18 (epoll).
# Guess:    a FIFO that is open for reading only, without a writer, is at its end: read() returns 0, so a stream ends at once.
# Happens:  read() does return 0, but the kernel reports an end only after a writer was there. A net.Socket on such a FIFO gets neither
#           'end' nor 'close', for ever. One writer that opens and closes it, without a byte, and both come.
# Matters:  a helper that reads what a daemon says by a FIFO, and was started after the daemon had died: it waits for good, for the
#           end that it takes for the sign to leave.
# Seen:     read: 0; without a writer: nothing within 2 s; after a writer came and went: end close
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

node_26
mkfifo "$tmp/fifo"
cat >"$tmp/reader.cjs" <<'END'
const { openSync, readSync, closeSync, constants } = require('node:fs');
const { Socket } = require('node:net');
const [path] = process.argv.slice(2);
const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
console.log(`read: ${readSync(fd, Buffer.alloc(8))}`);
const seen = [];
const socket = new Socket({ fd, readable: true, writable: false });
for (const event of ['end', 'close']) socket.on(event, () => seen.push(event));
socket.resume();
setTimeout(() => {
  console.log(`without a writer: ${seen.join(' ') || 'nothing'}`);
  closeSync(openSync(path, constants.O_WRONLY));
}, 2000);
setTimeout(() => {
  console.log(`after a writer: ${seen.join(' ')}`);
  process.exit();
}, 3000);
END
said=$("$node" "$tmp/reader.cjs" "$tmp/fifo")
same 'read' 'read: 0' "$(sed -n 1p <<<"$said")"
same 'two seconds' 'without a writer: nothing' "$(sed -n 2p <<<"$said")"
same 'a writer came and went' 'after a writer: end close' "$(sed -n 3p <<<"$said")"
