#!/usr/bin/env bash
# Software: node-redis 6.3.1 with Redis 7.0.15.
# Guess:    with the option `timeout: 500` a command is rejected when no reply has come after half a second, and so it is with
#           an AbortSignal.
# Happens:  both count only while the command waits in the client to be sent. On an open connection it is sent at once, and
#           from then on it waits for its reply for ever.
# Matters:  a master that is frozen, or whose address has moved away without a word, still has open connections. The deadline
#           is meant for this case, and in this case there is none.
# Seen:     frozen for 5 s: neither rejected; afterwards both executed; without a connection: TimeoutError
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

npm_packages redis@6.3.1
redis_7_0
server --appendonly no
open=$port frozen=$pid
new_port
cat >"$tmp/timeout.cjs" <<'END'
const { createClient } = require('redis');
const { setTimeout: after } = require('node:timers/promises');
const [open, closed, pid] = process.argv.slice(2).map(Number);
const client = (port) => createClient({ socket: { port }, commandOptions: { timeout: 500 } }).on('error', () => {});
(async () => {
  const cut = client(closed);
  cut.connect().catch(() => {});
  console.log('without a connection:', await cut.incr('n').catch(({ constructor }) => constructor.name));
  const redis = client(open);
  await redis.connect();
  await redis.set('n', 0);
  process.kill(pid, 'SIGSTOP');
  let ended = 0;
  const note = (value) => {
    ended += 1;
    return value;
  };
  const signal = AbortSignal.timeout(500);
  const both = [redis.incr('n'), redis.withAbortSignal(signal).incr('n')].map((one) => one.then(note, note));
  await after(5000);
  console.log('after 5 seconds:', ended, signal.aborted ? 'aborted' : 'not aborted');
  process.kill(pid, 'SIGCONT');
  console.log('afterwards:', ...(await Promise.all(both)));
  process.exit();
})();
END
seen=$(cd "$tmp" && node timeout.cjs "$open" "$port" "$frozen")
same 'a command that cannot be sent' TimeoutError "$(sed -n 's/^without a connection: //p' <<<"$seen")"
same 'commands that ended, of 2 at a frozen server' '0 aborted' "$(sed -n 's/^after 5 seconds: //p' <<<"$seen")"
same 'replies when it runs again' '1 2' "$(sed -n 's/^afterwards: //p' <<<"$seen")"
