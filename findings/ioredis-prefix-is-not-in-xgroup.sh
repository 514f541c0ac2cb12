#!/usr/bin/env bash
# Software: ioredis 5.11.1 (6.0.0 adds the prefix) with Redis 7.0.15.
# Guess:    with `keyPrefix` every command of ioredis speaks of the same prefixed key.
# Happens:  XADD, XREADGROUP and XLEN do; XGROUP, whose key comes after a word, does not. XGROUP CREATE ... MKSTREAM makes a second,
#           empty stream without the prefix and answers OK, and XREADGROUP then finds no group.
# Matters:  the stray stream is in no pattern of the application: it shows up as a key that only one side has when the two
#           nodes of a pair are compared, and an upgrade to 6.0.0 silently moves all groups to other keys.
# Seen:     XADD OK; XGROUP CREATE OK; XREADGROUP: NOGROUP; keys: app:jobs jobs
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

npm_packages ioredis@5.11.1
redis_7_0
server --appendonly no
cat >"$tmp/prefix.cjs" <<'END'
const Redis = require('ioredis');
const redis = new Redis({ port: Number(process.argv[2]), keyPrefix: 'app:' });
const code = (error) => error.message.split(' ')[0];
(async () => {
  const words = [];
  words.push(await redis.xadd('jobs', '*', 'field', 'value').then(() => 'added', code));
  words.push(await redis.xgroup('CREATE', 'jobs', 'workers', '0', 'MKSTREAM').catch(code));
  words.push(await redis.xreadgroup('GROUP', 'workers', 'one', 'STREAMS', 'jobs', '>').then(() => 'read', code));
  console.log(words.join(' '));
  redis.disconnect();
})();
END
same 'XADD, XGROUP CREATE, XREADGROUP' 'added OK NOGROUP' "$(cd "$tmp" && node prefix.cjs "$port")"
same 'keys' 'app:jobs jobs' "$(cli "$port" keys '*' | sort | paste -sd' ')"
