/** What the log says where redisha cannot tell the network where the address is: that matters less where keepalived does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { redisha } from '../lib/program.ts';
import { startPair } from './lib/pair.ts';

test.each([
  ['', /^\S+ WARN \S+ address-not-told why="fd00::100 is no IPv4 address"$/m],
  [
    'global_defs {\n  vrrp_garp_master_refresh 60\n}\n',
    /^\S+ INFO \S+ address-not-told why="fd00::100 is no IPv4 address" keepalivedEveryMs=60000$/m,
  ],
])('an IPv6 address, keepalived.conf begins with %j', async (globals, says) => {
  const { a, b, dir } = await startPair();
  const [log, conf] = [join(dir, 'told.log'), join(dir, 'keepalived.conf')];
  writeFileSync(conf, `${globals}vrrp_instance redis {\n  virtual_ipaddress {\n    fd00::100\n  }\n}\n`);
  const env = { ...a.envFor(b), REDISHA_LOG_FILE: log, REDISHA_KEEPALIVED_CONF: conf };
  expect((await redisha(['master', '--heal', ...a.words(b)], env)).code).toBe(0);
  expect(readFileSync(log, 'utf8')).toMatch(says);
});
