#!/usr/bin/env bash
# Software: ioredis 5.11.1 (6.0.0 is the same) with Redis 7.0.15. node-redis 6.3.1 rejects with WatchError.
# Guess:    after watch(key) a transaction is executed only if nobody changed the key in between; at a lost connection it fails.
# Happens:  WATCH belongs to the connection. ioredis reconnects, restores database and subscriptions but not the watch, and the
#           transaction goes through, over what another client has written meanwhile.
# Matters:  every failover is such a reconnect. A balance or a lock that is guarded by WATCH is overwritten at the very moment at
#           which another client was served by the other node.
# Seen:     no reconnect: exec null; after a reconnect: exec OK, and the other client's value is gone
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

npm_packages ioredis@5.11.1
redis_7_0
server --appendonly no
cat >"$tmp/watch.cjs" <<'END'
const Redis = require('ioredis');
const port = Number(process.argv[2]);
const [other, redis] = [new Redis(port), new Redis(port)];
redis.on('error', () => {});
const attempt = async (between) => {
  await redis.watch('key');
  await other.set('key', 'other');
  await between();
  const result = await redis.multi().set('key', 'mine').exec();
  return `${result === null ? 'refused' : 'done'} ${await other.get('key')}`;
};
const reconnect = async () => {
  const ready = new Promise((resolve) => redis.once('ready', resolve));
  await other.client('KILL', 'ID', await redis.client('ID'));
  await ready;
};
(async () => {
  console.log([await attempt(async () => {}), await attempt(reconnect)].join(', '));
  other.disconnect();
  redis.disconnect();
})();
END
same 'without and with a reconnect' 'refused other, done mine' "$(cd "$tmp" && node watch.cjs "$port")"
