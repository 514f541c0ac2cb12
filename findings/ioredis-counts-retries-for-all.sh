#!/usr/bin/env bash
# Software: ioredis 6.0.0.
# Guess:    with `maxRetriesPerRequest: 3` a command is rejected when 3 reconnections since it was given have failed.
# Happens:  there is one counter for the connection, and at 4, 8, 12 all commands that wait are rejected. One that was given
#           right before has waited for a single attempt, another for four.
# Matters:  the default is 20, which sounds like enough for any failover. In a long outage some of the commands are rejected
#           at their first attempt, with an error that speaks of 20.
# Seen:     given after attempt 3: rejected at 4; given after attempt 4: rejected at 8; both: limit (which is 3)
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

npm_packages ioredis@6.0.0
new_port
cat >"$tmp/retries.cjs" <<'END'
const Redis = require('ioredis');
let attempt = 0;
const redis = new Redis({
  port: Number(process.argv[2]),
  maxRetriesPerRequest: 3,
  retryStrategy: (times) => {
    attempt = times;
    if (times === 3 || times === 4) setImmediate(give, times);
    return 100;
  },
});
redis.on('error', () => {});
const give = async (given) => {
  const { message } = await redis.get('key').catch((error) => error);
  console.log(`${given}: ${attempt - given}, ${/\(which is \d+\)/.exec(message)}`);
  if (given === 4) redis.disconnect();
};
END
seen=$(cd "$tmp" && node retries.cjs "$port")
same 'attempts for the command given after attempt 3' '1, (which is 3)' "$(sed -n 's/^3: //p' <<<"$seen")"
same 'attempts for the command given after attempt 4' '4, (which is 3)' "$(sed -n 's/^4: //p' <<<"$seen")"
