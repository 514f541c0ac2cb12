#!/usr/bin/env bash
# Software: Node 26.10.0 (20.20.2 is the same) on Linux.
# Guess:    socket.setKeepAlive(true, 500) probes an idle connection after half a second, or after one.
# Happens:  less than 1000 counts as 0, and 0 means "as the kernel likes": keep-alive is on, and the first probe is due after
#           two hours. 1000 means one second.
# Matters:  an address that has moved away sends nothing. A client that only listens finds that out by these probes alone, and
#           the one that asked for the fastest detection gets the slowest.
# Seen:     500: timer:(keepalive,119min,0); 1000: timer:(keepalive,992ms,0)
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

node_26
cat >"$tmp/probe.cjs" <<'END'
const { connect, createServer } = require('node:net');
const { execFileSync } = require('node:child_process');
const server = createServer().listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const socket = connect(port, '127.0.0.1', () => {
    socket.setKeepAlive(true, Number(process.argv[2]));
    process.stdout.write(execFileSync('ss', ['-tnoH', 'sport', '=', `:${socket.localPort}`]));
    process.exit();
  });
});
END
# timer MILLISECONDS: hours, seconds, or milliseconds, as the kernel has it.
timer() {
  "$node" "$tmp/probe.cjs" "$1" | sed -nE 's/.*timer:\(keepalive,([0-9.]*)(min|sec|ms).*/\1 \2/p'
}
long='119 min'
[ "$(cat /proc/sys/net/ipv4/tcp_keepalive_time)" = 7200 ] || skip 'this kernel has another tcp_keepalive_time'
same 'first probe after 500 ms' "$long" "$(timer 500)"
same 'first probe after 999 ms' "$long" "$(timer 999)"
short=$(timer 1000)
case $short in
*ms | '1'*sec) echo "as described: first probe after 1000 ms: $short" ;;
*) changed "first probe after 1000 ms: $short" ;;
esac
