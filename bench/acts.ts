/** What is done to a pair, the same for everybody; `a` is the master when it happens. */
import type { Act, Member, Stage } from '../test/lib/story.ts';
import { clockReaches, nowMs } from '../test/lib/wait.ts';
import type { Writer } from '../test/lib/writer.ts';
import { inOrder, otherOf, type Rig, TAKEOVER_MS } from './rig.ts';

/** Asked once more after the act itself has waited for order, which it does with a deadline of its own. */
const SETTLE_MS = 1_000;
const FROZEN_MS = 12_000;
/** How long both sides have a master each. */
const APART_MS = 8_000;
/** Of each client beside a node. */
const BESIDE_PER_S = 200;
/** How often a client writes to the keys of everybody, beside the keys of its own. */
export const HOT_PER_S = 100;
/** The scripts leave two masters when keepalived is stopped, for good: no use in waiting long for order. */
const STOPPED_MS = 15_000;

type Deed = (stage: Stage<Rig>) => Promise<void>;

/** A fault after which `b` leads, and `a` is not there. */
const takeover = (name: string, deed: Deed): Act<Rig> => ({
  name,
  whole: false,
  settleMs: 0,
  async play(stage) {
    await deed(stage);
    await stage.pair.takenOver(stage.pair.b, TAKEOVER_MS);
    return stage.pair.b;
  },
});

/**
 * Something after which both are there, and the pair gets in order around whoever is to lead. A pair that does not is
 * judged as it is found, by the node that the clients were sent to: the preferred one, or the one that had taken over.
 */
const whole = (name: string, deed: Deed, isHome: boolean, orderMs?: number): Act<Rig> => ({
  name,
  whole: true,
  settleMs: SETTLE_MS,
  async play(stage) {
    const { pair } = stage;
    await deed(stage);
    const leader = isHome ? pair.preferred : undefined;
    const candidates = leader === undefined ? [pair.a, pair.b] : [leader];
    return inOrder(pair, candidates, orderMs).catch(() => leader ?? pair.b);
  },
});

export const killed = takeover('Redis killed', ({ pair }) => pair.a.redis.kill());

const back = whole('the old master returns with its data', ({ pair }) => pair.a.redis.start(), true);

const frozen = takeover('Redis frozen', async ({ pair }) => {
  const fromMs = nowMs();
  pair.a.redis.freeze();
  await pair.takenOver(pair.b, TAKEOVER_MS);
  await clockReaches(fromMs + FROZEN_MS);
});

const thawed = whole(
  'the frozen Redis goes on',
  ({ pair }) => {
    pair.a.redis.thaw();
    return Promise.resolve();
  },
  true,
);

const gone = takeover('host gone', ({ pair }) => pair.a.host.kill());

const booted = whole(
  'the host boots again',
  async ({ pair }) => {
    await pair.a.host.boot();
    await pair.a.redis.start();
    await pair.startKeeper(pair.a);
  },
  true,
);

export const keeperStopped = whole('keepalived stopped', ({ pair }) => pair.stopKeeper(pair.a), false, STOPPED_MS);
const keeperBack = whole('keepalived started again', ({ pair }) => pair.startKeeper(pair.a), true);

/**
 * Nothing reaches `a` and nothing leaves it, until a while after `b` has taken over. Beside each of them is a client that goes on.
 * `hotPerS`: how often all clients write to the same keys.
 */
const cutOff = (name: string, hotPerS: number): Act<Rig> => ({
  ...whole(
    name,
    async ({ pair, wrote }) => {
      const writers: (readonly [Member, Writer])[] = [];
      const begins = async (node: Member): Promise<void> => {
        const keyPrefix = `${node.host.name}${Math.round(nowMs())}:`;
        writers.push([node, await pair.beside(node, { keyPrefix, writesPerS: BESIDE_PER_S, hotPerS })]);
      };
      await pair.a.host.unplug();
      await begins(pair.a);
      await pair.takenOver(pair.b, TAKEOVER_MS);
      await begins(pair.b);
      await clockReaches(nowMs() + APART_MS);
      for (const [node, writer] of writers) wrote(node, await writer.end());
      await pair.a.host.plug();
    },
    true,
  ),
  hotPerS,
});

const cutApart = cutOff('cut off, each side writes keys of its own', 0);
const cutTogether = cutOff('cut off, both sides write the same keys', HOT_PER_S);

/** A person moves the role away from whoever has it; on files that preempt it comes back. */
export const moved = whole(
  'the role moved by hand',
  async (stage) => {
    const { pair } = stage;
    const from = await inOrder(pair);
    stage.mark();
    const to = otherOf(pair, from);
    await pair.promote?.(to);
    // Where the role comes back by itself, that is part of the price, and nothing else is to be seen of the move.
    await pair.takenOver(to, TAKEOVER_MS);
  },
  true,
);

/** One life of a pair. */
export const ACTS: readonly Act<Rig>[] = [
  killed,
  back,
  frozen,
  thawed,
  keeperStopped,
  keeperBack,
  gone,
  booted,
  cutApart,
  cutTogether,
];
