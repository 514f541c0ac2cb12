/** install.sh ends with what keepalived will run, as its user: what is wrong there is said, and a password is found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeBench, onHost, whyNoHost } from './bench.ts';

const why = await whyNoHost();
const article = readFileSync(join(import.meta.dirname, '../fixtures/article/master.conf'), 'utf8');

/** The article's host with a password pair; only the executable and install.sh were copied to it. */
const prepare = `
make_script_user
useradd --system --no-create-home pair_user
mkdir -p /etc/keepalived /usr/local/redis/sh /usr/local/alone/dist
cp install.sh /usr/local/alone
ln -s "$PWD/dist/redisha" /usr/local/alone/dist/redisha
cat >/etc/keepalived/keepalived.conf <<'CONF'
${article}
CONF
for name in redis_check redis_master_master; do
  printf '#!/bin/sh\\nredis-cli -h $1 -a "s3 cret" PING\\n' >/usr/local/redis/sh/$name.sh
  chmod 755 /usr/local/redis/sh/$name.sh
done
ip link set lo up
printf 'bind 127.0.0.1\\nrequirepass "s3 cret"\\nsave ""\\ndir /run\\n' >/run/redis.conf
setpriv --pdeathsig KILL redis-server /run/redis.conf >/dev/null &
trap "kill $!" EXIT
until [ -n "$(redis-cli PING 2>&1 | grep NOAUTH)" ]; do :; done
cd /usr/local/alone
part() { printf '=== %s\\n' "$1"; }
`;

test.skipIf(why !== undefined)('the article, with a password, by the executable and install.sh alone', async () => {
  await using bench = await makeBench('built');
  const done = await onHost(
    bench,
    `${prepare}
    ./install.sh --legacy-dir /usr/local/redis/sh 2>&1
    part taken
    ./install.sh --take-password 2>&1
    stat -c '%a %U %n' /etc/redisha/password /etc/redisha/redisha.toml
    part spoiled
    sed -i 's#/sh/redis_master_master#/other/redis_master_master#
      s#"\\(.*redis_master_slave.sh [^"]*\\)"#\\1#
      s#fall 3#weight -20#
      s#state MASTER#state BACKUP#
      s#advert_int 3#nopreempt#
      s#notify_fault .*#&\\n    notify_master_rx_lower_pri "/usr/local/bin/redisha master --heal 127.0.0.1 192.168.72.128 6379"\\n    notify_stop "/usr/local/bin/redisha stop one 6379"#' /etc/keepalived/keepalived.conf
    redisha config check 2>&1 && exit 9
    cp /usr/local/redis/sh/redis_check.sh.before-redisha /usr/local/redis/sh/redis_check.sh
    redisha config check 2>&1 | grep -A2 chk_redis
    part user
    ./install.sh --user pair_user >/dev/null 2>&1
    find /var/lib/redisha /var/log/redisha /run/redisha /etc/redisha/password ! -user pair_user`,
  );
  expect(done.code, done.stdout + done.stderr).toBe(0);
  expect(done.stdout + done.stderr).not.toContain('s3 cret');
  const [first = '', taken = '', spoiled = '', user] = done.stdout.split(/^=== .*\n/m);
  expect(first.match(/^WRONG {2}/gm)).toHaveLength(3);
  expect(first).toMatch(
    /^WRONG {2}chk_redis, as keepalived_script: .*\n +the password is missing or wrong: .*rule 14/m,
  );
  expect(first).toContain('the password stands in /usr/local/redis/sh/redis_check.sh.before-redisha: ');
  expect(taken).not.toContain('WRONG');
  expect(taken).toMatch(/^right {2}notify_master of VI_1, as keepalived_script: .*\n +local is the master.*rule 206/m);
  expect(taken).toContain('600 keepalived_script /etc/redisha/password\n644 root /etc/redisha/redisha.toml\n');
  expect(spoiled).toMatch(/^right {2}chk_redis/m);
  expect(spoiled).toMatch(/^right {2}notify_master_rx_lower_pri of VI_1, .*--heal/m);
  expect(spoiled).toMatch(/^WRONG {2}notify_stop of VI_1, .*\n +the words do not fit: .* takes LOCAL PEER PORT$/m);
  expect(spoiled).toMatch(
    /there is no \/usr\/local\/redis\/other\/redis_master_master.sh .*\n +hint: .*--legacy-dir \/usr\/local\/redis\/other/,
  );
  expect(spoiled).toContain('not in one pair of quotes: keepalived takes 127.0.0.1 for a user');
  expect(spoiled).toMatch(/^warning: line \d+ of .* the check chk_redis has weight -20, and VI_1 has nopreempt: /m);
  expect(spoiled).toMatch(
    /redis_check.sh is another script, and not redisha's\n +hint: .*--legacy-dir \/usr\/local\/redis\/sh/,
  );
  expect(user).toBe('');
});
