#!/usr/bin/env bash
# Software: Valkey GLIDE 2.5.2 (Node) with Valkey 8.1.1.
# Guess:    GLIDE gets the addresses of both servers, so that it finds the master among them: after a failover it writes to
#           the new one.
# Happens:  it asks for the roles once, when the client is made. Afterwards it writes to the server that was the master then,
#           through READONLY and through reconnections. A new client goes to the right one.
# Matters:  two addresses look like a way to do without a virtual address. After the first failover every write fails until
#           the program is started anew. With one address that moves a reconnection is enough.
# Seen:     after the change: ReadOnly; after both connections were killed: ReadOnly; a new client: OK
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

npm_packages @valkey/valkey-glide@2.5.2
valkey_8_1
server --appendonly no
old=$port
server --appendonly no --replicaof 127.0.0.1 "$old"
until_true 20 is up info "$port" master_link_status
cat >"$tmp/pair.cjs" <<'END'
const { GlideClient, Logger } = require('@valkey/valkey-glide');
const { createInterface } = require('node:readline');
const addresses = process.argv.slice(2).map((port) => ({ host: '127.0.0.1', port: Number(port) }));
const options = { addresses, requestTimeout: 20_000, advancedConfiguration: { connectionTimeout: 20_000 } };
Logger.setLoggerConfig('off');
const set = async (client) => {
  const word = await client.set('key', 'value').catch(({ message }) => /ReadOnly/.exec(message)?.[0] ?? message);
  process.stdout.write(`${word}\n`);
};
(async () => {
  const client = await GlideClient.createClient(options);
  for await (const line of createInterface({ input: process.stdin })) {
    await set(line === 'new' ? await GlideClient.createClient(options) : client);
  }
  process.exit();
})();
END
coproc glide { cd "$tmp" && node pair.cjs "$old" "$port"; }
started+=("$glide_PID")
said=''
ask() {
  echo "$1" >&"${glide[1]}"
  read -r -t 30 said <&"${glide[0]}" || said=silence
}
ask old
same 'write at the start' OK "$said"
cli "$port" replicaof no one >/dev/null
cli "$old" replicaof 127.0.0.1 "$port" >/dev/null
until_true 20 is up info "$old" master_link_status
ask old
same 'write after the roles changed' ReadOnly "$said"
for one in "$old" "$port"; do cli "$one" client kill type normal >/dev/null; done
# The command that meets the broken connection may fail with it.
for _ in 1 2 3 4 5; do
  ask old
  sleep 1
done
same 'write after a reconnection' ReadOnly "$said"
ask new
same 'write of a new client' OK "$said"
