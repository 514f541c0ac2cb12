/**
 * A command that may change a role, from what it says of itself until the one who gave it may go by the answer.
 *
 * keepalived's own commands follow an address that has moved. A person's `promote` moves the role first, and the address has
 * to be able to follow: so it waits before, for keepalived, and afterwards, for the address.
 */
import type { Marks } from '../core/marks.ts';
import { describePaused } from '../core/marks.ts';
import type { Intent, Policy, VrrpState } from '../core/model.ts';
import { isAliveButSilent, isAnswering, isMaster, keptOutBy } from '../core/model.ts';
import { EXIT, RedishaError } from '../errors.ts';
import { openBoth } from './close-address.ts';
import { whyNotFollowed } from './explain-link.ts';
import { assertNotMarked, peerPausedAt, recordedOnly } from './marked.ts';
import type { Announcement } from './ports.ts';
import { keepTelling } from './tell-address.ts';
import type { Outcome, TransitionWorld } from './transition.ts';
import { foresee, transition } from './transition.ts';

export interface ChangeWorld {
  readonly world: TransitionWorld;
  /** What keepalived has said last by now. */
  readonly vrrpNow: () => VrrpState | undefined;
  /** What becomes of the address where the role moves. It is asked for a `promote` alone. */
  readonly outlook: () => Promise<Outlook>;
  readonly hasAddress: (address: string) => boolean;
  /** What a person has said of this node and what stands now. */
  readonly marks: () => Marks;
  /**
   * True afterwards: keepalived takes an address that is let go at once, and what is returned makes it wait again. Never throws.
   * Absent where it cannot be told.
   */
  readonly hasten?: () => Promise<() => void>;
  /** True afterwards: older commands for the port find themselves superseded, and the check knows the VRRP state. */
  readonly announce: (command: Intent, vrrpState: VrrpState) => Promise<void>;
  /** A line for the person who waits, at once. */
  readonly tell: (note: string) => void;
}

export interface Outlook {
  /** What an operator should know before the role moves. */
  readonly notes: readonly string[];
  /** The virtual address; `undefined` where nobody knows which one it is. */
  readonly address: string | undefined;
}

export interface Order {
  readonly intent: Intent;
  readonly policy: Policy;
  readonly forced: boolean;
  /** Started by a check. */
  readonly healing: boolean;
  /** How long ago keepalived had said something when the command began; 0 where it had said nothing yet. */
  readonly vrrpAgeMs: number;
  readonly signal: AbortSignal;
}

export interface Arrival {
  readonly address: string;
  readonly isHere: boolean;
  readonly tookMs: number;
  /** The role has stayed here. */
  readonly hasRole: boolean;
}

export interface Changed {
  readonly outcome: Outcome;
  /** What became of the address after a `promote`; `undefined` where nobody waits for it. */
  readonly arrival: Arrival | undefined;
}

const VRRP_STATES: Readonly<Record<Exclude<Intent, 'promote'>, VrrpState>> = {
  master: 'MASTER',
  backup: 'BACKUP',
  fault: 'FAULT',
};

const NO_OUTLOOK: Outlook = { notes: [], address: undefined };

/** keepalived's own commands follow an address that has moved. */
export const outlookFor = (intent: Intent, { outlook }: Pick<ChangeWorld, 'outlook'>): Promise<Outlook> =>
  intent === 'promote' ? outlook() : Promise.resolve(NO_OUTLOOK);

/** How long ago keepalived has said something; 0 where it has said nothing yet. */
export const ageOf = (said: Pick<Announcement, 'saidMs'> | undefined, nowMs: number): number =>
  said === undefined ? 0 : nowMs - said.saidMs;

/** A person's promote says nothing of VRRP: keepalived's last word stands. */
const vrrpStateOf = (intent: Intent, { vrrpNow }: ChangeWorld): VrrpState =>
  intent === 'promote' ? (vrrpNow() ?? 'BACKUP') : VRRP_STATES[intent];

/** keepalived needs its checks and adverts to move an address: some 8 s with the slowest timers that are common. */
export const ADDRESS_TIMEOUT_MS = 20_000;
export const ADDRESS_EVERY_MS = 50;
const ROLE_EVERY_MS = 250;

/** The command by which keepalived says that a node is well again needs a moment to start. */
const FAULT_MS = 1_000;

/** Why a person's promote is refused; `undefined` where it is not. */
export const keptOut = ({ vrrpNow }: Pick<ChangeWorld, 'vrrpNow'>): string | undefined => {
  const why = keptOutBy(vrrpNow());
  return why === undefined ? undefined : `${why}: the role would move, and the address could not follow`;
};

/**
 * True afterwards: keepalived may bring the address here, as far as it has told.
 * @throws {RedishaError} REFUSED_BY_RULE where it may not: the role would move to where no client comes
 */
const assertElectable = async (changing: ChangeWorld, signal: AbortSignal): Promise<void> => {
  const { clock } = changing.world;
  const startMs = clock.nowMs();
  for (let why = keptOut(changing); why !== undefined && !signal.aborted; why = keptOut(changing)) {
    if (clock.nowMs() - startMs >= FAULT_MS) {
      throw new RedishaError('REFUSED_BY_RULE', why, {
        hint: 'try again once keepalived runs and a check has passed, or use --force',
      });
    }
    await clock.delay(ADDRESS_EVERY_MS, signal);
  }
};

/** Whoever answers at an address that is not here serves clients, even where this host may not look at it. */
const isPeerServing = async ({ hasAddress, world: { eyes } }: ChangeWorld, { address }: Outlook): Promise<boolean> => {
  if (address === undefined || hasAddress(address) || isAnswering(await eyes.peer.look())) return false;
  const node = eyes.open({ host: address, port: eyes.peer.endpoint.port });
  try {
    const view = await node.look();
    return isMaster(view) || isAliveButSilent(view);
  } finally {
    node.close();
  }
};

const closeEyes = ({ world: { eyes } }: ChangeWorld): void => {
  eyes.local.close();
  eyes.peer.close();
};

/**
 * Nobody but a person may move a role to where the old master cannot follow.
 * @returns whether a rule refuses anyway, which says more of why it cannot be than keepalived
 * @throws {RedishaError} REFUSED_BY_RULE where the peer could not follow
 */
export const assertFollowed = async (
  changing: ChangeWorld,
  { policy, vrrpAgeMs, peerServes }: Pick<Order, 'policy' | 'vrrpAgeMs'> & { readonly peerServes: boolean },
): Promise<boolean> => {
  const { world } = changing;
  try {
    const { pair, plan } = await foresee(world, { intent: 'promote', policy, forced: false, vrrpAgeMs, peerServes });
    const [first] = plan.steps;
    if (first?.kind !== 'handOver') return first?.kind === 'refuse';
    const cause = await whyNotFollowed(world, pair.localSeenByPeer);
    if (cause === undefined) return false;
    throw new RedishaError('REFUSED_BY_RULE', `the role would move, and the peer could not follow: ${cause.why}`, {
      hint: `${cause.next}; or redisha promote --force`,
    });
  } finally {
    closeEyes(changing);
  }
};

const isMasterHere = async ({ world: { eyes } }: ChangeWorld): Promise<boolean> => {
  const { local } = eyes;
  const view = await local.look();
  local.close();
  return isMaster(view);
};

const awaitAddress = async (
  changing: ChangeWorld,
  { address }: Outlook,
  signal: AbortSignal,
): Promise<Arrival | undefined> => {
  const { hasAddress, world } = changing;
  const { clock } = world;
  if (address === undefined) return undefined;
  const startMs = clock.nowMs();
  while (!hasAddress(address) && !signal.aborted && clock.nowMs() - startMs < ADDRESS_TIMEOUT_MS) {
    await clock.delay(ADDRESS_EVERY_MS, signal);
  }
  const tookMs = clock.nowMs() - startMs;
  const isHere = hasAddress(address);
  return { address, isHere, tookMs, hasRole: isHere || (await isMasterHere(changing)) };
};

/**
 * True afterwards: local is a master, by the command of keepalived that ended this promote. A person goes by the answer, and
 * may switch the other host off next.
 * @throws {RedishaError} STEP_FAILED where it is not
 */
const assertPromoted = async (changing: ChangeWorld, signal: AbortSignal): Promise<void> => {
  const { vrrpNow, world } = changing;
  const { clock } = world;
  const startMs = clock.nowMs();
  while (!(await isMasterHere(changing))) {
    const isComing = vrrpNow() === 'MASTER' && clock.nowMs() - startMs < ADDRESS_TIMEOUT_MS;
    if (!isComing || signal.aborted) {
      throw new RedishaError('STEP_FAILED', 'a newer command of keepalived ended it, and the role is not here', {
        hint: 'run it again when that command is done; redisha status tells where the role is',
      });
    }
    await clock.delay(ROLE_EVERY_MS, signal);
  }
};

/**
 * Resolves with what came of the command, and of a `promote` that is done with where the address is.
 * @throws {RedishaError} REFUSED_BY_RULE where the address could not follow a `promote`, and nothing was done; STEP_FAILED
 *   where a command of keepalived ended it, and the role is not here
 */
export const change = async (changing: ChangeWorld, order: Order): Promise<Changed> => {
  const asBefore = order.intent === 'promote' ? await changing.hasten?.() : undefined;
  try {
    return await carryOut(changing, order);
  } finally {
    asBefore?.();
  }
};

/** A person need not wait for the rest, which takes a minute with some files. */
const stillTelling = ({ message }: Outcome, forMs: number): string =>
  `${message}; the network is told again where the address is, for ${String(Math.ceil(forMs / 1000))} s: Ctrl-C ends that`;
/** Whoever has paused the other node did not expect a promote here. */
const notesOfPeer = async ({ world: { eyes } }: ChangeWorld): Promise<readonly string[]> => {
  const said = await peerPausedAt(eyes.local);
  eyes.local.close();
  return said === undefined
    ? []
    : [
        `the peer is ${describePaused(said)}: it follows, and does nothing more by itself. redisha resume there ends that`,
      ];
};

const carryOut = async (changing: ChangeWorld, order: Order): Promise<Changed> => {
  const { world } = changing;
  const { intent, policy, forced, healing, vrrpAgeMs, signal } = order;
  const announce = (): Promise<void> => changing.announce(intent, vrrpStateOf(intent, changing));
  const mayBeRefused = intent === 'promote' && !forced;
  const marks = changing.marks();
  if (mayBeRefused) assertNotMarked(marks);
  if (!mayBeRefused && !healing) await announce();
  if (marks.paused !== undefined && intent !== 'promote')
    return { outcome: await recordedOnly(world, intent, marks.paused), arrival: undefined };
  const outlook = await outlookFor(intent, changing);
  const peerServes = intent === 'promote' && (await isPeerServing(changing, outlook));
  if (mayBeRefused && !(await assertFollowed(changing, { policy, vrrpAgeMs, peerServes })))
    await assertElectable(changing, signal);
  for (const note of [...outlook.notes, ...(intent === 'promote' ? await notesOfPeer(changing) : [])]) {
    world.log.warn('note', { note });
    changing.tell(note);
  }
  const outcome = await transition(world, {
    intent,
    policy,
    forced,
    vrrpAgeMs: healing || intent === 'promote' ? vrrpAgeMs : 0,
    healing,
    signal,
    peerServes,
    ...(mayBeRefused ? { announce } : {}),
  });
  if (outcome.isAddressTold) await keepTelling(world, signal, (forMs) => changing.tell(stillTelling(outcome, forMs)));
  if (intent !== 'promote') return { outcome, arrival: undefined };
  try {
    if (outcome.exitCode !== EXIT.done) return { outcome, arrival: undefined };
    if (outcome.result === 'superseded') await assertPromoted(changing, signal);
    return { outcome, arrival: await awaitAddress(changing, outlook, signal) };
  } finally {
    // The commands of keepalived do it where they run. Where the address stays, and after Ctrl-C, nobody else would. A port that
    // is closed where nothing was done may be another one's, at work just now.
    if (outcome.result !== 'refused' || (await isMasterHere(changing))) await openBoth(world);
  }
};
