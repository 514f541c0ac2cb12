#!/usr/bin/env bash
# Software: ioredis 6.0.0 (5.11.1 is the same) with Redis 7.0.15.
# Guess:    names of commands have no case in Redis, so call('SELECT', '3') and call('select', '3') do the same.
# Happens:  both reach database 3. ioredis notes the choice by the name in lower case alone: after a reconnect a client that
#           wrote SELECT is back in database 0, and writes go on there without an error.
# Matters:  every failover is a reconnect. From then on the application reads nothing and writes into the wrong database, and
#           the two nodes still agree with each other.
# Seen:     after a reconnect: select: db 3, SELECT: db 0
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

npm_packages ioredis@6.0.0
redis_7_0
server --appendonly no
cat >"$tmp/select.cjs" <<'END'
const { Redis } = require('ioredis');
const port = Number(process.argv[2]);
const admin = new Redis(port);
const database = async (redis) => /\bdb=(\d+)/.exec(await redis.client('INFO'))[1];
const look = async (word) => {
  const redis = new Redis(port);
  redis.on('error', () => {});
  await redis.call(word, '3');
  const before = await database(redis);
  const ready = new Promise((resolve) => redis.once('ready', resolve));
  await admin.client('KILL', 'ID', await redis.client('ID'));
  await ready;
  const after = await database(redis);
  redis.disconnect();
  return `${word} ${before} ${after}`;
};
(async () => {
  console.log([await look('select'), await look('SELECT')].join(', '));
  admin.disconnect();
})();
END
same 'database before and after a reconnect' 'select 3 3, SELECT 3 0' "$(cd "$tmp" && node select.cjs "$port")"
