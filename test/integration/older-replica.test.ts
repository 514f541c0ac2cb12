/**
 * A replica that is older than its master drops what it does not know, and its offset says that it has everything. Nobody
 * hands the role over to it without a word, and the check says so while there is time.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, needing, startPair, type TestPair } from './lib/pair.ts';

type Command = readonly [string, ...(string | number)[]];

/** As a rolling upgrade leaves it: b runs the newer server and leads, a follows it with the data that it had. */
async function olderFollows(servers: readonly [string, string]): Promise<TestPair> {
  const pair = await startPair({ servers });
  const { a, b } = pair;
  expect(await b.told('promote', a)).toMatchObject({ exitCode: 0, result: 'done' });
  expect((await a.run('backup', b)).code).toBe(0);
  await a.follows(b);
  expect((await b.redis.info('stats')).get('sync_full')).toBe('0');
  return pair;
}

const status = async (node: TestNode, peer: TestNode): Promise<{ code: number | null; stdout: string }> =>
  node.runWith(['status', ...node.words(peer)], peer);

const exists = async (node: TestNode, key: string): Promise<boolean> => (await node.ask('EXISTS', key)) === 1;

/** The newer server takes a write that the older one does not know. */
async function drop({ a, b }: TestPair, command: Command): Promise<void> {
  await b.ask(...command);
  await a.follows(b);
  expect([await exists(a, 'new'), await exists(b, 'new')]).toEqual([false, true]);
}

const CASES: readonly (readonly [string, readonly [string, string], Command])[] = [
  ['Redis 7.0 under 8.0', ['bookworm/redis', 'trixie/redis'], ['HSETEX', 'new', 'EX', 100, 'FIELDS', 1, 'f', 'v']],
  ['Valkey 8.1 under 9.1', ['trixie/valkey', 'sid/valkey'], ['MSETEX', 1, 'new', 'v']],
  ['Redis 7.0 under Valkey 9.1', ['bookworm/redis', 'sid/valkey'], ['MSETEX', 1, 'new', 'v']],
];

describe.each(CASES)('%s', (_name, servers, command) => {
  const { isMissing, note } = needing(...servers);

  test.skipIf(isMissing)(`what it has refused is said, and not handed over but by choice${note}`, async () => {
    const pair = await olderFollows(servers);
    const { a, b } = pair;
    expect(await a.check()).toMatchObject({ code: 0, rule: 66 });
    await drop(pair, command);
    const checked = await a.check();
    expect(checked).toMatchObject({ code: 1, fit: false, rule: 65 });
    expect(checked.why).toContain('has refused a command');
    expect(await b.check()).toMatchObject({ code: 0, rule: 38 });
    const dry = await a.run('promote', b, ['--dry-run']);
    expect(dry.stdout).toMatch(/^rule {7}299 /m);
    // Where a check is unfit, keepalived is in FAULT: that is not the reason.
    expect((await a.run('fault', b)).code).toBe(0);
    for (const intent of ['promote', 'master']) {
      const told = await a.told(intent, b);
      expect(told).toMatchObject({ exitCode: 4, result: 'refused', rule: 299 });
      expect(told.message).toMatch(
        /local runs \w+ [\d.]+ and has refused a command of its master, \w+ [\d.]+: it lacks/,
      );
      expect(told.hint).toMatch(/finish the upgrade: start \w+ [\d.]+ on this node.*CONFIG RESETSTAT.*promote --force/);
    }
    await expectNothingMoved(pair);
    const [ofA, ofB] = [await status(a, b), await status(b, a)];
    expect(ofA.code).toBe(1);
    expect(ofA.stdout).toMatch(
      /^not in order: local runs .* has refused a command .*\n  next: finish the upgrade: start/m,
    );
    expect(ofB.code).toBe(1);
    expect(ofB.stdout).toMatch(/^not in order: the peer runs .* has refused a command/m);
    const forced = await a.run('promote', b, ['--force']);
    expect(forced.code, forced.stderr).toBe(0);
    expect(forced.stdout).toMatch(/^note: the role moves all the same, by --force: local runs/m);
    expect(a.log).toMatch(/WARN .*writes-may-be-missing .*by --force/);
    expect([await a.role(), await exists(a, 'new')]).toEqual(['master', false]);
  });

  test.skipIf(isMissing)(`as long as it has refused nothing the role goes back, with a word${note}`, async () => {
    const { a, b } = await olderFollows(servers);
    await b.ask('SET', 'known', 'to both');
    await a.follows(b);
    expect(await a.check()).toMatchObject({ code: 0, rule: 66 });
    for (const [node, peer, who] of [
      [a, b, 'local'],
      [b, a, 'the peer'],
    ] as const) {
      const { code, stdout } = await status(node, peer);
      expect({ code, stdout }).toMatchObject({ code: 0 });
      expect(stdout).toMatch(new RegExp(`^note: ${who} runs .*: it has refused nothing so far, and will drop`, 'm'));
    }
    const { code, stdout } = await a.run('promote', b);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^note: local runs .*: it has refused nothing so far/m);
    expect(a.log).toMatch(/WARN .*writes-may-be-missing/);
    expect(await exists(a, 'known')).toBe(true);
    await expectInOrder(a, b);
  });

  test.skipIf(isMissing)(
    `it takes over where nobody else can, and what may be missing is in the log${note}`,
    async () => {
      const pair = await olderFollows(servers);
      const { a, b } = pair;
      await drop(pair, command);
      await b.redis.kill();
      expect(await a.check()).toMatchObject({ code: 0, fit: true, rule: 66 });
      expect(await a.told('master', b)).toMatchObject({ exitCode: 0, result: 'done' });
      expect(a.rules).toContain(340);
      expect(a.log).toMatch(/WARN .*writes-may-be-missing .*has refused a command of a master/);
    },
  );
});

async function expectNothingMoved({ a, b }: TestPair): Promise<void> {
  expect([await a.role(), await b.role()]).toEqual(['slave', 'master']);
  await expectFollowed(b, a);
}

/** As `expectInOrder`, where the two do not hold the same. */
async function expectFollowed(master: TestNode, replica: TestNode): Promise<void> {
  await replica.follows(master);
  expect(await master.redis.writesPaused()).toBe(false);
}

const OLD = ['bullseye/redis', 'bookworm/redis'] as const;
const old = needing(...OLD);

test.skipIf(old.isMissing)(
  `Redis 6.0 under 7.0 counts not all that it refuses: never without a person who insists${old.note}`,
  async () => {
    const pair = await olderFollows(OLD);
    const { a, b } = pair;
    await b.ask('SET', 'new', 'v', 'EX', 100);
    await a.follows(b);
    expect(await exists(a, 'new')).toBe(false);
    expect((await a.redis.info('stats')).get('unexpected_error_replies')).toBe('0');
    await b.ask('COPY', 'seed:1', 'copied');
    await a.follows(b);
    const told = await a.told('promote', b);
    expect(told).toMatchObject({ exitCode: 4, rule: 299 });
    expect(told.message).toContain('local runs Redis 6.0.16, which does not count the commands that it refuses');
    expect(await a.check()).toMatchObject({ code: 1, rule: 65 });
    expect((await status(a, b)).stdout).toMatch(
      /^not in order: local runs Redis 6\.0\.16.*\n  next: .*finish the upgrade/m,
    );
    expect((await a.run('promote', b, ['--force'])).code).toBe(0);
  },
);

const SEVEN = ['bookworm/redis', 'trixie/redis'] as const;
const seven = needing(...SEVEN);

test.skipIf(seven.isMissing)(
  `an older replica that restarted on its own data may have refused something before${seven.note}`,
  async () => {
    const pair = await olderFollows(SEVEN);
    const { a, b } = pair;
    await drop(pair, ['HSETEX', 'new', 'EX', 100, 'FIELDS', 1, 'f', 'v']);
    await restart(a, b);
    expect((await a.redis.info('stats')).get('unexpected_error_replies')).toBe('0');
    const told = await a.told('promote', b);
    expect(told).toMatchObject({ exitCode: 4, rule: 299 });
    expect(told.message).toContain('has restarted under its master');
  },
);

test.skipIf(seven.isMissing)(
  `upgraded on its own data it is copied anew, by a repair or by promote, before it leads${seven.note}`,
  async () => {
    const pair = await olderFollows(SEVEN);
    const { a, b } = pair;
    await drop(pair, ['HSETEX', 'new', 'EX', 100, 'FIELDS', 1, 'f', 'v']);
    a.redis.server = b.redis.server;
    await restart(a, b);
    expect(await exists(a, 'new')).toBe(false);
    expect((await status(a, b)).stdout).toMatch(
      /^not in order: local was upgraded from Redis 7\.0\.15 on its old data/m,
    );
    const { code, stdout } = await a.run('promote', b);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(a.decisions.slice(-3)).toEqual([297, 300, 204]);
    expect(await exists(a, 'new')).toBe(true);
    await expectInOrder(a, b);
  },
);

test.skipIf(seven.isMissing)(
  `upgraded on its own data: the check keeps it out and has it copied${seven.note}`,
  async () => {
    const pair = await olderFollows(SEVEN);
    const { a, b } = pair;
    await drop(pair, ['HSETEX', 'new', 'EX', 100, 'FIELDS', 1, 'f', 'v']);
    a.redis.server = b.redis.server;
    await restart(a, b);
    const first = await waitFor(
      'rule 63',
      { deadlineMs: 20_000 },
      () => a.check(),
      ({ rule }) => rule === 63,
    );
    expect(first).toMatchObject({ code: 1, fit: false });
    await waitFor(
      'a fit node',
      { deadlineMs: 20_000 },
      () => a.check(),
      ({ fit }) => fit,
    );
    expect(await exists(a, 'new')).toBe(true);
    expect(a.rules).toContain(498);
    await expectInOrder(b, a);
    expect((await status(a, b)).code).toBe(0);
    const copies = (await b.redis.info('stats')).get('sync_full');
    expect((await a.run('backup', b)).code).toBe(0);
    expect((await b.redis.info('stats')).get('sync_full')).toBe(copies);
  },
);

test.skipIf(seven.isMissing)(
  `what only the old master has is saved when it comes back to the older one that took over${seven.note}`,
  async () => {
    const pair = await olderFollows(SEVEN);
    const { a, b } = pair;
    await drop(pair, ['HSETEX', 'new', 'EX', 100, 'FIELDS', 1, 'f', 'v']);
    await b.ask('SAVE');
    await b.redis.kill();
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, result: 'done' });
    await a.ask('SET', 'after', 'the takeover');
    await b.redis.start();
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, result: 'done' });
    await b.follows(a);
    expect(await exists(b, 'new')).toBe(false);
    const rescued = a.journal.filter(({ event }) => event === 'rescued');
    expect(rescued).toMatchObject([{ loser: 'peer', form: 'dataset' }]);
    expect(readFileSync(String(rescued[0]?.['file']), 'latin1')).toContain('new');
  },
);

test.skipIf(seven.isMissing)(
  `writes that the other side does not know are saved, and not called merged${seven.note}`,
  async () => {
    const pair = await olderFollows(SEVEN);
    const { a, b } = pair;
    await a.ask('REPLICAOF', 'NO', 'ONE');
    await a.ask('SET', 'on-a', 'by a');
    await b.ask('HSETEX', 'new', 'EX', 100, 'FIELDS', 1, 'f', 'v');
    await b.ask('SET', 'on-b', 'by b');
    const { code, stdout } = await a.run('master', b);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    await b.follows(a);
    expect([await exists(a, 'on-a'), await exists(a, 'on-b'), await exists(a, 'new')]).toEqual([true, false, false]);
    const events = a.journal.map(({ event }) => event);
    expect(events.includes('rescued')).toBe(true);
    expect(events.includes('merged')).toBe(false);
    expect(a.log).toMatch(/WARN .*not-merged/);
    const [file = ''] = a.journal.filter(({ event }) => event === 'rescued').map((entry) => String(entry['file']));
    const replayed = await a.runWith(['rescue', 'restore', file, '--replay'], b);
    expect(replayed.code, replayed.stdout).not.toBe(0);
    expect(await exists(a, 'on-b')).toBe(false);
  },
);

/** The node's server ends as a service manager ends it, and starts with the data that it had and the master that it followed. */
async function restart(node: TestNode, master: TestNode): Promise<void> {
  const olderThan = Number((await master.redis.info('server')).get('uptime_in_seconds'));
  // Ages are whole seconds: one that is started in the same second as its master counts as no younger.
  await waitFor(
    'another second',
    { deadlineMs: 20_000 },
    async () => Number((await master.redis.info('server')).get('uptime_in_seconds')),
    (uptime) => uptime > olderThan + 1,
  );
  await node.ask('CONFIG', 'SET', 'save', '3600 1');
  await node.redis.stop();
  onTestFinished(() => node.redis.kill());
  await node.redis.start([...node.lines, `replicaof ${master.address} ${master.port}`]);
  await node.follows(master);
}
