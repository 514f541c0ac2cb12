/** Every event of keepalived does in the resident what the command of that name does, and a repair does it by itself. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';
import { type Resident, startFit } from './lib/resident.ts';
import { DEADLINE_MS, FIT, logged, read, says, UNFIT } from './lib/told.ts';
import { follow, leaveFence, NOBODY } from './lib/troubles.ts';

const WAIT = { deadlineMs: 2 * DEADLINE_MS, everyMs: 20 };

const becomes = (node: TestNode, role: string): Promise<string> =>
  waitFor(
    `${node.name} as ${role}`,
    WAIT,
    () => node.role(),
    (seen) => seen === role,
  );

/** How often a command of this name has ended. */
const ends = (node: TestNode, command: string): number =>
  node.journal.filter((line) => line.event === 'end' && line['intent'] === command).length;

const hasEnded = (node: TestNode, command: string, times = 1): Promise<number> =>
  waitFor(
    `the end of ${command}`,
    WAIT,
    () => ends(node, command),
    (count) => count >= times,
  );

interface Watched extends TestPair {
  readonly resident: Resident;
}

/** b is watched, and a leads. */
const watched = async (toml: readonly string[] = []): Promise<Watched> => {
  const pair = await startPair({ ownPorts: true, toml });
  await pair.a.run('master', pair.b);
  return { ...pair, resident: await startFit(pair.b, pair.a) };
};

describe('an event', () => {
  test('MASTER promotes: the role is handed over, and the verdict stays', async () => {
    const { a, b, resident } = await watched();
    resident.says('MASTER');
    await expectInOrder(b, a);
    expect([read(resident.file), b.rules.includes(300)]).toEqual([FIT, true]);
  });

  test('MASTER beside a peer that is dead promotes as well', async () => {
    const { a, b, resident } = await watched();
    await a.redis.kill();
    resident.says('MASTER');
    expect(await becomes(b, 'master')).toBe('master');
  });

  test('BACKUP follows', async () => {
    const { a, b, resident } = await watched();
    await b.run('fault', a);
    await follow(b, ...NOBODY);
    resident.says('BACKUP');
    await b.follows(a);
    expect(await a.role()).toBe('master');
  });

  test('FAULT tidies up what was left', async () => {
    const { a, b, resident } = await watched();
    await leaveFence(b);
    resident.says('FAULT');
    await hasEnded(b, 'fault');
    expect(b.rules).toContain(132);
    await expectInOrder(a, b);
  });

  test('STOP is recorded, and nothing is touched', async () => {
    const { a, b, resident } = await watched();
    resident.says('MASTER');
    await expectInOrder(b, a);
    await hasEnded(b, 'master');
    const { length } = b.rules;
    resident.says('STOP');
    await waitFor(
      'STOP as the last word of keepalived',
      WAIT,
      async () => (await b.run('status', a)).stdout,
      (status) => /^vrrp +STOP/m.test(status),
    );
    expect([await b.role(), b.rules.length]).toEqual(['master', length]);
  });

  test('that is newer supersedes the one at work', async () => {
    const { a, b, resident } = await watched();
    // What waits for the peer, until it is told to stop waiting.
    a.redis.freeze();
    onTestFinished(() => a.redis.thaw());
    resident.says('MASTER');
    resident.says('BACKUP');
    await logged(b, 'superseded');
    a.redis.thaw();
    await b.follows(a);
    expect([await a.role(), await b.role()]).toEqual(['master', 'slave']);
  });

  test('a notify that keepalived starts beside it finds nothing to do, and exits 0', async () => {
    const { a, b, resident } = await watched();
    resident.says('MASTER');
    const notify = b.run('master', a);
    await expectInOrder(b, a);
    expect((await notify).code).toBe(0);
    expect(b.decisions.filter((rule) => rule === 300)).toHaveLength(1);
  });

  test('that the resident is killed over is carried out by the next one', async () => {
    const { a, b, resident } = await watched(['frozen_timeout = "4s"']);
    const { worker } = await resident.both();
    a.redis.freeze();
    onTestFinished(() => a.redis.thaw());
    resident.says('MASTER');
    await logged(b, 'rule=334');
    process.kill(worker, 'SIGKILL');
    expect(await becomes(b, 'master')).toBe('master');
    expect(await resident.both(worker)).not.toMatchObject({ worker });
  });

  test('97 times in a second that another one has the address: neither verdict nor role is another one', async () => {
    const { a, b, resident } = await watched();
    resident.says('MASTER');
    await expectInOrder(b, a);
    await hasEnded(b, 'master');
    const { length } = b.rules;
    for (let time = 1; time <= 97; time += 1) resident.says('MASTER_RX_LOWER_PRI');
    await resident.looksAgain();
    expect([read(resident.file), await b.role(), b.rules.length]).toEqual([FIT, 'master', length]);
  });
});

describe('a repair', () => {
  test('nobody is a master, twice within 10 s: put right in the resident, as soon as the first time', async () => {
    const { a, b, resident } = await watched();
    resident.says('MASTER');
    await expectInOrder(b, a);
    for (let time = 1; time <= 2; time += 1) {
      await follow(b, ...NOBODY);
      await becomes(b, 'master');
      await expectInOrder(b, a);
      await resident.looksAgain();
    }
    const { worker } = await resident.both();
    const pids = new Set([...b.log.matchAll(/ pid=(\d+)/g)].map(([, pid]) => Number(pid)));
    expect([...pids].filter((pid) => pid !== worker)).toEqual([]);
    expect(read(resident.file)).toBe(FIT);
  });

  test('a role that is taken away under the address while the peer has taken it: no repair, and unfit', async () => {
    const { a, b, resident } = await watched();
    resident.says('MASTER');
    await expectInOrder(b, a);
    await a.run('promote', b);
    await says(resident.file, UNFIT);
    expect([await a.role(), await b.role()]).toEqual(['master', 'slave']);
    resident.says('BACKUP');
    expect(await says(resident.file, FIT)).toBe(FIT);
  });
});
