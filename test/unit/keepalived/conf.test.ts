import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  checkOf,
  fifoOf,
  findInstance,
  instancesOf,
  scriptUserOf,
  virtualAddressesFor,
} from '../../../src/keepalived/conf.ts';
import { pairsIn } from '../../../src/keepalived/pairs.ts';
import { willPreemptBack } from '../../../src/keepalived/outlook.ts';
import { type KeepalivedConf, readKeepalivedConf } from '../../../src/keepalived/parse.ts';
import { temporaryDirectory, temporaryFile } from '../temporary.ts';

const fixture = (name: string): string => join(import.meta.dirname, '../../fixtures/article', name);

const read = (file: string): KeepalivedConf => {
  const conf = readKeepalivedConf(file, () => 'high');
  if (conf === undefined) throw new Error(`cannot read ${file}`);
  return conf;
};

const parse = (content: string): KeepalivedConf => read(temporaryFile('keepalived.conf', content));

describe("the article's two files", () => {
  test.each([
    ['master.conf', '192.168.72.128', { initialState: 'MASTER', priority: 100, nopreempt: false }],
    ['backup.conf', '192.168.72.11', { initialState: 'BACKUP', priority: 99, nopreempt: true }],
  ])('%s', (name, peer, own) => {
    const conf = read(fixture(name));
    expect(conf.problems).toEqual([]);
    const instance = findInstance(conf, { peer, port: 6379 });
    expect(instance).toMatchObject({
      ...own,
      name: 'VI_1',
      interface: 'eno16777736',
      virtualRouterId: 60,
      addresses: ['192.168.72.115'],
    });
    expect(instance && checkOf(instance)).toMatchObject({
      name: 'chk_redis',
      command: '/usr/local/redis/sh/redis_check.sh 127.0.0.1 6379',
      intervalMs: 2_000,
      timeoutMs: 2_000,
      fall: 3,
      rise: 1,
      weight: 0,
    });
    expect(instance?.notifies.map(({ keyword }) => keyword)).toEqual([
      'notify_master',
      'notify_backup',
      'notify_fault',
    ]);
  });

  test('tell who takes the address back', () => {
    const outlooks = ['master.conf', 'backup.conf'].map((name) =>
      instancesOf(read(fixture(name))).map(willPreemptBack),
    );
    expect(outlooks).toEqual([
      [{ kind: 'unlikely', why: 'this node has state MASTER and priority 100: it is the preferred one' }],
      [
        {
          kind: 'possible',
          why:
            'this node has state BACKUP and priority 99 (nopreempt in this file binds this node only): ' +
            'a peer with a higher priority takes the address back unless its own file says nopreempt',
        },
      ],
    ]);
  });
});

const notToBeAsked = (): never => {
  throw new Error('asked');
};

const words = (content: string) => parse(content).statements.map((statement) => statement.words);

describe('the file is read as keepalived reads it', () => {
  test.each([
    [
      'comments',
      '! one\n# two\nrouter_id A ! three\nrouter_id B#four\n',
      [
        ['router_id', 'A'],
        ['router_id', 'B'],
      ],
    ],
    ['no comment in quotes', 'script "a # b ! c"', [['script', 'a # b ! c']]],
    [
      'quotes',
      `script "/x 'a b' c"\nscript 'd e'"f" g`,
      [
        ['script', "/x 'a b' c"],
        ['script', "'d", "e'", 'f', 'g'],
      ],
    ],
    [
      'parameters',
      '$PEER=10.0.0.2\n$ALL=${PEER} $PEER\nscript "x $ALL y$NONE"',
      [['script', 'x 10.0.0.2 10.0.0.2 y$NONE']],
    ],
    ['an empty file', '', []],
  ])('%s', (_name, content, expected) => {
    expect(words(content)).toEqual(expected);
  });

  test('lines for another host are left out, and which host this is is asked only for those', () => {
    expect(words('@high a\n@low b\n@^high c\n@^low d\n')).toEqual([['a'], ['d']]);
    const file = temporaryFile('keepalived.conf', 'global_defs {\n}\n');
    expect(readKeepalivedConf(file, notToBeAsked)?.problems).toEqual([]);
  });

  test('blocks nest, with the brace on the line, below it, or all on one line', () => {
    const expected = [
      {
        words: ['vrrp_instance', 'x'],
        children: [{ words: ['track_script'], children: [{ words: ['c', '1'], children: [] }] }],
      },
    ];
    const head = 'vrrp_instance x';
    for (const content of [
      `${head} {\n track_script {\n c 1\n }\n}`,
      `${head}\n{\n track_script\n {\n c 1\n }\n}`,
      `${head} { track_script { c 1 } }`,
    ])
      expect(parse(content)).toMatchObject({ statements: expected, problems: [] });
  });

  test('the rest stands after a brace too many', () => {
    const tooMany = parse('a\n}\nb\n');
    expect(tooMany.statements.map((statement) => statement.words)).toEqual([['a'], ['b']]);
  });

  test('a file that cannot be read is none', () => {
    expect(readKeepalivedConf('/nowhere/keepalived.conf', () => undefined)).toBeUndefined();
    expect(readKeepalivedConf('/dev/null', () => undefined)).toBeUndefined();
    expect(readKeepalivedConf(temporaryDirectory(), () => undefined)).toBeUndefined();
  });
});

const instance = (name: string, body: string): string => `vrrp_instance ${name} {\n${body}\n}\n`;

const found = (content: string, peer: string | undefined, port: number) =>
  findInstance(parse(content), { peer, port })?.name;

describe('the instance that is ours', () => {
  const two =
    instance('A', 'notify_master "/usr/local/bin/redisha master 127.0.0.1 10.0.0.2 6379"') +
    instance('B', 'notify_master "/usr/local/bin/redisha master 127.0.0.1 10.0.0.2 6380"');
  test.each([
    ['by peer and port', two, '10.0.0.2', 6380, 'B'],
    ['by port alone', two, undefined, 6379, 'A'],
    ['by port, where the peer goes by another name', two, 'redis-2', 6380, 'B'],
    ['not at all, where nothing fits', two, '10.0.0.2', 7000, undefined],
    ['as the only one', instance('X', 'state BACKUP'), '10.0.0.2', 6379, 'X'],
    [
      'not among several that are no business of ours',
      instance('X', '') + instance('Y', ''),
      undefined,
      6379,
      undefined,
    ],
    [
      'by its check',
      `vrrp_script c { script "/x/redis_check.sh 127.0.0.1 6380" }\n${instance('X', 'track_script { c weight 5 }')}${instance('Y', '')}`,
      '10.0.0.2',
      6380,
      'X',
    ],
    [
      'by the notify of its sync group',
      `${instance('X', '')}${instance('Y', '')}vrrp_sync_group G {\ngroup {\nY\n}\nnotify "/bin/redisha notify 127.0.0.1 10.0.0.2 6379"\n}`,
      '10.0.0.2',
      6379,
      'Y',
    ],
    [
      'not by the words of a stranger',
      `${instance('X', 'notify_master "/bin/mail 10.0.0.2 6379"')}${instance('Y', '')}`,
      '10.0.0.2',
      6379,
      undefined,
    ],
  ])('is found %s', (_name, content, peer, port, name) => {
    expect(found(content, peer, port)).toBe(name);
  });

  test('has what keepalived takes where nothing is said', () => {
    const [owner, plain] = instancesOf(
      parse('vrrp_script c {\nscript /x\n}\n' + instance('M', 'state MASTER') + instance('B', 'track_script {\nc\n}')),
    );
    expect(owner).toMatchObject({ initialState: 'MASTER', priority: 255, addresses: [], scripts: [] });
    expect(plain).toMatchObject({ initialState: 'BACKUP', priority: 100, nopreempt: false });
    expect(plain?.scripts).toMatchObject([
      { name: 'c', command: '/x', intervalMs: 1_000, timeoutMs: 1_000, fall: 1, rise: 1, weight: 0 },
    ]);
  });

  test('has its addresses without prefix, device and label', () => {
    const content = instance(
      'A',
      'virtual_ipaddress {\n10.0.0.100/24 dev eth0 label eth0:1\n}\nvirtual_ipaddress_excluded {\n10.0.0.101\nfd00::100/64\n}',
    );
    expect(instancesOf(parse(content))[0]).toMatchObject({
      addresses: ['10.0.0.100', '10.0.0.101', 'fd00::100'],
    });
  });
});

test('the virtual addresses of a pair are those of its instance, each written in one way', () => {
  const conf = parse(
    instance(
      'A',
      'virtual_ipaddress {\nFD00:0::64/64 dev eth0\n}\nnotify_master "/x/redis_master.sh fd00::1 fd00::2 6379"',
    ) + instance('B', 'virtual_ipaddress {\n10.0.0.9\n}'),
  );
  expect(virtualAddressesFor(conf, { peer: 'fd00::2', port: 6379 })).toEqual(['fd00::64']);
  expect(virtualAddressesFor(conf, { peer: 'fd00::2', port: 7000 })).toEqual([]);
});

test.each([
  ['', '', undefined],
  ['vrrp_garp_master_refresh 60', '', 60_000],
  ['vrrp_garp_master_refresh 60', 'garp_master_refresh 10', 10_000],
  ['vrrp_garp_master_refresh 60', 'garp_master_refresh 0', undefined],
])('how often keepalived says where its addresses are: %j, %j', (globals, own, refreshMs) => {
  const content = `global_defs {\n${globals}\n}\n${instance('A', own)}`;
  expect(instancesOf(parse(content))[0]?.refreshMs).toBe(refreshMs);
});

test.each([
  ['', '', 5_000],
  ['vrrp_garp_master_delay 2', '', 2_000],
  ['vrrp_garp_master_delay 2', 'garp_master_delay 0', 0],
  ['vrrp_garp_lower_prio_delay 9', 'garp_master_delay 2', 9_000],
])('how long after it became MASTER keepalived says so a second time: %j, %j', (globals, own, secondWordMs) => {
  const content = `global_defs {\n${globals}\n}\n${instance('A', own)}`;
  expect(instancesOf(parse(content))[0]?.secondWordMs).toBe(secondWordMs);
});

test.each([
  ['global_defs {\n  script_user pair_user games\n}', 'pair_user'],
  ['global_defs {\n  router_id x\n}', undefined],
])('whom the scripts run as: %s', (content, user) => {
  expect(scriptUserOf(parse(content))).toBe(user);
});

const globals = (...lines: readonly string[]): string => `global_defs {\n${lines.join('\n')}\n}\n`;

const script = (line: string): string => `vrrp_notify_fifo_script "${line}"`;

describe('the FIFO of the resident, by port', () => {
  const fifo = 'vrrp_notify_fifo /run/redisha/fifo';
  const ours = script('/usr/local/bin/redisha watch 10.0.0.1 10.0.0.2 one=6379,6380 other=6381');

  test.each([
    ['each port that the resident is told of', globals(fifo, ours), [true, true, true, false]],
    ['in any order', globals(ours, fifo), [true, true, true, false]],
    ['of two blocks', globals('router_id x') + globals(fifo, ours), [true, true, true, false]],
    ['a script of somebody else', globals(fifo, script('/opt/watch one=6379')), [false, false, false, false]],
    ['a FIFO without a script', globals(fifo), [false, false, false, false]],
    ['a script without a FIFO', globals(ours), [false, false, false, false]],
    ['neither', instance('A', ''), [false, false, false, false]],
  ])('%s', (_name, content, isThere) => {
    const conf = parse(content);
    expect([6379, 6380, 6381, 6382].map((port) => fifoOf(conf, port))).toEqual(
      isThere.map((is) => (is ? '/run/redisha/fifo' : undefined)),
    );
  });
});

describe('the pairs that keepalived.conf has redisha called for', () => {
  const pair = { local: '127.0.0.1', peer: '10.0.0.2', port: 6379 };
  test.each([
    ['a script of the article', 'notify_master "/x/redis_master.sh 127.0.0.1 10.0.0.2 6379"', [pair]],
    ['redisha itself', 'notify_backup "/x/redisha backup --heal 127.0.0.1 10.0.0.2 6379"', [pair]],
    [
      'several ports',
      'notify_master "/x/redis_master.sh 127.0.0.1 10.0.0.2 6379,6380"',
      [pair, { ...pair, port: 6380 }],
    ],
    [
      'both of a node',
      'notify_master "/x/redis_master.sh 127.0.0.1 10.0.0.2 6379"\nnotify_fault "/x/redis_fault.sh"',
      [pair],
    ],
    ['no words', 'notify_master /x/redis_master.sh', []],
    ['a password and a port', 'notify_master "/x/redis_master.sh secret 6379"', []],
    ['an address, a port and a password', 'notify_master "/x/redis_master.sh 127.0.0.1 6379 secret"', []],
    ['what keepalived never calls', 'notify_master /x/redis_master.sh 127.0.0.1 10.0.0.2 6379', []],
    ['somebody else', 'notify_master "/x/mail.sh 127.0.0.1 10.0.0.2 6379"', []],
  ])('%s', (_name, line, pairs) => {
    expect(pairsIn(parse(instance('V', line)))).toEqual(pairs);
  });
});
