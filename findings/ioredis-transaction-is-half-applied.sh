#!/usr/bin/env bash
# Software: ioredis 5.11.1 (6.0.0 is the same) with Redis 7.0.15.
# Guess:    multi({ pipeline: false }) is all or nothing: if the connection breaks before exec(), nothing has been applied.
# Happens:  what was sent before the break is gone with the connection; ioredis reconnects, and what comes after it is executed
#           at once, as plain commands (the reply is OK, not QUEUED). exec() then rejects with "EXEC without MULTI".
# Matters:  a failover breaks the connection. The caller reads a rejected transaction, believes nothing happened and starts it
#           again: one half has been applied already, without the other.
# Seen:     SET second: OK; exec: ERR EXEC without MULTI; first: (nothing), second: 2
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

npm_packages ioredis@5.11.1
redis_7_0
server --appendonly no
cat >"$tmp/transaction.cjs" <<'END'
const Redis = require('ioredis');
const port = Number(process.argv[2]);
const [admin, redis] = [new Redis(port), new Redis(port)];
redis.on('error', () => {});
(async () => {
  const id = await redis.client('ID');
  redis.multi({ pipeline: false });
  const words = [await redis.set('first', 1)];
  const ready = new Promise((resolve) => redis.once('ready', resolve));
  await admin.client('KILL', 'ID', id);
  await ready;
  words.push(await redis.set('second', 2));
  words.push(await redis.exec().then(() => 'done', (error) => error.message));
  words.push(...(await admin.mget('first', 'second')));
  console.log(words.map(String).join(', '));
  admin.disconnect();
  redis.disconnect();
})();
END
same 'replies, and what is there' 'QUEUED, OK, ERR EXEC without MULTI, null, 2' "$(cd "$tmp" && node transaction.cjs "$port")"
