/** Views with defaults, so that a test names only what it is about. */
import type { Remembered } from '../../../src/core/memory.ts';
import type { CheckFacts } from '../../../src/core/check-facts.ts';
import type { Drained, Paused } from '../../../src/core/marks.ts';
import type {
  Answering,
  Context,
  Evidence,
  History,
  Intent,
  NodeView,
  PairView,
  Policy,
  Side,
  Silent,
  Upstream,
} from '../../../src/core/model.ts';
import { isAnswering } from '../../../src/core/model.ts';

export const LOCAL = { host: '10.0.0.1', port: 6379 };
export const PEER = { host: '10.0.0.2', port: 6379 };

export const POLICY: Policy = {
  onStale: 'refuse',
  onEmpty: 'refuse',
  onDiverged: 'merge',
  onRescueFailure: 'refuse',
  syncTimeoutMs: 10_000,
  frozenTimeoutMs: 1000,
  peerMasterTimeoutMs: 30_000,
  linkTimeoutMs: 60_000,
  handOverTimeoutMs: 3000,
  loadingTimeoutMs: 15_000,
};

/** `at('R', 100)`: all of history R up to offset 100; `at('X', 120, 'R', 100)`: R up to 100, then X up to 120. */
export const at = (replid: string, offset: number, replid2?: string, partedOffset = 0): History => ({
  replid,
  offset,
  replid2,
  secondOffset: replid2 === undefined ? undefined : partedOffset + 1,
});

export const master = (changes: Partial<Answering> = {}): Answering => ({
  kind: 'answering',
  version: [7, 0, 15],
  program: { product: 'redis', version: [7, 0, 15] },
  refusedCommands: 0,
  hadFullCopy: false,
  mode: 'standalone',
  runId: 'run',
  uptimeSeconds: 1000,
  redisRole: 'master',
  loading: false,
  loadingEtaSeconds: 0,
  history: at('R', 100),
  keys: 10,
  changesSinceSave: 0,
  databases: [0],
  upstream: undefined,
  replicas: [],
  failover: 'none',
  fence: undefined,
  backlogFirstOffset: 1,
  ...changes,
});

export const upstream = (changes: Partial<Upstream> = {}): Upstream => ({
  endpoint: PEER,
  who: 'other-side',
  linkUp: true,
  syncing: false,
  syncLeftBytes: 0,
  linkDownSeconds: 0,
  ...changes,
});

export const replica = (changes: Partial<Answering> = {}, link: Partial<Upstream> = {}): Answering =>
  master({ redisRole: 'replica', upstream: upstream(link), ...changes });

export const DRAINED: Drained = { by: 'ann', at: '2026-11-30T10:00:00.000Z', why: 'new kernel' };

export const PAUSED: Paused = {
  by: 'bob',
  at: '2026-11-30T10:00:00.000Z',
  why: 'new switch',
  until: '2026-11-30T12:00:00.000Z',
  forMs: 7_200_000,
  boot: 'one',
  sinceMs: 0,
  untilWallMs: 0,
};

export const silent = (kind: Silent['kind'], why = kind): Silent => ({ kind, why });

export const pairOf = (local: NodeView, peer: NodeView, changes: Partial<PairView> = {}): PairView => {
  const attached = isAnswering(local) && local.upstream?.who === 'other-side' && local.upstream.linkUp;
  const isFollowed = isAnswering(peer) && peer.upstream?.who === 'other-side' && peer.upstream.linkUp;
  const line = { online: true, offset: 100 };
  return {
    local,
    peer: isAnswering(peer) && peer.runId === 'run' ? { ...peer, runId: 'other' } : peer,
    localEndpoint: LOCAL,
    peerEndpoint: PEER,
    localSeenByPeer: LOCAL,
    localAtPeer: attached ? { ...line, endpoint: LOCAL } : undefined,
    ...(isFollowed ? { peerAtLocal: { ...line, endpoint: PEER } } : {}),
    ...changes,
  };
};

/** Nothing of note but what a test names. */
export const remembering = (changes: Partial<Remembered>): { readonly memory: Remembered } => ({
  memory: { keys: 0, ...changes },
});

export const contextOf = (intent: Intent, pair: PairView, changes: Partial<Context> = {}): Context => ({
  pair,
  intent,
  policy: POLICY,
  forced: false,
  waitedMs: 0,
  vrrpAgeMs: 0,
  unchangedMs: 0,
  evidence: { kind: 'none' },
  memory: undefined,
  ...changes,
});

/** What a check goes by: another node than the one with the address, and nothing else of note. */
export const checkOf = (
  local: NodeView,
  peer: NodeView | undefined,
  changes: Partial<CheckFacts> = {},
): CheckFacts => ({
  local,
  peer,
  vrrpState: 'BACKUP',
  vrrpAgeMs: 3_600_000,
  commandRunning: false,
  unchangedMs: 0,
  memory: undefined,
  policy: { loadingGraceMs: 10_000, busyGraceMs: 5000, handOverBudgetMs: 20_000 },
  ...changes,
});

const writes = { kind: 'writes', commands: 3 } as const;
const manyWrites = { kind: 'writes', commands: 1_000_000 } as const;
const noWrites = { kind: 'no-writes' } as const;
const unreadable = { kind: 'unreadable', why: 'its backlog does not reach back that far' } as const;

export const EVIDENCE = {
  apart: { kind: 'examined', local: writes, peer: writes, meet: [] },
  meet: { kind: 'examined', local: writes, peer: writes, meet: ['0/k'] },
  localWroteNothing: { kind: 'examined', local: noWrites, peer: writes, meet: [] },
  onlyPeerWroteFew: { kind: 'examined', local: noWrites, peer: writes, meet: [] },
  onlyPeerWroteAgain: { kind: 'examined', local: noWrites, peer: { ...writes, keys: 2 }, meet: [] },
  onlyPeerWroteMuch: { kind: 'examined', local: noWrites, peer: manyWrites, meet: [] },
  onlyPeerWroteRefused: { kind: 'examined', local: noWrites, peer: writes, meet: [], unmergeable: 'NOREPLICAS' },
  apartRefused: { kind: 'examined', local: writes, peer: writes, meet: [], unmergeable: 'NOREPLICAS' },
  onlyPeerWroteAnyKey: { kind: 'examined', local: noWrites, peer: writes, meet: ['any key (FLUSHALL)'] },
  peerWroteNothing: { kind: 'examined', local: writes, peer: noWrites, meet: [] },
  peerUnreadable: { kind: 'examined', local: writes, peer: unreadable, meet: [] },
  localBeganEmpty: { kind: 'examined', local: { kind: 'began-empty', keys: 3 }, peer: unreadable, meet: [] },
  localBeganEmptyAndGrew: {
    kind: 'examined',
    local: { kind: 'began-empty', keys: 20_001 },
    peer: unreadable,
    meet: [],
  },
  localUnreadable: { kind: 'examined', local: unreadable, peer: writes, meet: [] },
} as const satisfies Record<string, Evidence>;

export const saved = (loser: Side): Evidence => ({ kind: 'saved', loser, file: 'f.resp', merged: false });
export const unsaved = (loser: Side): Evidence => ({ kind: 'unsaved', loser, why: 'no room' });
