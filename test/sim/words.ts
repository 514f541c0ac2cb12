/** What the parts of the simulator have in common. */
import type { RedisRole } from '../../src/core/model.ts';
import type { Engine } from './engine.ts';
import type { Config, Index } from './story.ts';
import type { Dataset } from './stream.ts';
import type { Vote } from './vote.ts';

export const INDICES: readonly Index[] = [0, 1];
export const other = (index: Index): Index => (index === 0 ? 1 : 0);

export const HOSTS = ['10.0.0.1', '10.0.0.2'] as const;
export const NAMES = ['A', 'B'] as const;
export const PORT = 6379;
export const ADDRESS = '10.0.0.100';
export const indexOf = (host: string): Index | undefined => (host === HOSTS[0] ? 0 : host === HOSTS[1] ? 1 : undefined);

/** What happened that a reader of the story or the judge wants to know. */
export interface Witness {
  /** One line of the story; the words are made only when somebody reads. */
  note(who: string, words: () => string): void;
  /** The dataset of `loser` is about to be replaced by one that `winner` had. */
  wiped(loser: Index, winner: Index, by: Dataset): void;
  /** A server came back without what it had. */
  forgot(index: Index, lost: readonly number[]): void;
  /** REPLICAOF NO ONE by a redisha process is carried out on a replica. */
  promoted(index: Index, from: Index, rule: number, by: string): void;
  /** The network has broken between the two. */
  parted(): void;
  /** A running server has become a master or a replica. */
  changed(index: Index, role: RedisRole): void;
  /** A broken invariant, or anything else that no command may end in. */
  bug(who: string, error: unknown): void;
  /** A command changes a role although it is not its turn. */
  beside(index: Index, by: string): void;
  /** A resident that is at work does not do its part. */
  unwatched(index: Index, words: string): void;
  /** A write was replayed where it was already. */
  doubled(index: Index, id: number): void;
}

export interface Network {
  /** Nothing goes from the first host to the second on the port of Redis. */
  readonly redisCut: [[boolean, boolean], [boolean, boolean]];
  readonly vrrpCut: [[boolean, boolean], [boolean, boolean]];
  readonly hostDown: [boolean, boolean];
  /** The share of what is sent from host to host that does not get through the first time. */
  lossShare: number;
  /** When something was cut or mended last. */
  changedMs: number;
}

export const openNetwork = (): Network => ({
  redisCut: [
    [false, false],
    [false, false],
  ],
  vrrpCut: [
    [false, false],
    [false, false],
  ],
  hostDown: [false, false],
  lossShare: 0,
  changedMs: 0,
});

export const reaches = ({ redisCut, hostDown }: Network, from: Index, to: Index): boolean =>
  !hostDown[to] && !hostDown[from] && !redisCut[from][to];

/** No advert gets through, one way or the other. */
export const isApart = ({ vrrpCut }: Network): boolean => vrrpCut[0][1] || vrrpCut[1][0];

/** Deliberate faults of redisha, to see whether the judge notices. */
export interface Faults {
  readonly ignoresLock?: boolean;
  readonly ignoresNewer?: boolean;
  readonly pausesNothing?: boolean;
  /** keepalived hears that the node is fit before anybody has looked. */
  readonly tellsFitEarly?: boolean;
  /** keepalived never hears that clients write here. */
  readonly claimsNothing?: boolean;
  /** Nobody looks because keepalived has said something. */
  readonly ignoresEvents?: boolean;
  /** A repair does not leave where a change is at work. */
  readonly repairsBeside?: boolean;
  /** The resident waits for a server that does not answer. */
  readonly waitsForFrozen?: boolean;
  /** Deadlines go by the wall clock. */
  readonly readsWallClock?: boolean;
  /** The licence stays attached when the lease has ended. */
  readonly keepsLicence?: boolean;
  /** The peer is taken for one that stops a second earlier than it does. */
  readonly waitsShort?: boolean;
  /** The witness renews the lease of whoever has it, for whoever asks. */
  readonly renewsForAnybody?: boolean;
  /** It renews a lease that has run out, as if nobody could have had one since. */
  readonly renewsWhatIsOver?: boolean;
  /** What cannot be saved is overwritten: lets wrong rules past the invariants of the planner. */
  readonly proceeds?: boolean;
}

export interface Base {
  readonly engine: Engine;
  readonly network: Network;
  readonly witness: Witness;
  readonly config: Config;
  readonly faults: Faults;
  /** `undefined` where the pair has no witness. */
  vote?: Vote;
}

/** How fast the clock of a host runs. */
export const paceOf = ({ config }: Base, index: Index): number => 1 + (config.witness?.rates[index] ?? 0);

/** By the clock of a host, which nobody sets. */
export const hostMs = (base: Base, index: Index): number => base.engine.nowMs * paceOf(base, index);

/** How long something is on its way from host to host. */
export const tripMs = ({ engine, config: { latencyMs, jitterMs } }: Base): number =>
  jitterMs === undefined ? latencyMs : latencyMs + engine.between(0, jitterMs);

/** Whether what is sent now gets lost. No chance is taken where nothing is lost. */
export const isLost = ({ network, engine }: Base): boolean =>
  network.lossShare > 0 && engine.random() < network.lossShare;
