/** Cuts a change of a pair at one step after the other, and looks each time how the pair comes out of it. */
import { availableParallelism } from 'node:os';
import { expect } from 'vitest';
import type { Finished, Running } from '../../lib/process.ts';
import { type Act, type Cut, cutting, stepsOf } from '../../lib/cut.ts';
import { messageOf, within } from '../../lib/wait.ts';
import { Bench } from './bench.ts';
import type { Change } from './changes.ts';
import { Clients } from './clients.ts';
import type { TestNode } from './node.ts';
import { expectInOrder } from './pair.ts';

/** Every step, and not only the sample: `REDISHA_TEST_EVERY_STEP=1`. */
export const EVERY_STEP = process.env['REDISHA_TEST_EVERY_STEP'] === '1';

const TOML = [
  'hand_over_timeout = "1200ms"',
  'peer_master_timeout = "2s"',
  'sync_timeout = "8s"',
  'link_timeout = "15s"',
  'loading_timeout = "5s"',
  'frozen_timeout = "500ms"',
];
/** The longest of these, and what redisha grants itself beyond it. */
const BUDGET_MS = 45_000;
const SEEDS = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`seed:${at}`, String(at)]));
const BENCHES = Math.min(4, availableParallelism() + 1);

type Ended = Awaited<Running['ended']>;
type Point = Pick<Cut, 'at' | 'moment'>;

/** What is done at a step, and what has to be true right after it. */
export interface Treatment {
  readonly act: (actor: TestNode, other: TestNode) => Act;
  /** Whether it makes a difference at a step that is about a file. */
  readonly atFiles: boolean;
  readonly afterwards: (bench: Bench, ended: Ended, change: Change) => Promise<void>;
}

interface Roles {
  readonly actor: TestNode;
  readonly other: TestNode;
  readonly leader: TestNode;
  readonly replica: TestNode;
}

const rolesOf = ({ a, b }: Bench, { on = 'b', command }: Change): Roles => {
  const [actor, other] = on === 'a' ? [a, b] : [b, a];
  const [leader, replica] = command === 'backup' ? [other, actor] : [actor, other];
  return { actor, other, leader, replica };
};

const expectDone = ({ code, stdout, stderr }: Finished, what: string, node: TestNode): void => {
  expect(code, `${what}: ${stdout}${stderr}\n${node.log}`).toBe(0);
};

/** keepalived speaks to both again, and the pair is in order. */
const goOn = async (bench: Bench, change: Change): Promise<void> => {
  const { leader, replica } = rolesOf(bench, change);
  for (const { redis } of bench.nodes) redis.thaw();
  await change.goesOn?.(bench);
  expectDone(await leader.run('master', replica), 'master', leader);
  expectDone(await replica.run('backup', leader), 'backup', replica);
};

/** From a pair that is made ready to a pair in order; the step in between is cut. */
const play = async (bench: Bench, change: Change, treatment: Treatment, point: Point): Promise<readonly string[]> => {
  await bench.reset();
  const { actor, other, leader, replica } = rolesOf(bench, change);
  const clients = new Clients();
  clients.count({ ...SEEDS, ...(await change.prepare(bench)) });
  for (const name of change.clients ?? ['a', 'b']) clients.writeTo(bench[name]);
  try {
    const cut: Cut = { act: treatment.act(actor, other), ...point, trace: bench.trace };
    const running = actor.start(change.command ?? 'master', other, [], cutting(cut));
    const ended = await within('the end of the command', BUDGET_MS, running.ended);
    const steps = stepsOf(cut);
    if (point.at > 0 && steps.length >= point.at) await treatment.afterwards(bench, ended, change);
    await goOn(bench, change);
    await clients.stop();
    await bench.untilNothingIsLeft();
    await expectInOrder(leader, replica);
    expect(await clients.lost(leader, replica), 'acknowledged writes that are gone').toEqual([]);
    return steps;
  } finally {
    await clients.stop();
  }
};

const isFile = (step: string): boolean => !/^\d/.test(step);
/** What one step is, whatever the names of its files and the ids of its histories. */
const kindOf = (step: string): string =>
  step
    .replaceAll(/[0-9a-f]{40}/g, 'ID')
    .replaceAll(/-(local|peer)|-[0-9a-f]{8}-[\d-]+|\d{4,}/g, 'N')
    .replace(/(intents|rescue)\/[^.]*/, '$1/N');

const momentsOf = (step: string): readonly Cut['moment'][] => {
  if (!isFile(step)) return EVERY_STEP ? ['before', 'after'] : ['after'];
  return EVERY_STEP && step.startsWith('write') ? ['before', 'half', 'after'] : ['before'];
};

/** Steps that were cut already, in whatever change. */
export type Seen = Set<string>;

/**
 * Where a change is cut. The sample has, of all changes together, every kind of step about a file once, and every kind of
 * command to a server once for each that it comes after.
 */
const pointsOf = (steps: readonly string[], { atFiles }: Treatment, seen: Seen): readonly Point[] => {
  let before = 'the start';
  return steps.flatMap((step, index) => {
    const kind = kindOf(step);
    const key = isFile(step) ? kind : `${before} > ${kind}`;
    if (!isFile(step)) before = kind;
    if ((isFile(step) && !atFiles) || (!EVERY_STEP && seen.has(key))) return [];
    seen.add(key);
    return momentsOf(step).map((moment) => ({ at: index + 1, moment }));
  });
};

const startBenches = (change: Change, count: number): Promise<readonly Bench[]> =>
  Promise.all(Array.from({ length: count }, () => Bench.start(TOML, change.delaySeconds ?? 0)));

/** Afterwards the change was played whole, and once for every step at which it is to be cut; what went wrong, in words. */
export const cutEverywhere = async (
  change: Change,
  treatment: Treatment,
  seen: Seen,
): Promise<{ readonly points: number; readonly failures: readonly string[] }> => {
  const benches = await startBenches(change, BENCHES);
  try {
    const [first] = benches;
    if (first === undefined) throw new Error('no pair');
    const steps = await play(first, change, treatment, { at: 0, moment: 'before' });
    expect(rolesOf(first, change).actor.rules, 'the plan that is meant').toContain(change.rule);
    const points = pointsOf(steps, treatment, seen);
    const failures: string[] = [];
    const left = points.values();
    const work = async (bench: Bench): Promise<void> => {
      for (const point of left) {
        await play(bench, change, treatment, point).catch((error: unknown) => {
          const step = stepsOf({ trace: bench.trace })[point.at - 1] ?? 'no step';
          failures.push(`${point.moment} step ${point.at} (${step}): ${messageOf(error)}`);
        });
      }
    };
    await Promise.all(benches.map(work));
    return { points: points.length, failures };
  } finally {
    await Promise.all(benches.map((bench) => bench.close()));
  }
};
