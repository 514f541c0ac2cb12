#!/usr/bin/env bash
# Software: ioredis 6.0.0 with Redis 7.0.15 and its Sentinel.
# Guess:    ioredis is given the Sentinels, so that it follows the master: when they have promoted the replica, it drops the connection to the
#           old master and writes to the new one.
# Happens:  it asks Sentinel only when it has to connect. A master that is frozen closes nothing, so the client waits on its old connection:
#           what was sent has no reply and no error, and neither has what is given later. `failoverDetector: true`, which is not
#           the default, makes it listen.
# Matters:  a frozen server is what Sentinel is there for. The pair has a new master after some seconds, and the
#           application hangs for as long as the old one is frozen and its connection open.
# Seen:     replica promoted; 10 s later with the default: pending pending; with failoverDetector: OK OK
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
npm_packages ioredis@6.0.0
cat >"$tmp/client.cjs" <<'JS'
const Redis = require('ioredis');
const { existsSync, writeFileSync } = require('fs');
const [, , port, folder, more] = process.argv;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const seen = async (path) => {
  while (!existsSync(`${folder}/${path}`)) await wait(50);
};
const states = [];
(async () => {
  const redis = new Redis({ sentinels: [{ host: '127.0.0.1', port: Number(port) }], name: 'pair', ...JSON.parse(more) });
  redis.on('error', () => {});
  const set = (key) => {
    const at = states.push('pending') - 1;
    redis.set(key, 1).then(
      (reply) => (states[at] = reply),
      () => (states[at] = 'rejected'),
    );
  };
  await redis.set('before', 1);
  writeFileSync(`${folder}/connected`, '');
  await seen('frozen');
  set('during');
  await seen('promoted');
  set('after');
  await wait(10_000);
  console.log(states.join(' '));
  process.exit();
})();
JS
# states OPTIONS: what has become of two writes 10 seconds after the promotion; one was given before it, one after it.
states() {
  local master frozen replica sentinel client folder
  server --appendonly no
  master=$port
  frozen=$pid
  server --replicaof 127.0.0.1 "$master"
  replica=$port
  until_true 20 follows "$master" "$replica"
  new_port
  sentinel=$port
  folder=$tmp/$sentinel
  mkdir "$folder"
  cat >"$folder/conf" <<END
port $sentinel
bind 127.0.0.1
dir $folder
sentinel monitor pair 127.0.0.1 $master 1
sentinel down-after-milliseconds pair 1000
END
  "$bin/redis-server" "$folder/conf" --sentinel >"$folder/log" 2>&1 &
  started+=("$!")
  until_true 30 bash -c "'$bin/redis-cli' -p $sentinel sentinel replicas pair | grep -q '127.0.0.1:$replica'"
  (cd "$tmp" && exec node client.cjs "$sentinel" "$folder" "$1") >"$folder/states" &
  client=$!
  started+=("$client")
  until_true 20 test -e "$folder/connected"
  kill -STOP "$frozen"
  touch "$folder/frozen"
  until_true 30 is master info "$replica" role
  touch "$folder/promoted"
  wait "$client"
  stop "$frozen"
  seen=$(cat "$folder/states")
}
states '{}'
same 'with the default' 'pending pending' "$seen"
states '{"failoverDetector":true}'
same 'with failoverDetector' 'OK OK' "$seen"
