/**
 * The licence to run alone, in words: what is known of the two servers and of the lease, what happens, what is to be done.
 *
 * Both servers take writes only while a replica acknowledges (`min-replicas-to-write 1`). Whoever is to write without its peer
 * holds the lease at the witness, and attaches the licence to its own server: a connection that counts there as a replica.
 * Every time here is of one clock of this host, and `startedMs` is just before something was asked.
 */
import type { NodeView, Side } from '../model.ts';

/** How long a lease lasts at the witness. */
export const LEASE_MS = 10_000;

export interface LicencePolicy {
  /** Without a witness: no licence, or one as if there were no other node. */
  readonly onNoWitness: 'refuse' | 'proceed';
  /** Somebody can make sure that the peer is off (`before_takeover`). */
  readonly canMakeSure: boolean;
}

/** Which start of the witness answered, and for how long it has been running: one that started anew has forgotten. */
interface Run {
  readonly startedMs: number;
  readonly run: string;
  readonly uptimeSeconds: number;
}

/** What the witness says. */
export type LeaseAnswer =
  /** It is ours for {@link LEASE_MS}, from `startedMs` on; `tenure` is another one each time that it is taken anew. */
  | ({ readonly kind: 'held'; readonly tenure: string } & Run)
  /** The other node does not have it. */
  | ({ readonly kind: 'free' } & Run)
  | ({ readonly kind: 'taken'; readonly by: string; readonly leftMs: number } & Run)
  /** Nobody knows what has become of the lease, if there was one. */
  | { readonly kind: 'away'; readonly why: string };

export type LicenceEvent =
  | { readonly kind: 'woken' }
  /** A server was looked at; `frozen` where it has been silent for longer than a healthy one is. */
  | { readonly kind: 'looked'; readonly side: Side; readonly view: NodeView; readonly startedMs: number }
  /** The end of `ask-lease`, `take-lease`, `renew-lease` and `release-lease`. */
  | { readonly kind: 'leased'; readonly answer: LeaseAnswer }
  /** The end of `attach`. */
  | { readonly kind: 'attached' }
  /** The licence is not attached: `attach` failed, or its connection has ended, by `detach` or by itself. */
  | { readonly kind: 'ended'; readonly why: string }
  /** The end of `make-sure`. */
  | { readonly kind: 'made-sure'; readonly isOff: boolean }
  /** A plan of this host is about to make local a master, or has come to its end. */
  | { readonly kind: 'promotion'; readonly isAhead: boolean };

export type LeaseQuestion = 'ask-lease' | 'take-lease' | 'renew-lease' | 'release-lease';

export type LicenceAction =
  | { readonly kind: LeaseQuestion }
  | { readonly kind: 'attach' | 'detach' }
  /**
   * Local's server has ended the links of its replicas, or does so before anything else when it goes on: an acknowledgement that is
   * still on its way to it, or lies in its queue, would let it write.
   */
  | { readonly kind: 'end-links' }
  /** Runs `before_takeover`. */
  | { readonly kind: 'make-sure' }
  /** The server is looked at again, at once. */
  | { readonly kind: 'look'; readonly side: Side };

/** What local was when it was last looked at. */
export interface LocalSeen {
  readonly role: 'master' | 'replica' | 'silent';
  readonly runId: string;
  readonly replid: string;
  readonly hasBacklog: boolean;
  /** It takes no writes without a replica. */
  readonly isBound: boolean;
  /** Replicas that are not ours acknowledge enough for it to take writes. */
  readonly isFed: boolean;
  /** A hand-over holds its writes back. */
  readonly isFenced: boolean;
  /** A replica is linked that has not acknowledged anything for too long. */
  readonly hasStale: boolean;
  readonly maxLagSeconds: number;
}

/**
 * What the peer can do by what it was when it was last looked at. `gone`: nobody listens at its port. `bound`: a master without any replica, which takes no writes. `writes`: a master that may take some. `unbound`: it counts no
 * replicas, so that nothing keeps it from writing once nobody sees it.
 */
export type PeerState = 'gone' | 'replica' | 'bound' | 'writes' | 'unbound' | 'silent';

/** What is known of the lease. */
export interface LeaseSeen {
  /** Ours until then, by our clock, with what two clocks may differ taken off; below all times where it is not. */
  readonly untilMs: number;
  /** Since then the peer has held none, and none that it held before can have run on; above all times where nobody knows. */
  readonly clearMs: number;
  /** When the last answer of the witness was asked for. */
  readonly answeredMs: number;
  readonly run: string | undefined;
  /** Which lease of ours it is, or was while nobody else has been seen to have it. */
  readonly tenure: string | undefined;
  /** Until when the other node has it, as far as is known. */
  readonly takenUntilMs: number;
  /** The last question got no answer. */
  readonly isAway: boolean;
  readonly isAsking: boolean;
  /** The witness said that nobody had it, although it was ours. */
  readonly isLost: boolean;
  /** When something was asked last, and when the lease was asked for. */
  readonly askedMs: number;
  readonly triedMs: number;
}

/**
 * It was certain that the peer could not write, while we held this lease of this run of the witness, and local led with this
 * history. So it is for as long as all of that goes on, whichever process of ours looks: nobody else has had a lease, and local
 * has acknowledged nothing.
 */
export interface Proof {
  readonly run: string;
  readonly tenure: string;
  readonly runId: string;
  readonly replid: string;
}

export interface LicenceState {
  readonly policy: LicencePolicy;
  readonly local: LocalSeen | undefined;
  /** Nothing that the peer got as an acknowledgement left local's server after that; above all times where it may yet. */
  readonly lastAckMs: number;
  readonly peer: PeerState | undefined;
  /** As it was when it last said so. */
  readonly peerMaxLagSeconds: number | undefined;
  /** It counts no replicas, as far as it has said; `unbound` for as long as it has not said otherwise. */
  readonly isPeerUnbound: boolean;
  /** At that moment, and not since, it was seen that the peer could not write by itself; below all times where it was not. */
  readonly harmlessMs: number;
  /** When it was last seen to be a master that may take writes. */
  readonly writesMs: number;
  /** Since when local has been fed without interruption, and when it was looked at last. */
  readonly fedMs: number | undefined;
  readonly localLookedMs: number;
  /** Since when local has not answered. */
  readonly localSilentMs: number | undefined;
  readonly endLinksDueMs: number;
  readonly lease: LeaseSeen;
  readonly licence: 'none' | 'attaching' | 'attached' | 'detaching';
  /** What the witness is being asked. */
  readonly question: LeaseQuestion | undefined;
  /** Of this process, or of one before it. */
  readonly proof: Proof | undefined;
  /** An attachment that failed is not tried again before. */
  readonly attachDueMs: number;
  readonly lookDueMs: number;
  /** Since when somebody makes sure that the peer is off. */
  readonly makingSureMs: number | undefined;
  readonly makeSureDueMs: number;
  readonly isPromotionAhead: boolean;
  /** A person has drained the peer: it is about to go. */
  readonly isPeerLeaving: boolean;
}

export interface LicenceStep {
  readonly state: LicenceState;
  readonly actions: readonly LicenceAction[];
  /** When it wants to be woken, whatever happens until then. */
  readonly wakeAtMs: number;
}

/** Where a node stands, for status, log, history and metrics. */
export type LicencePosition =
  /** Nothing is known yet. */
  | { readonly kind: 'unknown' }
  /** Local does not answer. */
  | { readonly kind: 'silent' }
  /** Local counts no replicas: it writes whatever the witness says. */
  | { readonly kind: 'unbound' }
  /** It follows its master, and needs none. */
  | { readonly kind: 'following' }
  /** Its replica acknowledges: nobody needs the witness. */
  | { readonly kind: 'whole' }
  /** A hand-over holds its writes back. */
  | { readonly kind: 'handing-over' }
  | { readonly kind: 'licensed'; readonly untilMs: number }
  /** With a licence and without a lease: `on_no_witness = "proceed"`. */
  | { readonly kind: 'unwitnessed' }
  /** Everything is there, and the licence is being attached. */
  | { readonly kind: 'attaching' }
  /** Until it is certain that the peer cannot write. */
  | { readonly kind: 'waiting'; readonly untilMs: number }
  | { readonly kind: 'making-sure' }
  /** The other node has the lease. */
  | { readonly kind: 'fenced'; readonly untilMs: number }
  /** `on_no_witness = "refuse"`, and the witness is away. */
  | { readonly kind: 'refused' }
  /** The lease is being asked for. */
  | { readonly kind: 'asking' }
  /** The peer is a master that may take writes. */
  | { readonly kind: 'beside-master' }
  /** The peer was last seen to count no replicas: nobody knows whether it writes. */
  | { readonly kind: 'peer-unbound' };
