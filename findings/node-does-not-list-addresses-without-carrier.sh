#!/usr/bin/env bash
# Software: Node 26.10.0 on Linux.
# Guess:    os.networkInterfaces() lists every address that this host has, as `ip addr` does.
# Happens:  an interface without carrier (a pulled cable, a switch that is off) is left out with all its addresses, while the
#           kernel still has them: a server can be bound to one, and connections from this host reach it.
# Matters:  "do I hold the virtual address?" answered with os.networkInterfaces() is no on a master whose cable was pulled, and
#           the Redis on it goes on taking writes from the programs beside it.
# Seen:     ip: 10.9.0.1/24; Node: 127.0.0.1 ::1; bound and connected to 10.9.0.1
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

node_26
two_hosts
cat >"$tmp/addresses.cjs" <<'END'
const { networkInterfaces } = require('node:os');
const { connect, createServer } = require('node:net');
console.log(Object.values(networkInterfaces()).flat().some(({ address }) => address === '10.9.0.1') ? 'listed' : 'not listed');
const server = createServer();
server.on('error', ({ code }) => console.log(code));
server.listen(0, '10.9.0.1', () => {
  connect(server.address().port, '10.9.0.1', () => {
    console.log('connected');
    process.exit();
  });
});
END
look() { ip netns exec "${hosts[0]}" "$node" "$tmp/addresses.cjs" | paste -sd' '; }
until_true 5 is 'listed connected' look
echo 'as described: with carrier: listed connected'
ip -n "${hosts[1]}" link set va down
until_true 5 bash -c "ip -n ${hosts[0]} link show va | grep -q NO-CARRIER"
same 'ip addr without carrier' 1 "$(ip -n "${hosts[0]}" -o addr show dev va | grep -c ' 10\.9\.0\.1/24')"
same 'without carrier' 'not listed connected' "$(look)"
