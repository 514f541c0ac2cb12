/** keepalived.conf is read as every real keepalived reads it: what it says in its dump, and what redisha says of the same file. */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readInstances, type Seen, seenInDump } from './keepalived-seen.ts';
import type { Host } from '../lib/host.ts';
import { everyKeepalived } from '../lib/keepalived.ts';
import { whyNoWorld } from '../lib/namespaces.ts';
import { World } from '../lib/world.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/keepalived');
const CASES = '/etc/cases';
/** What keepalived is told by `-i`. */
const CONFIG_ID = 'high';

const names = readdirSync(FIXTURES);
const { here, missing } = everyKeepalived();

/** Each file is taken by a keepalived that is killed when it has told what it made of it, before it speaks to anybody. */
const DUMP_ALL = `
program=$1
said=/run/said-$2
for dir in ${CASES}/*; do
  echo "#### $dir"
  pid=$said-$(basename "$dir")
  : >"$said"
  "$program" --vrrp --dont-fork --log-console --dump-conf -i ${CONFIG_ID} -f "$dir/keepalived.conf" -p "$pid.pid" -r "$pid.vrrp" -b "$pid.bfd" -c "$pid.check" >"$said" 2>&1 &
  until grep -q 'Interfaces >' "$said" || ! kill -0 $!; do sleep 0.03; done
  kill -9 $! "$(cat "$pid.vrrp")"
  wait $!
  cat "$said"
done 2>/dev/null`;

const STUBS = [
  ...['check', 'master', 'backup', 'slave', 'fault', 'stop'].map((name) => `/usr/local/redis/sh/redis_${name}.sh`),
  '/usr/local/redis/sh/notify.sh',
  '/usr/local/bin/other',
];

describe.runIf((await whyNoWorld(['keepalived'])) === undefined)('what keepalived makes of a file', () => {
  let world: World;
  let host: Host;
  const dumps = new Map<string, string>();

  const dump = async (path: string, title: string, index: number): Promise<void> => {
    const { stdout } = await host.run(['sh', '-c', DUMP_ALL, 'sh', path, String(index)], { timeoutMs: 50_000 });
    for (const part of stdout.split('#### ').slice(1)) {
      const [name = '', ...said] = part.split('\n');
      dumps.set(`${title} ${name}`, said.join('\n'));
    }
  };

  beforeAll(async () => {
    world = await World.create();
    host = await world.addHost('a', '10.99.0.1', 'eth0');
    await host.run(['sh', '-c', 'echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6']);
    writeFileSync(host.file('/etc/keepalived/keepalived.config-opts'), '');
    cpSync(FIXTURES, host.file(CASES), { recursive: true });
    for (const stub of STUBS) {
      mkdirSync(host.file(join(stub, '..')), { recursive: true });
      writeFileSync(host.file(stub), '#!/bin/sh\n', { mode: 0o755 });
    }
    await Promise.all(here.map(({ path, title }, index) => dump(path, title, index)));
  });

  afterAll(() => world.close());

  describe.each(here)('$title', ({ title }) => {
    test.each(names)('%s', (name) => {
      const said = dumps.get(`${title} ${CASES}/${name}`) ?? '';
      const told = seenInDump(said);
      expect(told, said).not.toEqual([]);
      const read: readonly Seen[] = readInstances(join(FIXTURES, name, 'keepalived.conf'), CONFIG_ID);
      expect(read).toEqual(told);
    });
  });

  test.skipIf(missing.length > 0).each(missing)('$title: $missing', ({ missing: why }) => {
    expect(why).toBe('');
  });
});
