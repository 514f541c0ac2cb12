/**
 * The words of the domain: what a look at a Redis pair yields, what is wanted of it, and what the operator allows.
 *
 * VRRP states are upper case and belong to keepalived, Redis roles are lower case and belong to Redis. Everything here is
 * a value; nothing reads a clock or a socket.
 */

import type { Remembered } from './memory.ts';
import type { ServerVersion } from './program.ts';
import { compareVersions } from './program.ts';

export type VrrpState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP';

/** Why keepalived brings no address to this host, as far as it has told; `undefined` where it may. */
export const keptOutBy = (vrrpState: VrrpState | undefined): string | undefined => {
  if (vrrpState !== 'FAULT' && vrrpState !== 'STOP') return undefined;
  return `keepalived ${vrrpState === 'FAULT' ? 'is in FAULT' : 'has stopped'} on this host`;
};

export type RedisRole = 'master' | 'replica';
export type Side = 'local' | 'peer';

export const otherSide = (side: Side): Side => (side === 'local' ? 'peer' : 'local');

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export const formatEndpoint = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;

/**
 * Where a dataset stands in its replication history, as INFO replication says it.
 *
 * `secondOffset` is the first offset that does NOT belong to `replid2`; `undefined` where there is no second id.
 * Source: redis/src/replication.c shiftReplicationId (second_replid_offset = master_repl_offset + 1).
 */
export interface History {
  readonly replid: string;
  readonly offset: number;
  readonly replid2: string | undefined;
  readonly secondOffset: number | undefined;
}

/** One `slaveN` line of INFO replication: an attached replica as its master sees it. */
export interface ReplicaLine {
  readonly endpoint: Endpoint;
  readonly online: boolean;
  readonly offset: number;
  /**
   * Since it acknowledged anything, in whole seconds by its master's clock; absent where the master does not say, or it is not
   * online.
   */
  readonly lagSeconds?: number;
}

/** What a replica says of the server it follows. `who` compares it with the pair. */
export interface Upstream {
  readonly endpoint: Endpoint;
  readonly who: 'other-side' | 'itself' | 'third-master' | 'third-silent';
  readonly linkUp: boolean;
  readonly syncing: boolean;
  readonly syncLeftBytes: number;
  /** -1 where the link has not been up since the server was told to follow, or since it started. */
  readonly linkDownSeconds: number;
  /** Somebody has told the server whom to follow since it started; absent where only its configuration did, or it is linked. */
  readonly isTold?: boolean;
}

/** A Redis that answered INFO. */
export interface Answering {
  readonly kind: 'answering';
  /** The Redis whose commands redisha may use there: Valkey says 7.2.4. */
  readonly version: readonly [number, number, number];
  readonly program: ServerVersion;
  readonly mode: 'standalone' | 'cluster' | 'sentinel';
  readonly runId: string;
  readonly uptimeSeconds: number;
  /** Connections that it has taken since its start or CONFIG RESETSTAT; absent where it does not say. */
  readonly connections?: number;
  /** The server's own number of its process, which means something only on its own host. */
  readonly processId?: number;
  readonly redisRole: RedisRole;
  readonly loading: boolean;
  readonly loadingEtaSeconds: number;
  readonly history: History;
  readonly keys: number;
  /** In the file that it loaded last: at its start, or of its master; absent where it does not say. */
  readonly keysLoaded?: number;
  /** Changes to the dataset since it was last saved to a file, or loaded from one. */
  readonly changesSinceSave: number;
  /**
   * Commands of a master that it answered with an error, since its start or CONFIG RESETSTAT; `undefined` where it does not
   * count all of them.
   */
  readonly refusedCommands: number | undefined;
  /** As a replica it has had a full copy since its start, for certain. */
  readonly hadFullCopy: boolean;
  /** Databases that hold keys, ascending. */
  readonly databases: readonly number[];
  /** Present exactly when `redisRole` is replica. */
  readonly upstream: Upstream | undefined;
  readonly replicas: readonly ReplicaLine[];
  readonly failover: 'none' | 'waiting-for-sync' | 'in-progress';
  /** The fence that a hand-over left behind, with the values that it replaced; `undefined` where there is none. */
  readonly fence: Fence | undefined;
  /** It takes writes only while so many replicas acknowledge; absent where it counts none. */
  readonly counted?: Counted;
  /** Its port is closed at the virtual address: a hand-over has not come to its end, or was killed; absent otherwise. */
  readonly addressClosed?: true;
  /** A person has drained its node; a replica alone says so; absent otherwise. */
  readonly isDrained?: true;
  /** It refuses writes, since it has taken all the memory that it may and cannot give up enough of it; absent otherwise. */
  readonly outOfMemory?: { readonly usedBytes: number; readonly maxBytes: number };
  /** Offset of the oldest byte in the replication backlog; `undefined` where no backlog is active. */
  readonly backlogFirstOffset: number | undefined;
}

/** Without so many replicas that have acknowledged something lately, a master takes no writes. */
export interface Counted {
  /** `min-replicas-to-write` and `min-replicas-max-lag`, from before the fence where one is up. */
  readonly toWrite: number;
  readonly maxLagSeconds: number;
  /** How many it counts now, whoever they are: `min_slaves_good_slaves`. */
  readonly good: number;
}

/** `min-replicas-to-write` and `min-replicas-max-lag` as they were before redisha fenced the node. */
export interface Fence {
  readonly minReplicasToWrite: number;
  readonly minReplicasMaxLag: number;
  /** Another one each time that the fence is renewed: a rescue that lives does so every few seconds. */
  readonly beat?: number;
}

/**
 * Why a Redis could not be read. The first four are signs of death; `unasked` is a failure of our own host, which says
 * nothing of the server; `garbled` is whatever listens there and need be no Redis; the others come from a server that is alive,
 * since an error reply is an answer.
 */
export type SilenceKind =
  | 'refused'
  | 'unreachable'
  | 'unresolved'
  | 'frozen'
  | 'busy'
  | 'locked'
  | 'denied'
  | 'full'
  | 'unasked'
  | 'garbled';

export interface Silent {
  readonly kind: SilenceKind;
  /** The server's or the kernel's own words. */
  readonly why: string;
}

export type NodeView = Answering | Silent;

export const isAnswering = (view: NodeView): view is Answering => view.kind === 'answering';
export const isMaster = (view: NodeView): view is Answering => isAnswering(view) && view.redisRole === 'master';

/**
 * Redis 6.2 and newer, where FAILOVER, CLIENT PAUSE … WRITE, CLIENT KILL LADDR, CLIENT LIST ID and CONFIG SET bind are.
 * Source: its release notes; redis.io commands/failover, commands/client-pause.
 */
export const isSince62 = ({ version }: Pick<Answering, 'version'>): boolean => compareVersions(version, [6, 2]) >= 0;

export const mayBeClosed = (view: Pick<Answering, 'mode' | 'version'>): boolean =>
  view.mode === 'standalone' && isSince62(view);

/** Its port is closed at the virtual address. */
export const isClosedAtAddress = (view: NodeView | undefined): boolean =>
  view !== undefined && isAnswering(view) && view.addressClosed === true;

/** As if its port were open. */
export const asIfOpen = (view: NodeView): NodeView => {
  if (!isAnswering(view)) return view;
  const { addressClosed: _, ...rest } = view;
  return rest;
};

/** Alive though unreadable, or never asked: it may be a master that takes writes. */
export const isAliveButSilent = (view: NodeView): view is Silent =>
  ['busy', 'locked', 'denied', 'full', 'unasked'].includes(view.kind);

/** Both nodes of one moment, read in parallel, and how each reaches the other. */
export interface PairView {
  readonly local: NodeView;
  readonly peer: NodeView;
  readonly localEndpoint: Endpoint;
  readonly peerEndpoint: Endpoint;
  /** The address that the peer is to follow when it becomes a replica of local. */
  readonly localSeenByPeer: Endpoint;
  /** Local's line in the peer's list of replicas. */
  readonly localAtPeer: ReplicaLine | undefined;
  /** The peer's line in local's list of replicas. */
  readonly peerAtLocal?: ReplicaLine | undefined;
}

/** What is wanted. `master`, `backup` and `fault` come from keepalived or from healing, `promote` from a person. */
export type Intent = 'master' | 'backup' | 'fault' | 'promote';

/** What one side's backlog says of the time since the two datasets parted. */
export type Suffix =
  | { readonly kind: 'no-writes' }
  /** `keys`: how many they were about; fewer than commands where clients write the same ones again and again. */
  | { readonly kind: 'writes'; readonly commands: number; readonly keys?: number }
  | { readonly kind: 'unreadable'; readonly why: string }
  /** Its backlog does not tell; but all that it holds came into being since its start, each key by itself. */
  | { readonly kind: 'began-empty'; readonly keys: number };

/** What a closer look at two diverged datasets found, and what has been saved of the loser since. */
export type Evidence =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'examined';
      readonly local: Suffix;
      readonly peer: Suffix;
      /** Keys that both sides wrote, or why any key may have been; empty where the two are apart. */
      readonly meet: readonly string[];
      /** Why the other side did not take the loser's writes; absent where nobody has tried. */
      readonly unmergeable?: string;
    }
  | { readonly kind: 'saved'; readonly loser: Side; readonly file: string; readonly merged: boolean }
  | { readonly kind: 'unsaved'; readonly loser: Side; readonly why: string };

/** What the operator allows, and for how long to be patient. */
export interface Policy {
  readonly onStale: 'refuse' | 'promote';
  readonly onEmpty: 'refuse' | 'promote';
  readonly onDiverged: 'merge' | 'rescue' | 'manual';
  readonly onRescueFailure: 'refuse' | 'proceed';
  /** How long `master` waits for a live peer's data. */
  readonly syncTimeoutMs: number;
  /** How long a peer that accepts connections but does not answer is looked at before it is taken for dead. */
  readonly frozenTimeoutMs: number;
  /** How long `backup` waits for the peer's `master` to do its part. */
  readonly peerMasterTimeoutMs: number;
  /** How long a new replica's link may take to come up. */
  readonly linkTimeoutMs: number;
  /** The server's own limit on a hand-over. */
  readonly handOverTimeoutMs: number;
  /** How long a loading or blocked local Redis is waited for. */
  readonly loadingTimeoutMs: number;
}

/** What the planner knows besides the pair. */
export interface Context {
  readonly pair: PairView;
  /** `undefined` where nothing is known. */
  readonly memory: Remembered | undefined;
  readonly intent: Intent;
  readonly policy: Policy;
  /** A repair that the check started and that has changed nothing yet; absent for what keepalived or a person wants. */
  readonly freshRepair?: boolean;
  /** A repair of the node with the address, and the address has left this host meanwhile, or will; absent where it stays. */
  readonly addressGone?: boolean;
  /**
   * No interface of this host has the address, and the peer's server answers there. Asked where keepalived has said BACKUP to a
   * node that leads, and the peer's `master` is late; absent elsewhere.
   */
  readonly addressAtPeer?: boolean;
  /** A repair, of which keepalived knows nothing, and the network was not told where the address is; absent otherwise. */
  readonly addressUntold?: boolean;
  /** This command has held the peer's writes back for a moment. */
  readonly rivalHeld?: boolean;
  /** The side that this command detached so that its data is not overwritten. */
  readonly keepsItsData?: Side | undefined;
  /** `promote --force`: take over although the peer may be alive. */
  readonly forced: boolean;
  /** Since this command began to carry out its intent. */
  readonly waitedMs: number;
  /** Since keepalived told this node its present VRRP state. */
  readonly vrrpAgeMs: number;
  /** Since the pair was first seen in its present situation. */
  readonly unchangedMs: number;
  /** Somebody answers as a master at the address, which is not here: the peer serves its clients, whoever may look at it. */
  readonly peerServes?: boolean;
  /** How long the resident has been waiting for an answer of the peer; absent where nobody watched it. */
  readonly peerSilentMs?: number;
  readonly evidence: Evidence;
}
