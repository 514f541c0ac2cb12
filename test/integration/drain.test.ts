/** `drain`, `pause` and `resume` on real servers. That real clients see nothing of a drain is shown on hosts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import { runIn, TROUBLES, whyNoTroubles } from './lib/disk-troubles.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';
import { startFit } from './lib/resident.ts';
import { FIT, read, says, UNFIT } from './lib/told.ts';

const noTroubles = await whyNoTroubles();

/** The address of a node itself stands for the virtual one: it is there, and stays. */
const at = (address: string): readonly string[] => ['--option', `vip=${address}`];
/** Nobody has it. */
const NOWHERE = '127.0.0.77';

const stateOf = ({ dir, port }: TestNode): string => join(dir, 'state', String(port));
const filesOf = (node: TestNode): readonly string[] =>
  existsSync(stateOf(node)) ? readdirSync(stateOf(node)).filter((name) => /drained|paused/.test(name)) : [];
const priorityOf = async ({ redis }: TestNode): Promise<string | undefined> =>
  (await redis.info('replication')).get('slave_priority');
const rolesOf = ({ a, b }: TestPair): Promise<readonly string[]> => Promise.all([a.role(), b.role()]);

const troublesOf = async (node: TestNode, other: TestNode): Promise<readonly string[]> => {
  const { stdout } = await node.run('status', other, ['--json']);
  return (JSON.parse(stdout) as { troubles: readonly { code: string }[] }).troubles.map(({ code }) => code);
};

const untilRole = (node: TestNode, role: string): Promise<string> =>
  waitFor(
    `${role} at ${node.name}`,
    { deadlineMs: 20_000, everyMs: 10 },
    () => node.role(),
    (seen) => seen === role,
  );

describe('drain', () => {
  test('gives the role away and keeps the node unfit, over a restart of Redis, until resume', async () => {
    const pair = await startPair({ promptCopies: true });
    const { a, b } = pair;
    await a.ask('SET', 'mine', 'too');
    const first = await a.run('drain', b, [...at(b.address), '--reason', 'new kernel']);
    expect(first.stdout + first.stderr).toMatch(
      /^redisha drain: drained; role and address 127\.0\.0\.2 are at the peer, .*\nIt is safe to stop or reboot this host\. That holds until "redisha resume"/,
    );
    expect(first.code).toBe(0);
    await expectInOrder(b, a);
    expect(await b.ask('GET', 'mine')).toBe('too');
    const moved = a.journal.find(({ event }) => event === 'step');
    expect(moved).toMatchObject({ step: { kind: 'handOver', from: 'local' }, seenFrom: 'peer' });
    expect(await a.check()).toMatchObject({
      code: 1,
      fit: false,
      rule: 4,
      why: expect.stringMatching(/: new kernel; seen: replica/) as string,
    });
    expect(JSON.parse(readFileSync(join(stateOf(a), 'drained.json'), 'utf8'))).toMatchObject({ why: 'new kernel' });

    const again = await a.run('drain', b, [...at(b.address), '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({
      isSafe: true,
      wasDrained: true,
      hasMoved: false,
      until: 'resume',
    });

    await a.redis.kill();
    expect(await a.check()).toMatchObject({ fit: false, rule: 4 });
    await a.redis.start([...a.lines, `replicaof ${b.address} ${b.port}`]);
    await a.follows(b);
    expect(await priorityOf(a)).toBe('100');
    expect(await a.check()).toMatchObject({ code: 1, fit: false, rule: 4 });
    expect(await priorityOf(a), 'the other node can see it again').toBe('1000100');

    expect(await troublesOf(a, b)).toEqual(['drained']);
    expect(await troublesOf(b, a)).toEqual(['peer-drained']);
    expect((await a.run('status', b)).stdout).toMatch(/^drained +drained by .*: new kernel; redisha resume ends it$/m);
    expect(await a.run('promote', b)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/drained by .*hint: redisha resume on this host/s) as string,
    });
    expect(await b.run('drain', a, at(a.address))).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(
        /nothing was changed: the peer is drained.*\nhint: on 127\.0\.0\.1: redisha resume/,
      ) as string,
    });
    expect([await rolesOf(pair), filesOf(b)]).toEqual([['slave', 'master'], []]);

    const ended = await a.run('resume', b);
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^redisha resume: ended: drained by .*new kernel/) as string,
    });
    expect(await a.check()).toMatchObject({ code: 0, fit: true });
    expect([await priorityOf(a), filesOf(a), await troublesOf(b, a)]).toEqual(['100', [], []]);
    expect((await a.run('resume', b)).stdout).toMatch(/neither drained nor paused/);
    const told = a.journal.filter(({ event }) => ['drained', 'resumed'].includes(event)).map(({ event }) => event);
    expect(told).toEqual(['drained', 'resumed']);
    expect((await a.run('promote', b)).code, 'promote goes on').not.toBe(4);
  });

  test('refuses, and changes nothing, where nobody could take over', async () => {
    const pair = await startPair();
    const { a, b } = pair;
    expect(await a.run('drain', b)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('hint: vip =') as string,
    });
    expect(await a.run('drain', b, [...at(b.address), '--reason', ' '])).toMatchObject({ code: 2 });
    await b.redis.kill();
    const dead = await a.run('drain', b, at(b.address));
    expect(dead).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/not safe, and nothing was changed: .*\nhint: /) as string,
    });
    expect([await a.role(), filesOf(a)]).toEqual(['master', []]);
    await b.redis.start([...b.lines, `replicaof ${a.address} ${a.port}`]);
    await b.follows(a);
    await a.redis.kill();
    expect(await b.run('drain', a, at(a.address))).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/the peer does not lead .*drained this node could not take over/) as string,
    });
    expect(filesOf(b)).toEqual([]);
  });

  test.skipIf(noTroubles !== undefined).each(TROUBLES)('$name: refused before the role moves', async (trouble) => {
    const pair = await startPair();
    const { a, b } = pair;
    const done = await runIn(trouble, join(a.dir, 'state'), ['drain', ...a.words(b), ...at(b.address)], a.envFor(b));
    expect(done).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(new RegExp(`cannot write .*drained\\.json: ${trouble.code}\nhint: df`)) as string,
    });
    expect([await rolesOf(pair), done.files]).toEqual([['master', 'slave'], []]);
    expect(await a.ask('SET', 'k', 'v')).toBe('OK');
  });

  test('killed when the role has moved: a second one makes it whole, and so does resume', async () => {
    const pair = await startPair();
    const { a, b } = pair;
    for (const then of ['drain', 'resume']) {
      const running = a.start('drain', b, at(NOWHERE));
      await untilRole(b, 'master');
      running.signal('SIGKILL');
      await running.ended;
      // keepalived tells the other node, which takes down what was left of the hand-over.
      expect((await b.run('master', a)).code).toBe(0);
      const done = await a.run(then, b, then === 'drain' ? at(b.address) : []);
      expect(done.code, done.stdout + done.stderr).toBe(0);
      expect((await a.check()).rule === 4, then).toBe(then === 'drain');
      expect((await a.run('resume', b)).code).toBe(0);
      expect(filesOf(a).filter((name) => name.endsWith('.json'))).toEqual([]);
      await expectInOrder(b, a);
      expect((await a.run('master', b)).code).toBe(0);
      await expectInOrder(a, b);
    }
  });

  test('without words it is about every pair of the host, and where one refuses none is drained', async () => {
    const [one, two] = [await startPair(), await startPair()];
    const env = { REDISHA_STATE_DIR: join(one.a.dir, 'state') };
    for (const { a, b } of [one, two]) expect((await a.run('master', b, [], env)).code).toBe(0);
    const drain = () => one.a.runWith(['drain', ...at(one.b.address)], one.b, env);
    await two.b.redis.kill();
    expect((await drain()).code).toBe(4);
    expect(await Promise.all([one.a.role(), two.a.role()])).toEqual(['master', 'master']);
    await two.b.redis.start([...two.b.lines, `replicaof ${two.a.address} ${two.a.port}`]);
    await two.b.follows(two.a);
    const done = await drain();
    expect(done.code, done.stdout + done.stderr).toBe(0);
    for (const { a, b } of [one, two]) {
      expect(done.stdout).toContain(`redisha drain:${a.port}: drained; role and address`);
      expect([await a.role(), await b.role()]).toEqual(['slave', 'master']);
    }
    const resumed = await one.a.runWith(['resume'], one.b, env);
    expect([resumed.code, resumed.stdout.match(/: ended: drained by/g)?.length]).toEqual([0, 2]);
  });

  test('the resident takes it up within its next look, and so it does the end of it', async () => {
    const { a, b } = await startPair();
    expect((await b.run('master', a)).code).toBe(0);
    const { file } = await startFit(a, b);
    expect((await a.run('drain', b, at(b.address))).code).toBe(0);
    await says(file, UNFIT);
    expect((await a.run('resume', b)).code).toBe(0);
    await says(file, FIT);
  });
});

const FOR_LONG = ['--for', '1h', '--reason', 'new switch'];

describe('pause', () => {
  test('keepalived is recorded and no role changes; the verdict stays; it ends with resume', async () => {
    const pair = await startPair();
    const { a, b } = pair;
    expect(await b.check()).toMatchObject({ fit: true, rule: 66 });
    for (const [options, expected] of [
      [['--for', '1h'], /--reason TEXT/],
      [['--reason', 'x'], /--for TIME/],
      [['--for', '25h', '--reason', 'x'], /from 1s to 24h/],
    ] as const) {
      expect(await b.run('pause', a, options)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(expected) as string,
      });
    }
    const done = await b.run('pause', a, FOR_LONG);
    expect(done).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /paused by .*: new switch\n.*\nnote: the other node is not paused: type the same on 127\.0\.0\.1/,
      ) as string,
    });
    const told = await b.told('master', a);
    expect(told).toMatchObject({
      exitCode: 0,
      result: 'paused',
      message: expect.stringMatching(/^recorded, and no role/) as string,
    });
    expect(await rolesOf(pair)).toEqual(['master', 'slave']);
    expect(await b.run('promote', a)).toMatchObject({ code: 4 });
    expect(await b.run('drain', a, at(a.address))).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('redisha resume') as string,
    });
    await b.redis.kill();
    expect(await b.check()).toMatchObject({
      code: 0,
      fit: true,
      rule: 2,
      why: expect.stringMatching(/paused by .*; seen: refuses/) as string,
    });
    expect(await troublesOf(b, a)).toContain('paused');
    expect((await b.run('resume', a)).stdout).toMatch(/ended: paused by .*new switch/);
    expect(await b.check()).toMatchObject({ code: 1, fit: false, rule: 10 });
    expect(filesOf(b)).toEqual([]);
  });

  test('it ends by itself, in the resident too, which says so', async () => {
    const { a, b } = await startPair();
    expect((await b.run('master', a)).code).toBe(0);
    const { file } = await startFit(a, b);
    expect((await a.run('pause', b, ['--for', '5s', '--reason', 'new switch'])).code).toBe(0);
    await waitFor(
      'the pause',
      { deadlineMs: 20_000, everyMs: 20 },
      () => a.log,
      (log) => /fit .*rule=2 /.test(log),
    );
    await a.redis.kill();
    await waitFor(
      'its end',
      { deadlineMs: 20_000, everyMs: 20 },
      () => a.log,
      (log) => /WARN .*resumed .*its time is over/.test(log),
    );
    await says(file, UNFIT);
    expect(read(join(stateOf(a), 'paused.json'))).toBe('nothing');
    const [, ...later] = a.log.split(/ paused by=/);
    expect(later.join('').match(/ unfit port=/g)?.length, a.log).toBe(1);
    await waitFor(
      'the journal to have both',
      { deadlineMs: 20_000, everyMs: 20 },
      () => a.journal.map(({ event }) => event),
      (events) => events.includes('paused') && events.includes('resumed'),
    );
  });

  test('the other node is told for as long as it lasts, whatever it says', async () => {
    const { a, b } = await startPair();
    expect((await b.run('master', a)).code).toBe(0);
    await startFit(a, b);
    const peerPaused = async (isToBe: boolean): Promise<string> =>
      waitFor(
        `b to say that a is ${isToBe ? '' : 'no longer '}paused`,
        { deadlineMs: 30_000, everyMs: 100 },
        async () => (await b.run('status', a)).stdout,
        (said) => said.includes('the peer is paused') === isToBe,
      );
    const why = 'new switch, 50 % done';
    expect((await a.run('pause', b, ['--for', '1h', '--reason', why])).code).toBe(0);
    expect(await peerPaused(true)).toMatch(
      /not in order: the peer is paused by .* until .*: new switch, 50 % done: redisha changes nothing there\n {2}next: on 127\./,
    );
    const { stdout, stderr } = await b.run('promote', a);
    expect(stdout + stderr).toContain('the peer is paused by');
    expect((await a.run('resume', b)).code).toBe(0);
    await peerPaused(false);
  });
});
