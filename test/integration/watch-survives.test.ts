/** The resident cannot be lost: it or its guard is killed or stopped, and somebody looks again soon. */
import { constants, getPriority } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startTakesMs } from '../lib/program.ts';
import { Clients } from './lib/clients.ts';
import { startPair, type TestPair } from './lib/pair.ts';
import { type Resident, startFit, startResident } from './lib/resident.ts';
import { FIT, logged, read, says, UNFIT } from './lib/told.ts';

/** So soon somebody looks again, whatever happened, on a host of its own. */
const AGAIN_MS = 2_000;
const SLACK_MS = 1_500;

interface Loaded extends TestPair {
  readonly resident: Resident;
  /** The same here and now, where a start of the program takes some time: as long as a few starts more. */
  readonly againMs: number;
}

/** a is the master, with the address and under load. */
const loaded = async (): Promise<Loaded> => {
  const pair = await startPair();
  const { a, b } = pair;
  await a.run('master', b);
  const clients = new Clients();
  clients.writeTo(a);
  onTestFinished(() => clients.stop());
  const resident = await startFit(a, b);
  return { ...pair, resident, againMs: AGAIN_MS + SLACK_MS + 4 * (await startTakesMs()) };
};

const signal = (pid: number, name: NodeJS.Signals): void => void process.kill(pid, name);

/** Root alone may raise it. */
const PRIORITY =
  process.getuid?.() === 0 ? constants.priority.PRIORITY_ABOVE_NORMAL : constants.priority.PRIORITY_NORMAL;

/** The verdict was never another one, and no role was changed but at the start. */
const nothingMoved = async ({ a, b, resident }: Loaded): Promise<void> => {
  expect(read(resident.file)).toBe(FIT);
  expect(await Promise.all([a.role(), b.role()])).toEqual(['master', 'slave']);
  expect(a.log).not.toMatch(/ unfit /);
  expect(a.journal.filter(({ event }) => event === 'plan')).toHaveLength(1);
};

describe('looked at again soon, and nothing moves', () => {
  test.each([
    // One that is killed is gone, and lies there stopped until its parent has taken note of that.
    ['the one at work is killed', 'worker', 'SIGKILL', / (?:takes-over|was-silent) /],
    ['the one at work is stopped', 'worker', 'SIGSTOP', / was-silent /],
    ['the guard is killed', 'guard', 'SIGKILL', / watching /],
    ['the guard is stopped', 'guard', 'SIGSTOP', / watching /],
  ] as const)('%s', async (_name, who, name, said) => {
    const pair = await loaded();
    const { resident, againMs } = pair;
    const before = await resident.both();
    signal(before[who], name);
    await resident.looksAgain(againMs);
    const after = await resident.both(before[who]);
    expect(after.worker === before.worker).toBe(who === 'guard');
    expect(pair.a.log).toMatch(said);
    expect(getPriority(after.worker)).toBe(PRIORITY);
    await nothingMoved(pair);
  });

  test('one is killed, and whoever is at work then is killed, before it has a guard of its own', async () => {
    const pair = await loaded();
    const { resident, againMs } = pair;
    const first = await resident.both();
    signal(first.worker, 'SIGKILL');
    const second = await resident.nextAtWork(first.worker);
    signal(second, 'SIGKILL');
    await resident.looksAgain(againMs);
    expect((await resident.both(first.worker, second)).worker).toBe(resident.worker);
    await nothingMoved(pair);
  });

  test('signals of keepalived: it goes on', async () => {
    const pair = await loaded();
    const { resident, againMs } = pair;
    const before = await resident.both();
    for (const name of ['SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const) signal(before.worker, name);
    await resident.looksAgain(againMs);
    expect(await resident.both()).toEqual(before);
    await nothingMoved(pair);
  });

  test('SIGTERM to the one at work, by somebody who is not keepalived: another one goes on', async () => {
    const pair = await loaded();
    const { resident, againMs } = pair;
    const { worker } = await resident.both();
    signal(worker, 'SIGTERM');
    expect((await resident.both(worker)).worker).toBe(resident.worker);
    await resident.looksAgain(againMs);
    await nothingMoved(pair);
  });

  test('the one that took over tells of what happens next, and hears keepalived', async () => {
    const { a, resident, againMs } = await loaded();
    signal((await resident.both()).worker, 'SIGKILL');
    await resident.looksAgain(againMs);
    a.redis.freeze();
    await says(resident.file, UNFIT);
    a.redis.thaw();
    await says(resident.file, FIT);
    resident.says('FAULT');
    await logged(a, 'intent=fault');
    expect(await says(resident.file, FIT)).toBe(FIT);
  });
});

describe('the end', () => {
  test.each([
    ['in order', true],
    ['killed, so that its FIFO stays', false],
  ])('keepalived is gone, %s: both processes end, and leave the verdict', async (_name, isInOrder) => {
    const { a, b } = await startPair();
    const resident = await startFit(a, b);
    resident.says('BACKUP');
    await resident.both();
    resident.says('STOP');
    resident.close(isInOrder);
    await resident.gone();
    expect([read(resident.file), (await resident.started.ended).code]).toEqual([FIT, 0]);
  });

  test('keepalived is gone before it has said a word', async () => {
    const { a, b } = await startPair();
    const resident = await startResident(a, b);
    resident.close();
    await resident.gone();
    expect((await resident.started.ended).code).toBe(0);
  });

  test('keepalived opens the FIFO after it has started its script', async () => {
    const { a, b } = await startPair();
    const resident = await startResident(a, b, { isOpenLate: true });
    await says(resident.file, FIT);
    resident.open();
    await resident.both();
    await a.run('master', b);
    resident.says('BACKUP');
    await resident.looksAgain();
    expect(await says(resident.file, FIT)).toBe(FIT);
  });
});
