/** What is said of a redis.conf beside the files of `config`. */
import { expect, test } from 'vitest';
import type { Blueprint } from '../../../src/core/blueprint.ts';
import { redisNotes } from '../../../src/redis/conf-notes.ts';
import type { RedisConfHints } from '../../../src/redis/conf-part.ts';

const VIP = '192.0.2.100';
const OWN = '192.0.2.1';
const node = (address: string) => ({ address, local: '127.0.0.1', interface: 'eth0' });
const blueprint: Blueprint = {
  nodes: [node(OWN), node('192.0.2.2')],
  services: [{ vip: VIP, prefixLength: 24, family: 4, ports: [6379], virtualRouterId: 100 }],
  syncGroup: false,
  readAddress: undefined,
  minReplicas: false,
  witness: undefined,
  profile: 'balanced',
  unicast: false,
  scriptUser: 'redis',
  authPass: undefined,
  authHmacKeyFile: undefined,
  executable: '/usr/local/bin/redisha',
  redisConf: '/etc/redis.conf',
  passwordFile: undefined,
  commandLine: '',
};
const hints: RedisConfHints = {
  path: '/etc/redis.conf',
  plainPort: 6379,
  tlsPort: 0,
  bound: undefined,
  hasPassword: false,
  hasMasterAuth: false,
  isProtected: false,
  masterUser: undefined,
  backlogBytes: 1,
  isCluster: false,
  problems: [],
};
const host = { addresses: [OWN], mayBindAnything: () => false, isOpen: () => true };

test.each([
  ['all in order', {}, {}, []],
  ['another port', { plainPort: 7000 }, {}, [/has port 7000, and the files are for 6379/]],
  ['no port', { plainPort: 0 }, {}, [/port 0, so that nobody can connect/]],
  ['a file that only its owner reads', {}, { isOpen: () => false }, [/redisha reads \/etc\/redis\.conf as redis/]],
  [
    'deaf at both',
    { bound: ['127.0.0.1'] },
    {},
    [/on 192\.0\.2\.1, where the other node connects, nor on 192\.0\.2\.100/],
  ],
  ['deaf at the virtual address', { bound: [OWN] }, {}, [/does not listen on 192\.0\.2\.100, where clients connect/]],
  ['bound to what is not there yet', { bound: [OWN, VIP] }, {}, [/has 192\.0\.2\.100 in bind/]],
  ['the same where the kernel allows it', { bound: [OWN, VIP] }, { mayBindAnything: () => true }, []],
  ['nobody else is let in', { isProtected: true }, {}, [/sets no password, and then Redis refuses other hosts/]],
  ['a password for one direction', { hasPassword: true }, {}, [/requirepass and no masterauth/]],
] as const)('%s', (_name, ofFile, ofHost, says) => {
  const notes = redisNotes(blueprint, { ...hints, ...ofFile }, { ...host, ...ofHost });
  expect(notes).toHaveLength(says.length);
  for (const [at, words] of says.entries()) expect(notes[at]).toMatch(words);
});
