#!/usr/bin/env bash
# Software: node-redis 6.3.1 with Redis 7.0.15.
# Guess:    `socketTimeout: 1000` drops a connection on which a reply is late, and the client reconnects, as it does after any
#           other error.
# Happens:  a second without traffic is enough, no command has to wait. And after this error alone the default
#           `reconnectStrategy` gives up: the client is closed for good, while the server is well.
# Matters:  it is the one option that notices a master which has fallen silent. Set alone it turns every quiet second into the
#           end of the client; it needs `pingInterval` and a `reconnectStrategy` beside it.
# Seen:     idle: SocketTimeoutError, no reconnecting; then: The client is closed; with a strategy: ready again
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

npm_packages redis@6.3.1
redis_7_0
server --appendonly no
cat >"$tmp/idle.cjs" <<'END'
const { createClient } = require('redis');
const { setTimeout: after } = require('node:timers/promises');
const port = Number(process.argv[2]);
const seen = (redis, name) => new Promise((resolve) => redis.once(name, resolve));
const idle = async (more) => {
  const redis = createClient({ socket: { port, socketTimeout: 1000, ...more } });
  const events = [];
  for (const name of ['error', 'reconnecting']) redis.on(name, (error) => events.push(error?.constructor.name ?? name));
  await redis.connect();
  await redis.ping();
  if (more === undefined) {
    await seen(redis, 'terminated');
    await after(3000);
  } else {
    await seen(redis, 'reconnecting');
    await seen(redis, 'ready');
  }
  return [...new Set(events), await redis.ping().catch(({ message }) => message)].join(', ');
};
(async () => {
  console.log('alone:', await idle());
  console.log('with a strategy:', await idle({ reconnectStrategy: () => 100 }));
  process.exit();
})();
END
seen=$(cd "$tmp" && node idle.cjs "$port")
same 'socketTimeout alone' 'SocketTimeoutError, The client is closed' "$(sed -n 's/^alone: //p' <<<"$seen")"
same 'with a reconnectStrategy' 'SocketTimeoutError, reconnecting, PONG' "$(sed -n 's/^with a strategy: //p' <<<"$seen")"
same 'the server' PONG "$(cli "$port" ping)"
