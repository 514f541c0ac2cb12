/** Acts for pairs that keep the address where it is (nopreempt): who returns follows, and a person moves the role. */
import { hostGone, hostReturns, redisFrozenFor, redisKilled, redisThawed } from './acts.ts';
import type { Node, Pair } from './pair.ts';
import type { Act } from './story.ts';
import { clockReaches, nowMs, waitFor } from './wait.ts';

const SETTLE_MS = 60_000;
const CUT_MS = 5_000;

const follows = (act: Act): Act => ({
  ...act,
  async play(stage) {
    await act.play(stage);
    return stage.pair.b;
  },
});

const redisReturns: Act = {
  name: 'the old master returns and follows',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    await pair.a.redis.start();
    return pair.b;
  },
};

const promotedBack: Act = {
  name: 'promote on the other node',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    const done = await pair.redisha(pair.a, ['promote', '127.0.0.1', pair.b.host.address, '6379']);
    if (done.code !== 0) throw new Error(`promote exited ${String(done.code)}: ${done.stdout}${done.stderr}`);
    return pair.a;
  },
};

const keepalivedStops: Act = {
  name: 'keepalived stopped for maintenance',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    await pair.a.keepalived.stop();
    return pair.b;
  },
};

const keepalivedStarts: Act = {
  name: 'keepalived started again',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    await pair.a.keepalived.start();
    return pair.b;
  },
};

/** Nothing reaches the master and nothing leaves it; once they meet again, the node that took over keeps the address. */
export const cutAndHealed: Act = {
  name: 'the master cut off, then healed',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    const fromMs = nowMs();
    await pair.a.host.unplug();
    await pair.takenOver(pair.b);
    await clockReaches(fromMs + CUT_MS);
    await pair.a.host.plug();
    return pair.b;
  },
};

/** One life of a pair, in this order; each act begins where the one before left the address. */
const life = (frozenMs: number): readonly Act[] => [
  redisKilled,
  redisReturns,
  promotedBack,
  redisFrozenFor(frozenMs),
  follows(redisThawed),
  promotedBack,
  keepalivedStops,
  keepalivedStarts,
  promotedBack,
];

export const KEPT_ACTS: readonly Act[] = [...life(20_000), hostGone, follows(hostReturns), promotedBack, cutAndHealed];

/** The same for every keepalived, in less time. */
export const CORE_ACTS: readonly Act[] = [...life(5_000), cutAndHealed];

const failOver = async (pair: Pair, from: Node): Promise<void> => {
  const said = await from.redis.ask('FAILOVER');
  if (said !== 'OK') throw new Error(`FAILOVER: ${String(said)}`);
  await pair.takenOver(pair.other(from));
};

/** An operator moves the role without redisha: the master is told to hand over to its replica. */
const failedOver: Act = {
  name: 'FAILOVER by hand',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    await failOver(pair, pair.a);
    return pair.b;
  },
};

/** The operator thinks better of it as soon as the other node may be elected. */
const failedOverAndBack: Act = {
  name: 'FAILOVER by hand, and back again',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    await failOver(pair, pair.b);
    await electable(pair);
    await failOver(pair, pair.a);
    return pair.b;
  },
};

/** Somebody swaps the roles under the address. */
const swapped: Act = {
  name: 'roles swapped behind our back',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    const { a, b } = pair;
    await b.redis.ask('CLIENT', 'PAUSE', 1_000, 'WRITE');
    await inStep(pair);
    await b.redis.ask('REPLICAOF', a.host.address, a.redis.port);
    await a.redis.ask('REPLICAOF', 'NO', 'ONE');
    await b.redis.ask('CLIENT', 'UNPAUSE');
    await pair.takenOver(a);
    return a;
  },
};

/** Both hold the same while writes are paused. */
const inStep = async ({ a, b }: Pair): Promise<void> => {
  await waitFor(
    'the same offset on both nodes',
    { deadlineMs: 900, everyMs: 5 },
    () => Promise.all([a, b].map(async ({ redis }) => (await redis.info('replication')).get('master_repl_offset'))),
    ([one, other]) => one === other,
  );
};

/** The role moves and nobody tells redisha; the address has to follow. */
export const FOREIGN_ACTS: readonly Act[] = [failedOver, failedOverAndBack, swapped];

/** A fault meets a pair whose other node may be elected: a new replica is not while its first full sync runs. */
export const electable = async ({ a, b }: Pair): Promise<void> => {
  await waitFor(
    'a node in MASTER, and the other in BACKUP where its keepalived runs',
    { deadlineMs: 30_000 },
    () => [a, b].map(({ keepalived }) => keepalived.vrrpState),
    (states) => states.includes('MASTER') && (states.includes('BACKUP') || states.includes('STOP')),
  );
};

/** Whoever comes first keeps the address, so that `a` is given the time to be first. */
export const oneAfterTheOther = async (pair: Pair): Promise<void> => {
  await pair.a.redis.start();
  await pair.a.keepalived.start();
  await pair.takenOver(pair.a);
  await pair.b.redis.start();
  await pair.b.keepalived.start();
  await pair.settled(pair.a);
  await electable(pair);
};
