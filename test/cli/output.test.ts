/** What commands print, for people and for programs; the old names; and what may be left out. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/commands.ts';
import { startPair } from '../integration/lib/pair.ts';
import type { TestNode } from '../integration/lib/node.ts';
import { LEGACY_NAMES } from '../lib/legacy-names.ts';
import { run } from '../lib/process.ts';
import { namedArgv } from '../lib/program.ts';
import { Terminal } from '../lib/terminal.ts';
import { nowMs } from '../lib/wait.ts';
import { openPlace } from './lib.ts';

const ANY_NUMBER = expect.any(Number) as number;
const ANY_TEXT = expect.any(String) as string;

/** Both roles and both offsets: what a dry run must leave alone. */
const state = async (...nodes: readonly TestNode[]): Promise<readonly string[]> =>
  Promise.all(
    nodes.map(async ({ redis }) => {
      const info = await redis.info('replication');
      return ['role', 'master_replid', 'master_repl_offset'].map((name) => info.get(name)).join(' ');
    }),
  );

test('a message that is wider than a terminal is broken between words', async () => {
  const place = await openPlace();
  const args = ['pause', '--for', '3d'];
  const screen = new Terminal(args, place.env, { columns: 80 });
  expect(await screen.end()).toBe(2);
  const [first, second, ...rest] = screen.text.split('\n');
  expect([first, second]).toEqual([expect.stringMatching(/^redisha: pause takes .* ends$/), '  by itself']);
  expect(rest.filter((line) => line.length > 80)).toEqual([]);
  // A program gets each sentence as one line.
  expect((await place.run(args)).stderr).toContain(' ends by itself\n');
});

describe('--dry-run', () => {
  test('tells what is seen, the rule, the steps and why, and changes nothing', async () => {
    const { a, b } = await startPair();
    const before = await state(a, b);
    const { code, stdout, stderr } = await b.run('master', a, ['--dry-run']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'redisha master: dry run, nothing is changed',
      expect.stringMatching(/^local {6}replica of 127\.0\.0\.1:\d+, link up, 10 keys, offset \d+$/),
      expect.stringMatching(/^peer {7}master, 10 keys, offset \d+$/),
      'situation  PeerMasterWithReplica',
      'rule       300 (hand-over)',
      expect.stringMatching(/^why {8}the peer is the master and local is in step/),
      expect.stringMatching(/^steps {6}1\. hand the role of master over from peer to 127\.0\.0\.2:\d+ by pause/),
      '',
    ]);
    expect(await state(a, b)).toEqual(before);
    expect({ journal: b.journal, log: b.log, announced: b.announced }).toEqual({
      journal: [],
      log: '',
      announced: false,
    });
  });

  test('with --json is one object, whose steps are values and words', async () => {
    const { a, b } = await startPair();
    const { code, stdout } = await b.run('promote', a, ['--dry-run', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      command: 'promote',
      dryRun: true,
      situation: 'PeerMasterWithReplica',
      rule: 300,
      name: 'hand-over',
      why: ANY_TEXT,
      local: ANY_TEXT,
      peer: ANY_TEXT,
      steps: [expect.objectContaining({ kind: 'handOver', from: 'peer', ways: ['pause', 'failover', 'fence'] })],
      words: [ANY_TEXT],
      notes: [expect.stringContaining('keepalived.conf')],
    });
  });

  test.each(['master', 'backup', 'fault', 'promote'])(
    '%s of a pair that is not there says so, too',
    async (command) => {
      const place = await openPlace();
      const { code, stdout } = await place.run([command, '127.0.0.1', '127.0.0.2', '1', '--dry-run']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/situation {2}LocalSilent\nrule {7}10\d/);
      expect(place.made()).toEqual([]);
    },
  );
});

const withoutTime = (text: string): string => text.replaceAll(/^\S+ /gm, '');

describe('the result', () => {
  test('is one line for people: the command, what came of it, why, the rule and how long it took', async () => {
    const { a, b } = await startPair();
    const { code, stdout, stderr } = await b.run('backup', a);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^redisha backup: done: the peer is the master, [^\n]* \(rule 500, \d+ ms\)\n$/);
  });

  test('is one object with --json', async () => {
    const { a, b } = await startPair();
    const { stdout } = await b.run('backup', a, ['--json']);
    expect(JSON.parse(stdout)).toEqual({
      command: 'backup',
      result: 'done',
      exitCode: 0,
      rule: 500,
      situation: 'PeerMasterWithReplica',
      message: ANY_TEXT,
      tookMs: ANY_NUMBER,
    });
  });

  test('of a refusal is on standard error, with what to do next', async () => {
    const place = await openPlace();
    const { code, stdout, stderr } = await place.run(['master', '127.0.0.1', '127.0.0.2', '1']);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(
      /^redisha master: refused: the local Redis refuses connections [^\n]*\(rule 106, \d+ ms\)\nhint: start the local Redis/,
    );
    const asJson = await place.run(['master', '127.0.0.1', '127.0.0.2', '1', '--json']);
    expect(asJson).toMatchObject({ code: 5, stdout: '' });
    expect(JSON.parse(asJson.stderr)).toMatchObject({ result: 'refused', exitCode: 5, rule: 106, hint: ANY_TEXT });
  });

  test('of a check is one line, or one object', async () => {
    const { a } = await startPair({ linked: false });
    const words = ['check', a.address, String(a.port)];
    const { stdout, stderr } = await a.runWith(words, a);
    expect({ stdout, stderr }).toEqual({ stdout: 'fit: master, 0 keys, offset 0 (rule 38)\n', stderr: '' });
    expect(JSON.parse((await a.runWith([...words, '--json'], a)).stdout)).toEqual({
      fit: true,
      isInOrder: true,
      rule: 38,
      why: ANY_TEXT,
    });
  });

  test('with --verbose the log is on standard error as well', async () => {
    const { a, b } = await startPair();
    const { stderr } = await b.run('backup', a, ['--verbose']);
    expect(stderr).toMatch(/INFO backup\[\d+\] plan rule=500/);
    expect(withoutTime(b.log)).toBe(withoutTime(stderr));
  });
});

const wordsOf = (name: string): readonly string[] => {
  const command = LEGACY_NAMES[name];
  const { words = [] } = commands.find((one) => one.name === command) ?? {};
  if (command === 'fault' || command === 'stop') return [];
  return words.map(({ name: word }) => ({ HOST: '127.0.0.1', LOCAL: '127.0.0.1', PEER: '127.0.0.2' })[word] ?? '1');
};

describe('the names of the articles', () => {
  test.each(Object.entries(LEGACY_NAMES))('%s is %s', async (name, command) => {
    const place = await openPlace('peer_master_timeout = "1ms"\nloading_timeout = "1ms"\n');
    const { stdout, stderr } = await run(namedArgv(`/usr/local/redis/sh/${name}`, wordsOf(name)), { env: place.env });
    expect(place.log() + stdout + stderr).toContain(`${command}[`);
  });

  test.runIf(process.env['REDISHA_BIN'] !== undefined)('a symbolic link of that name does the same', async () => {
    const place = await openPlace();
    const link = join(place.dir, 'redis_check.sh');
    symlinkSync(process.env['REDISHA_BIN'] ?? '', link);
    const { code, stdout } = await run([link, '127.0.0.1', '1'], { env: place.env });
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^unfit: refuses connections/) as string,
    });
  });

  test('an option is understood under the old names, too', async () => {
    const place = await openPlace();
    const { code, stdout } = await run(namedArgv('redis_fault.sh', ['--help']), { env: place.env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('redisha fault') as string });
  });
});

/** A pair of which b was told. */
const toldPair = async (): Promise<{ a: TestNode; b: TestNode }> => {
  const { a, b } = await startPair();
  expect((await b.run('backup', a)).code).toBe(0);
  return { a, b };
};

describe('without words', () => {
  test('stop and fault of a host that never had a pair are logged, and nothing else', async () => {
    const place = await openPlace();
    for (const command of ['stop', 'fault']) {
      const { code, stdout, stderr } = await place.run([command]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toBe(`${command}: logged; which of the ports (none yet) is meant is not said\n`);
    }
    expect(place.made().filter((name) => name.startsWith('state'))).toEqual([]);
    expect(place.log()).toMatch(/ stop[^]* fault/);
  });

  test.each(['stop', 'fault'])('%s is recorded for the one port that is known', async (command) => {
    const { a, b } = await toldPair();
    const { code, stdout } = await b.runWith([command], a);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${command}: recorded for port ${b.port}\n` });
  });
});

describe('notify', () => {
  const NOTIFY = ['INSTANCE', 'VI_1'];

  test.each([
    ['MASTER', 'master', 204],
    ['BACKUP', 'backup', 500],
    ['FAULT', 'fault', 552],
  ])('%s does what %s does', async (vrrpState, command, rule) => {
    const { a, b } = await startPair();
    const [node, peer] = command === 'backup' ? [b, a] : [a, b];
    const { code, stdout } = await node.runWith(['notify', ...node.words(peer), ...NOTIFY, vrrpState, '100'], peer);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^redisha ${command}: done: .*rule ${rule},`));
    expect(node.rules).toEqual([rule]);
  });

  test.each(['STOP', 'DELETED'])('%s is recorded, and no Redis is asked', async (vrrpState) => {
    const place = await openPlace();
    const words = ['127.0.0.1', '127.0.0.2', String(place.port), ...NOTIFY, vrrpState, '0'];
    const { code, stdout } = await place.run(['notify', ...words]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `stop: recorded for port ${place.port}\n` });
    expect(place.visits()).toBe(0);
  });

  test('of a sync group does the same', async () => {
    const { a, b } = await startPair();
    const done = await a.runWith(['notify', ...a.words(b), 'GROUP', 'G1', 'MASTER', '0'], b);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('redisha master: done') as string });
  });
});

const took = async (work: () => Promise<unknown>): Promise<number> => {
  const startMs = nowMs();
  await work();
  return nowMs() - startMs;
};

describe('stop', () => {
  /** Beside what a start of the program takes, from source and on a busy machine: keepalived allows 1 s for all. */
  const STOP_MAX_MS = 500;

  test.each([
    ['while its Redis runs', 'nothing'],
    ['while its Redis hangs', 'freeze'],
    ['while its Redis is dead', 'kill'],
  ] as const)('%s: recorded in time, no Redis asked, no role changed', async (_when, act) => {
    const { a, b } = await startPair();
    if (act === 'freeze') a.redis.freeze();
    if (act === 'kill') await a.redis.kill();
    const ownMs: number[] = [];
    for (let time = 0; time < 3; time += 1) {
      const startMs = await took(() => a.runWith(['stop', '--help'], b));
      ownMs.push((await took(async () => expect((await a.run('stop', b)).code).toBe(0))) - startMs);
    }
    expect(Math.min(...ownMs), 'the quickest of three: whoever waits for a server always does').toBeLessThan(
      STOP_MAX_MS,
    );
    expect(a.rules).toEqual([]);
    expect(await b.role()).toBe('slave');
  });
});
