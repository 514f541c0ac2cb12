/** What "redisha config" writes has nothing wrong and no risk; and files that are handed over are read like those of a host. */
import { describe, expect, test } from 'vitest';
import type { Blueprint } from '../../../src/core/blueprint.ts';
import { PROFILE_NAMES } from '../../../src/core/blueprint.ts';
import { generateToml } from '../../../src/config/toml-part.ts';
import { generateKeepalivedConf } from '../../../src/keepalived/generate.ts';
import { generateRedisConfPart, partName } from '../../../src/redis/conf-part.ts';
import { filesHanded, fromText } from '../../../src/world/handed-files.ts';
import { blueprint, service } from '../keepalived/pair.ts';
import type { Files } from './doctor-files.ts';
import { findingsIn, OWN, PEER } from './doctor-files.ts';

const filesFor = (of: Blueprint, own: 0 | 1): Files => ({
  'keepalived.conf': generateKeepalivedConf(of, own),
  'redisha.toml': generateToml(of, own),
  ...Object.fromEntries(
    of.services
      .flatMap(({ ports }) => ports)
      .map((port) => [partName(port), generateRedisConfPart(of, own, port, undefined)]),
  ),
});

const SEVERAL = [service(), service({ ports: [6380, 6381], vip: '10.0.0.101', virtualRouterId: 101 })];

const WITNESS = { host: '10.0.0.3', port: 6379 };

const KINDS: readonly (readonly [name: string, change: Partial<Blueprint>])[] = [
  ['as it is', {}],
  ['unicast', { unicast: true }],
  ['signed', { unicast: true, authHmacKeyFile: '/etc/keepalived/key' }],
  ['several ports', { services: SEVERAL }],
  ['a sync group', { services: SEVERAL, syncGroup: true }],
  ['an address for reading', { readAddress: { vip: '10.0.0.102', prefixLength: 24, family: 4 } }],
  ['min-replicas', { minReplicas: true }],
  ['a witness', { witness: WITNESS }],
  ['IPv6', { services: [service({ vip: 'fd00::100', prefixLength: 64, family: 6 })] }],
];

const linesOf = (name: string, files: Files = {}): readonly string[] => (files[name] ?? '').split('\n');

test('a witness adds its lines to redisha.toml and two to redis.conf, and a pair without one has no word of it', () => {
  const [plain, voted] = [{}, { witness: WITNESS }].map((change) => filesFor(blueprint(change), 0));
  const added = (name: string) =>
    linesOf(name, voted).filter((line) => !linesOf(name, plain).includes(line) && !line.startsWith('#'));
  expect(voted?.['keepalived.conf']).toBe(plain?.['keepalived.conf']);
  expect(added('redisha.toml')).toEqual(['witness = "10.0.0.3:6379"']);
  expect(added(partName(6379))).toEqual(['min-replicas-to-write 1', 'min-replicas-max-lag 2']);
  expect(Object.values(plain ?? {}).join('\n')).not.toContain('witness');
});

describe.each(PROFILE_NAMES)('the files of %s', (profile) => {
  test.each(KINDS)('%s', async (_name, change) => {
    const of = blueprint({ profile, ...change });
    const both = [
      await findingsIn(filesFor(of, 0), filesFor(of, 1)),
      await findingsIn(filesFor(of, 1), filesFor(of, 0)),
    ];
    expect(both.flat().filter(({ severity }) => severity !== 'note')).toEqual([]);
  });
});

test('a password for VRRP is no risk', async () => {
  const of = blueprint({ profile: 'article', authPass: '12345678' });
  expect(await findingsIn(filesFor(of, 0), filesFor(of, 1))).toEqual([]);
});

describe('files that are handed over', () => {
  const parts = '==> /etc/keepalived/keepalived.conf <==\nrouter_id A\n\n==> /etc/redis/redis.conf <==\nport 6379\n';

  test('are parted as tail prints them', () => {
    expect([...fromText(parts)]).toEqual([
      ['/etc/keepalived/keepalived.conf', 'router_id A\n\n'],
      ['/etc/redis/redis.conf', 'port 6379\n'],
    ]);
  });

  test('are keepalived.conf where nothing names them', () => {
    expect([...fromText('router_id A\n')]).toEqual([['/keepalived.conf', 'router_id A\n']]);
  });

  test('include each other by name, wherever they lay', async () => {
    const own = {
      'keepalived.conf': 'include /etc/keepalived/conf.d/*.inc\n',
      'vi.inc': OWN['keepalived.conf'] ?? '',
      'redis.conf': `${OWN['redis.conf'] ?? ''}include /etc/redis/more.conf\n`,
      'more.conf': 'cluster-enabled yes\n',
    };
    const found = await findingsIn(own, PEER);
    expect(found.map(({ id, at }) => [id, at?.file, at?.line])).toEqual([
      ['cluster-enabled', '/etc/redis/more.conf', 1],
    ]);
  });

  test('never lead to a file of this host', async () => {
    const found = await findingsIn({ 'keepalived.conf': 'include /etc/passwd\n' }, undefined);
    expect(found.map(({ id, says }) => [id, says])).toEqual([
      ['not-understood', expect.stringContaining('is not among the files that were handed over')],
    ]);
  });

  test('that are of something else are refused', () => {
    expect(() => filesHanded('--peer-files', new Map([['/x/notes.conf', 'x']]))).toThrow(
      /neither a keepalived.conf nor/,
    );
  });
});
