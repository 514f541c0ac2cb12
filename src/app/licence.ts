/**
 * Carries out what `core/licence` decides for one port: asks the witness, attaches the licence to the local server and ends
 * it, has somebody make sure of the peer's death. Decides nothing itself; the simulator runs it as it is.
 */
import type {
  LeaseAnswer,
  LicenceAction,
  LicenceEvent,
  LicencePolicy,
  LicencePosition,
  LicenceState,
  Proof,
} from '../core/licence/model.ts';
import { LEASE_MS } from '../core/licence/model.ts';
import { licenceFrom, licenceStep, mayAcknowledge } from '../core/licence/step.ts';
import { licencePosition, sayPosition } from '../core/licence/words.ts';
import type { NodeView, Side } from '../core/model.ts';
import { DOUBT_MS } from '../core/watch/claim.ts';
import type { Clock, Journal, Log } from './ports.ts';
import type { Lease, Licence } from './ports/licence.ts';

export interface LicenceWorld {
  readonly clock: Pick<Clock, 'nowMs' | 'wallIso'>;
  /** Calls `listener` once, after `ms`, unless what it returns is called before. */
  readonly after: (ms: number, listener: () => void) => () => void;
  readonly port: number;
  readonly look: (side: Side) => Promise<NodeView>;
  readonly lease: Lease;
  readonly licence: Licence;
  /** How long the peer owes whoever watches it an answer; 0 where it owes none, absent where nobody watches. */
  readonly peerSilentMs?: () => number;
  /** Hears whenever the node stands somewhere else. */
  readonly moved: (position: LicencePosition['kind']) => void;
  /** What the next process of this node may go on with. */
  readonly prove: (proof: Proof) => void;
  /** Whether somebody has made sure that the peer is off. Never rejects. */
  readonly makeSure: () => Promise<boolean>;
  readonly log: Log;
  readonly journal: Journal;
}

/** What the resident tells of it. */
export interface LicenceReport {
  readonly position: LicencePosition['kind'];
  /** A sentence. */
  readonly says: string;
  /** Why the witness gave no answer when it was asked last; absent where it gave one. */
  readonly away?: string;
}

export interface RunningLicence {
  /** Hears of a look that somebody else has had. */
  readonly seen: (side: Side, view: NodeView, startedMs: number) => void;
  /** A plan of this host is about to make local a master, or has come to its end. */
  readonly promotion: (isAhead: boolean) => void;
  /** Both servers are looked at, at once. */
  readonly hurry: () => void;
  readonly report: () => LicenceReport;
  /** Ends it, the licence as well. */
  readonly stop: () => void;
}

/** Where both nodes are as they should be, nobody has to look more often than the watch does. */
const CALM: ReadonlySet<LicencePosition['kind']> = new Set(['following', 'whole', 'unbound']);

/** A timer has no use for a longer time. */
const WAKE_MAX_MS = 60_000;

/** How often both servers are looked at otherwise: a master that lost its replica has a lease before its writes end. */
const LOOK_EVERY_MS = 500;

/** What ends in an event. */
type Question = { readonly kind: Exclude<LicenceAction['kind'], 'look' | 'detach' | 'end-links'> };

class Driver {
  readonly #world: LicenceWorld;
  #state: LicenceState;
  #told: LicencePosition['kind'] = 'unknown';
  #isOver = false;
  #stopTimer = (): void => undefined;
  /** When the newest look of each server was asked for: one that was asked for before says nothing new. */
  readonly #seenMs = { local: Number.NEGATIVE_INFINITY, peer: Number.NEGATIVE_INFINITY };
  /** Why the witness gave no answer when it was asked last. */
  #away: string | undefined;
  /** Another number after each `detach`. */
  #attaches = 0;
  #stopLooks = (): void => undefined;
  /** Looks under way, and those that are wanted once they have ended. */
  readonly #looking = new Set<Side>();
  readonly #wanted = new Set<Side>();

  constructor(world: LicenceWorld, policy: LicencePolicy, proof: Proof | undefined) {
    this.#world = world;
    this.#state = licenceFrom(policy, proof);
    world.licence.onEnded((why) => {
      this.post({ kind: 'ended', why });
    });
    this.post({ kind: 'woken' });
    this.#lookAgain();
  }

  get #position(): LicencePosition {
    return licencePosition(this.#state, this.#world.clock.nowMs());
  }

  get report(): LicenceReport {
    const nowMs = this.#world.clock.nowMs();
    const position = this.#position;
    const timeOf = (atMs: number): string =>
      new Date(Date.parse(this.#world.clock.wallIso()) + atMs - nowMs).toISOString();
    const away = this.#away === undefined ? {} : { away: this.#away };
    return { position: position.kind, says: sayPosition(position, { nowMs, timeOf }), ...away };
  }

  stop(): void {
    this.#isOver = true;
    this.#stopTimer();
    this.#stopLooks();
    this.#world.licence.detach();
    this.#world.lease.close();
  }

  post(event: LicenceEvent): void {
    if (this.#isOver) return;
    const { clock, after } = this.#world;
    const nowMs = clock.nowMs();
    const { state, actions, wakeAtMs } = licenceStep(this.#state, event, nowMs);
    const { proof } = state;
    if (proof !== undefined && proof !== this.#state.proof) this.#world.prove(proof);
    this.#state = state;
    this.#stopTimer();
    this.#stopTimer = after(Math.min(Math.max(1, wakeAtMs - nowMs), WAKE_MAX_MS), () => {
      this.post({ kind: 'woken' });
    });
    for (const action of actions) this.#carryOut(action);
    this.#tell();
  }

  /** One line for each change; a time that runs down is none. */
  #tell(): void {
    const { log, journal, port } = this.#world;
    if (this.#position.kind === this.#told) return;
    const { position, says } = this.report;
    this.#told = position;
    this.#world.moved(position);
    log.info('licence', { port, position, says });
    void journal.append({ event: 'licence', position, says });
  }

  #carryOut(action: LicenceAction): void {
    switch (action.kind) {
      case 'look':
        void this.look(action.side);
        break;
      case 'detach':
        this.#attaches += 1;
        this.#world.licence.detach();
        this.post({ kind: 'ended', why: 'detached' });
        break;
      case 'end-links':
        this.#world.licence.endLinks();
        break;
      default:
        void this.#ask({ kind: action.kind });
    }
  }

  async #ask(question: Question): Promise<void> {
    const event = await this.#find(question);
    if (event?.kind === 'leased') this.#noteAnswer(event.answer);
    if (event !== undefined) this.post(event);
  }

  #noteAnswer(answer: LeaseAnswer): void {
    const { log, port } = this.#world;
    const why = answer.kind === 'away' ? answer.why : undefined;
    if (why === this.#away || this.#isOver) return;
    this.#away = why;
    if (why === undefined) log.info('witness-answers', { port });
    else log.warn('witness-away', { port, why });
  }

  /** Nothing where nobody waits for it any more. */
  async #find({ kind }: Question): Promise<LicenceEvent | undefined> {
    const { lease, licence, makeSure, clock } = this.#world;
    switch (kind) {
      case 'ask-lease':
        return { kind: 'leased', answer: await lease.ask() };
      case 'take-lease':
        return { kind: 'leased', answer: await lease.take(LEASE_MS) };
      case 'renew-lease':
        return { kind: 'leased', answer: await lease.renew(LEASE_MS) };
      case 'release-lease':
        return { kind: 'leased', answer: await lease.release() };
      case 'attach': {
        const asked = this.#attaches;
        const why = await licence.attach(() => !this.#isOver && mayAcknowledge(this.#state, clock.nowMs()));
        if (asked !== this.#attaches) return undefined;
        return why === undefined ? { kind: 'attached' } : { kind: 'ended', why };
      }
      case 'make-sure':
        return { kind: 'made-sure', isOff: await makeSure() };
    }
  }

  seen(side: Side, view: NodeView, startedMs: number): void {
    if (startedMs < this.#seenMs[side]) return;
    this.#seenMs[side] = startedMs;
    this.post({ kind: 'looked', side, view, startedMs });
  }

  #lookAgain(): void {
    this.#stopLooks = this.#world.after(LOOK_EVERY_MS, () => {
      if (!CALM.has(this.#position.kind) || (this.#world.peerSilentMs?.() ?? 0) >= DOUBT_MS) {
        void this.look('local');
        void this.look('peer');
      }
      this.#lookAgain();
    });
  }

  /** At most one at a time of each server; one that is wanted meanwhile follows, since what is on its way may be old. */
  async look(side: Side): Promise<void> {
    if (this.#looking.has(side)) {
      this.#wanted.add(side);
      return;
    }
    this.#looking.add(side);
    const startedMs = this.#world.clock.nowMs();
    const view = await this.#world.look(side);
    this.#looking.delete(side);
    this.seen(side, view, startedMs);
    if (this.#wanted.delete(side)) await this.look(side);
  }
}

/**
 * True from now on: local takes writes without its peer only while this node holds the lease. `proof` is what the process
 * before this one has left behind, if anything.
 */
export const holdLicence = (world: LicenceWorld, policy: LicencePolicy, proof?: Proof): RunningLicence => {
  const driver = new Driver(world, policy, proof);
  return {
    seen: (side, view, startedMs) => {
      driver.seen(side, view, startedMs);
    },
    promotion: (isAhead) => {
      driver.post({ kind: 'promotion', isAhead });
    },
    hurry: () => {
      void driver.look('local');
      void driver.look('peer');
    },
    report: () => driver.report,
    stop: () => {
      driver.stop();
    },
  };
};
