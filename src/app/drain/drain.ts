/**
 * "I want to stop this host": role and address go to the peer, and this node is unfit from then on, until a person takes that back.
 *
 * The order is that of a `promote` on the other node: the role moves first, with the port closed at the address, then this node
 * becomes unfit, and the address follows. Before the role moves the mark is on the disk already and only has no name yet: a full
 * disk refuses the drain, and cannot stop it in the middle. Killed anywhere, a second drain finds how far the first one came.
 */
import type { Drained } from '../../core/marks.ts';
import { hasLicence } from '../../core/licence/seen.ts';
import { formatEndpoint, isAnswering, isMaster } from '../../core/model.ts';
import { isContained } from '../../core/relation.ts';
import { describeNode } from '../../core/situation.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import { ADDRESS_EVERY_MS, ADDRESS_TIMEOUT_MS } from '../change.ts';
import { openBoth } from '../close-address.ts';
import { moveAway } from '../move-away.ts';
import { transition } from '../transition.ts';
import type { DrainWorld, Prepared, Sight } from './prepare.ts';
import { close, look, STATUS } from './prepare.ts';

export interface DrainOutcome {
  readonly drained: Drained;
  /** It was before. */
  readonly wasDrained: boolean;
  /** Role or address were here. */
  readonly hasMoved: boolean;
  /** Why it is not safe to stop this host; `undefined` where it is. */
  readonly unsafe: string | undefined;
  readonly peer: string;
  readonly address: string;
  readonly tookMs: number;
  /** What a person should know besides, each a sentence. */
  readonly notes: readonly string[];
}

/** True afterwards: this node is not drained, and says so. */
const takeBack = async ({ drain: { tellServer }, staged }: Prepared): Promise<void> => {
  await staged?.discard();
  if (staged !== undefined) await tellServer(false);
};

/**
 * True afterwards, as far as the local server allows it: the other node can see the drain, before the role has moved. Of two drains
 * that begin at the same moment one sees the other, or both do: where both nodes are drained, nobody has the address.
 * @returns why the other node cannot see it
 * @throws {RedishaError} REFUSED_BY_RULE where the peer is drained by now, or the role has come or gone; nothing has changed then
 */
const sayFirst = async (prepared: Prepared, hadRole: boolean): Promise<string | undefined> => {
  const { drain } = prepared;
  const untold = await drain.tellServer(true);
  const { local, peer } = (await look(drain)).pair;
  const isDrained = isAnswering(peer) && peer.isDrained === true;
  if (!isDrained && isMaster(local) === hadRole) return untold;
  await takeBack(prepared);
  const why = isDrained ? 'the peer is being drained as well' : 'the role moves just now';
  throw new RedishaError('REFUSED_BY_RULE', `it is not safe, and nothing was changed: ${why}`, { hint: STATUS });
};

/** The role has come here since this node said that it is drained. @throws {RedishaError} STEP_FAILED; this node is not drained then */
const assertNotLed = async ({ drain }: Prepared): Promise<void> => {
  if (!isMaster((await look(drain)).pair.local)) return;
  await drain.unmark();
  await drain.tellServer(false);
  throw new RedishaError('STEP_FAILED', 'the role has come here meanwhile; this node is not drained', { hint: STATUS });
};

/** True afterwards: the peer is the master. @throws {RedishaError} where it is not; this node is as it was then */
const moveRole = async (prepared: Prepared): Promise<void> => {
  const { world, policy } = prepared.drain;
  const { exitCode, result, message, hint } = await moveAway(world, policy, prepared.order.signal);
  if (exitCode === EXIT.done) return;
  await takeBack(prepared);
  const code = result === 'interrupted' ? 'INTERRUPTED' : result === 'refused' ? 'REFUSED_BY_RULE' : 'STEP_FAILED';
  throw new RedishaError(code, `the role has not gone to the peer, and this node is not drained: ${message}`, {
    hint: hint ?? STATUS,
  });
};

/** After this without any host that has it, the peer will not take it: it hears at once that this one has given it up. */
const NOWHERE_MS = 10_000;

/** Where the address is in the end. */
const awaitArrival = async (drain: DrainWorld, signal: AbortSignal): Promise<Sight> => {
  const { clock } = drain.world;
  const startMs = clock.nowMs();
  let awayMs: number | undefined;
  for (;;) {
    const sight = await look(drain);
    const nowMs = clock.nowMs();
    awayMs = sight.at === 'here' ? undefined : (awayMs ?? nowMs);
    const isThere = sight.at === 'peer' && isMaster(sight.pair.peer);
    const isLate = nowMs - startMs >= ADDRESS_TIMEOUT_MS || nowMs - (awayMs ?? nowMs) >= NOWHERE_MS;
    if (isThere || isLate || signal.aborted) return sight;
    await clock.delay(ADDRESS_EVERY_MS, signal);
  }
};

/** True afterwards, as far as it can be: all is as it was before. @throws {RedishaError} STEP_FAILED */
const goBack = async ({ drain, order: { signal }, staged }: Prepared, hadRole: boolean): Promise<never> => {
  const { world, policy, unmark, tellServer, address } = drain;
  if (staged !== undefined) {
    await unmark();
    await tellServer(false);
  }
  const back = hadRole
    ? await transition(world, { intent: 'promote', policy, forced: false, vrrpAgeMs: 0, healing: false, signal })
    : undefined;
  const role = back === undefined ? '' : back.exitCode === EXIT.done ? '; the role is back here' : `; ${back.message}`;
  const drained = staged === undefined ? 'this node stays drained' : 'this node is not drained';
  throw new RedishaError('STEP_FAILED', `the address ${address} has not gone to the peer${role}; ${drained}`, {
    hint: 'redisha status on the peer says what keeps its keepalived from taking the address',
  });
};

/** Why this host should not be stopped, as of this look. */
const unsafeIn = ({ pair: { local, peer }, at }: Sight): string | undefined => {
  if (!isMaster(peer) || peer.loading) return `the peer does not lead: it ${describeNode(peer)}`;
  if (at !== 'peer') return 'the address is not at the peer';
  if (!isAnswering(local)) return undefined;
  const { upstream } = local;
  const isLinked = upstream?.who === 'other-side' && upstream.linkUp;
  return isLinked || isContained(local, peer) ? undefined : 'the local Redis has writes that the peer lacks';
};

/** Two looks at servers that take writes are not of one moment; and the peer sees within this time that this node is drained. */
const SAFE_MS = 5_000;

/** Looks until nothing is wrong any more. */
const whyStill = async (
  drain: DrainWorld,
  whyIn: (sight: Sight) => string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { clock } = drain.world;
  const startMs = clock.nowMs();
  for (;;) {
    const why = whyIn(await look(drain));
    if (why === undefined || signal.aborted || clock.nowMs() - startMs >= SAFE_MS) return why;
    await clock.delay(ADDRESS_EVERY_MS, signal);
  }
};

/** With it, the peer goes on taking writes when the local server ends. */
const withoutLicence = ({ pair: { peer } }: Sight): string | undefined =>
  hasLicence(peer)
    ? undefined
    : 'the peer has no licence yet: when this host stops, it takes no writes until it has one; see redisha status there';

const notesOn = async (
  { drain, drained, sight, order: { signal } }: Prepared,
  untold: string | undefined,
): Promise<readonly string[]> => {
  const isSilent = !isAnswering(sight.pair.local);
  const unlicensed = drain.hasWitness ? await whyStill(drain, withoutLicence, signal) : undefined;
  return [
    ...(untold === undefined || isSilent
      ? []
      : [`the other node cannot see that this one is drained, so do not drain it as well: ${untold}`]),
    ...(isSilent ? ['the local Redis does not answer: writes that only it may have are saved when it is back'] : []),
    ...(unlicensed === undefined ? [] : [unlicensed]),
    ...(signal.aborted ? [`interrupted; this node is drained since ${drained.at}`] : []),
  ];
};

const carryingOut = async (prepared: Prepared, startMs: number): Promise<DrainOutcome> => {
  const { drain, order, sight, staged, drained } = prepared;
  const { world, address } = drain;
  const { signal } = order;
  const hadRole = isMaster(sight.pair.local);
  const hasMoved = hadRole || sight.at === 'here';
  const untold = await sayFirst(prepared, hadRole);
  if (hadRole) await moveRole(prepared);
  await staged?.commit();
  if (staged !== undefined) {
    if (!hadRole) await assertNotLed(prepared);
    const { by, why } = drained;
    world.log.warn('drained', { by, why });
    await world.journal.append({ event: 'drained', by, why });
  }
  const arrived = hasMoved ? await awaitArrival(drain, signal) : sight;
  if (arrived.at !== 'peer' && !signal.aborted) await goBack(prepared, hadRole);
  const notes = await notesOn(prepared, untold);
  return {
    drained,
    wasDrained: staged === undefined,
    hasMoved,
    unsafe: await whyStill(drain, unsafeIn, signal),
    peer: formatEndpoint(sight.pair.peerEndpoint),
    address,
    tookMs: Math.round(world.clock.nowMs() - startMs),
    notes,
  };
};

/**
 * True afterwards: this node is drained; and where nothing is `unsafe`, the peer has role, address and data.
 * @throws {RedishaError} where it is not drained: STEP_FAILED where the address did not go, HOST_FILE where the mark has no name
 */
export const carryOutDrain = async (prepared: Prepared): Promise<DrainOutcome> => {
  const { world } = prepared.drain;
  try {
    return await carryingOut(prepared, world.clock.nowMs());
  } finally {
    // Nobody else would, where the address has stayed.
    await openBoth(world);
    close(world);
  }
};
