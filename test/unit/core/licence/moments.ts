/** Moments in the life of a pair with a witness, and what a node does at the last of them. */
import type {
  LeaseAnswer,
  LicenceAction,
  LicenceEvent,
  LicencePolicy,
  LicenceState,
  Proof,
} from '../../../../src/core/licence/model.ts';
import { licenceFrom, licenceStep } from '../../../../src/core/licence/step.ts';
import { licencePosition, sayPosition } from '../../../../src/core/licence/words.ts';
import type { Answering, NodeView, Side } from '../../../../src/core/model.ts';
import { master, replica } from '../builders.ts';

export type At = readonly [atMs: number, event: LicenceEvent];

export const REFUSE: LicencePolicy = { onNoWitness: 'refuse', canMakeSure: false };
export const PROCEED: LicencePolicy = { ...REFUSE, onNoWitness: 'proceed' };
export const SURE: LicencePolicy = { ...REFUSE, canMakeSure: true };

export const counted = (good: number): Pick<Answering, 'counted'> => ({
  counted: { toWrite: 1, maxLagSeconds: 2, good },
});
export const line = (lagSeconds: number) => ({
  endpoint: { host: '10.0.0.2', port: 6379 },
  online: true,
  offset: 1,
  lagSeconds,
});
export const FED = master({ ...counted(1), replicas: [line(0)] });
export const ALONE = master({ ...counted(0), replicas: [] });
export const STALE = master({ ...counted(0), replicas: [line(3)] });
export const FOLLOWS = replica(counted(0));
export const GONE: NodeView = { kind: 'refused', why: 'refused' };
export const SILENT: NodeView = { kind: 'frozen', why: 'frozen' };

export const at = (atMs: number, side: Side, view: NodeView): At => [
  atMs,
  { kind: 'looked', side, view, startedMs: atMs },
];
export const known = (atMs: number, run = '1', uptimeSeconds = 1_000_000) => ({ startedMs: atMs, run, uptimeSeconds });
export const says = (atMs: number, answer: LeaseAnswer): At => [atMs, { kind: 'leased', answer }];
export const free = (atMs: number, run?: string, up?: number): At =>
  says(atMs, { kind: 'free', ...known(atMs, run, up) });
export const ours = (atMs: number, run?: string, up?: number, tenure = 'tenure'): At =>
  says(atMs, { kind: 'held', tenure, ...known(atMs, run, up) });
export const taken = (atMs: number): At => says(atMs, { kind: 'taken', by: 'B', leftMs: 5000, ...known(atMs) });
export const away = (atMs: number): At => says(atMs, { kind: 'away', why: 'no answer' });
export const woken = (atMs: number): At => [atMs, { kind: 'woken' }];
export const attached = (atMs: number): At => [atMs, { kind: 'attached' }];
export const ended = (atMs: number): At => [atMs, { kind: 'ended', why: 'closed' }];

export interface Told {
  readonly state: LicenceState;
  /** What was to be done at the last event. */
  readonly kinds: readonly LicenceAction['kind'][];
  readonly wakeAtMs: number;
  readonly says: string;
}

export const tell = (events: readonly At[], policy = REFUSE, proof?: Proof): Told => {
  let state = licenceFrom(policy, proof);
  let last: Omit<Told, 'state' | 'says'> = { kinds: [], wakeAtMs: 0 };
  let nowMs = 0;
  for (const [atMs, event] of events) {
    nowMs = atMs;
    // The witness has answered what it was asked before, and nothing new.
    const answered = { ...state, lease: { ...state.lease, isAsking: false } };
    const stepped = licenceStep(answered, event, atMs);
    state = stepped.state;
    const kinds = stepped.actions.map(({ kind }) => kind);
    last = {
      kinds: kinds.filter((kind) => kind !== 'ask-lease' && kind !== 'renew-lease'),
      wakeAtMs: stepped.wakeAtMs,
    };
  }
  const words = sayPosition(licencePosition(state, nowMs), { nowMs, timeOf: String });
  return { state, ...last, says: words };
};

/** A pair that has been whole: local has led since 0, and nobody has had a lease since 100. */
export const WHOLE = [at(0, 'local', FED), at(50, 'peer', FOLLOWS), free(100), at(200, 'peer', FOLLOWS)] as const;
/** Local has followed, the peer is silent, and local was made a master at 1000. */
export const TAKES_OVER = [
  at(0, 'local', FOLLOWS),
  at(50, 'peer', FED),
  free(100),
  at(900, 'peer', SILENT),
  at(1000, 'local', ALONE),
] as const;
/** 4 s by a clock that is 2 % slower, and the way. */
export const FENCE_MS = 4280;
export const LICENSED = [...WHOLE, at(300, 'peer', GONE), at(301, 'local', ALONE), ours(302), attached(303)] as const;

export interface Row {
  readonly what: string;
  readonly after: readonly At[];
  readonly policy?: LicencePolicy;
  readonly does: readonly LicenceAction['kind'][];
  readonly says: string;
}
