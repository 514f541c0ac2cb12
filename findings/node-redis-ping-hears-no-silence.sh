#!/usr/bin/env bash
# Software: node-redis 6.3.1 with Redis 7.0.15.
# Guess:    `pingInterval: 200` finds out within a second or two that a server no longer answers, and reconnects.
# Happens:  it sends the next PING only after the reply to the one before, and sets no limit to that. At a frozen server
#           nothing happens: no error, no reconnecting, and isReady is true.
# Matters:  a subscriber is given this option so that it notices a frozen master. It keeps traffic on the line, and that is
#           all. `socketTimeout` notices, but see node-redis-socket-timeout-closes-an-idle-client.
# Seen:     frozen for 6 s: events none, isReady true; when it runs again: the PING is answered
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

npm_packages redis@6.3.1
redis_7_0
server --appendonly no
cat >"$tmp/ping.cjs" <<'END'
const { createClient } = require('redis');
const { once } = require('node:events');
const { setTimeout: after } = require('node:timers/promises');
const [port, pid] = process.argv.slice(2).map(Number);
const redis = createClient({ socket: { port }, pingInterval: 200 });
const events = [];
for (const name of ['error', 'reconnecting', 'terminated', 'end']) redis.on(name, () => events.push(name));
(async () => {
  await redis.connect();
  await once(redis, 'ping-interval');
  process.kill(pid, 'SIGSTOP');
  await after(6000);
  console.log('frozen:', events.join() || 'no event', redis.isReady ? 'ready' : 'not ready');
  process.kill(pid, 'SIGCONT');
  console.log('afterwards:', ...(await once(redis, 'ping-interval')), events.join() || 'no event');
  process.exit();
})();
END
seen=$(cd "$tmp" && node ping.cjs "$port" "$pid")
same 'at a server that is frozen for 6 seconds' 'no event ready' "$(sed -n 's/^frozen: //p' <<<"$seen")"
same 'when it runs again' 'PONG no event' "$(sed -n 's/^afterwards: //p' <<<"$seen")"
