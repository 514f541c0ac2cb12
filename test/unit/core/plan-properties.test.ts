/** What holds of every plan, whatever was seen. */
import type { Remembered } from '../../../src/core/memory.ts';
import { describe, expect, test } from 'vitest';
import { gapBeside } from '../../../src/core/gap.ts';
import type {
  Answering,
  Context,
  Evidence,
  Intent,
  NodeView,
  PairView,
  Side,
  Upstream,
} from '../../../src/core/model.ts';
import { isMaster, otherSide } from '../../../src/core/model.ts';
import { plan } from '../../../src/core/plan.ts';
import type { ServerVersion } from '../../../src/core/program.ts';
import { isPassive } from '../../../src/core/steps.ts';
import { contextOf, LOCAL, master, pairOf, PEER, POLICY, remembering, replica } from './builders.ts';
import * as fc from '../properties.ts';

const INTENTS: readonly Intent[] = ['master', 'backup', 'fault', 'promote'];
const id = fc.constantFrom('R', 'X', 'Y', 'Z');
const offset = fc.constantFrom(0, 90, 100, 120);

const history = fc
  .record({ replid: id, offset, replid2: fc.option(id, { nil: undefined }), partedOffset: offset })
  .filter(({ replid, replid2 }) => replid !== replid2)
  .map(({ replid, replid2, offset: at, partedOffset }) => ({
    replid,
    offset: replid2 === undefined ? at : Math.max(at, partedOffset),
    replid2,
    secondOffset: replid2 === undefined ? undefined : partedOffset + 1,
  }));

const upstream: fc.Arbitrary<Upstream> = fc.record({
  endpoint: fc.constantFrom(LOCAL, PEER),
  who: fc.constantFrom('other-side', 'other-side', 'itself', 'third-master', 'third-silent'),
  linkUp: fc.boolean(),
  syncing: fc.boolean(),
  syncLeftBytes: fc.constantFrom(-1, 0),
  linkDownSeconds: fc.constantFrom(-1, 0, 20),
  isTold: fc.boolean(),
});

const program: fc.Arbitrary<ServerVersion> = fc.constantFrom(
  { product: 'redis', version: [7, 0, 15] },
  { product: 'redis', version: [8, 0, 2] },
  { product: 'valkey', version: [8, 1, 1] },
);

const answering: fc.Arbitrary<Answering> = fc
  .record({
    redisRole: fc.constantFrom('master' as const, 'replica' as const),
    upstream,
    history,
    keys: fc.constantFrom(0, 10),
    loading: fc.constantFrom(false, false, false, true),
    mode: fc.constantFrom('standalone' as const, 'standalone' as const, 'standalone' as const, 'cluster' as const),
    version: fc.constantFrom([7, 0, 15] as const, [5, 0, 7] as const, [3, 2, 0] as const),
    program,
    refusedCommands: fc.constantFrom(0, 0, 2, undefined),
    hadFullCopy: fc.boolean(),
    uptimeSeconds: fc.constantFrom(3, 1000),
    failover: fc.constantFrom('none' as const, 'none' as const, 'none' as const, 'in-progress' as const),
    fence: fc.constantFrom(undefined, undefined, undefined, { minReplicasToWrite: 0, minReplicasMaxLag: 10 }),
    backlogFirstOffset: fc.constantFrom(1, 1, undefined),
  })
  .map((fields) => master({ ...fields, upstream: fields.redisRole === 'master' ? undefined : fields.upstream }));

const silent = fc
  .constantFrom(
    'refused',
    'unreachable',
    'unresolved',
    'frozen',
    'busy',
    'locked',
    'denied',
    'full',
    'unasked',
    'garbled',
  )
  .map((kind): NodeView => ({ kind, why: kind }));

const view: fc.Arbitrary<NodeView> = fc.oneof({ weight: 5, arbitrary: answering }, { weight: 1, arbitrary: silent });
const pair: fc.Arbitrary<PairView> = fc.tuple(view, view).map(([local, peer]) => pairOf(local, peer));
const side = fc.constantFrom<Side>('local', 'peer');

const suffix = fc.constantFrom(
  { kind: 'no-writes' } as const,
  { kind: 'writes', commands: 3 } as const,
  { kind: 'began-empty', keys: 3 } as const,
  { kind: 'unreadable', why: 'its backlog does not reach back that far' } as const,
);

const evidence: fc.Arbitrary<Evidence> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'none' as const }) },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        kind: fc.constant('examined' as const),
        local: suffix,
        peer: suffix,
        meet: fc.constantFrom<readonly string[]>([], ['0/k']),
        unmergeable: fc.constant('NOREPLICAS'),
      },
      { requiredKeys: ['kind', 'local', 'peer', 'meet'] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('saved' as const),
      loser: side,
      file: fc.constant('f'),
      merged: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('unsaved' as const), loser: side, why: fc.constant('no room') }),
  },
);

const ms = fc.constantFrom(0, 5000, 30_000, 120_000);

const runs = (...pairs: readonly (readonly [string, string])[]) =>
  fc.constantFrom(undefined, ...pairs.map(([local, peer]) => ({ local, peer })));

const memory: fc.Arbitrary<Remembered> = fc.record({
  keys: fc.constantFrom(0, 10),
  wasMaster: fc.constantFrom(undefined, false, true),
  data: fc.option(fc.record({ program, wholeRun: fc.constantFrom('run', 'before') }), { nil: undefined }),
  runs: runs(['run', 'other'], ['run', 'before'], ['before', 'other']),
  decided: runs(['run', 'other'], ['before', 'other']),
});

const context: fc.Arbitrary<Context> = fc.record({
  pair,
  intent: fc.constantFrom(...INTENTS),
  policy: fc.record({
    ...Object.fromEntries(Object.entries(POLICY).map(([name, value]) => [name, fc.constant(value)])),
    onStale: fc.constantFrom('refuse', 'promote'),
    onEmpty: fc.constantFrom('refuse', 'promote'),
    onDiverged: fc.constantFrom('merge', 'rescue', 'manual'),
    onRescueFailure: fc.constantFrom('refuse', 'proceed'),
  }) as fc.Arbitrary<Context['policy']>,
  forced: fc.boolean(),
  waitedMs: ms,
  vrrpAgeMs: ms,
  unchangedMs: ms,
  evidence,
  memory: fc.option(memory, { nil: undefined }),
});

const RUNS = { numRuns: 20_000 };

describe('every plan', () => {
  test('exists, keeps the invariants, and is the same for the same context', () => {
    fc.assert(
      fc.property(context, (seen) => {
        expect(plan(seen)).toEqual(plan(structuredClone(seen)));
      }),
      RUNS,
    );
  });

  test('touches nothing where local does not answer', () => {
    fc.assert(
      fc.property(context, silent, (seen, local) => {
        const { steps } = plan({ ...seen, pair: { ...seen.pair, local } });
        expect(steps.every(isPassive)).toBe(true);
      }),
    );
  });

  test('hands the role over to no node that may lack writes, unless a person insists', () => {
    fc.assert(
      fc.property(context, (seen) => {
        const { local, peer } = seen.pair;
        const isHandOver = plan({ ...seen, forced: false }).steps.some(({ kind }) => kind === 'handOver');
        const gap = gapBeside('local', local, peer, seen.memory?.data);
        expect(isHandOver ? gap : undefined).toBeUndefined();
      }),
      RUNS,
    );
  });

  test('makes no node follow one that is no master', () => {
    fc.assert(
      fc.property(context, (seen) => {
        const masters = new Set((['local', 'peer'] as const).filter((at) => isMaster(seen.pair[at])));
        const orphans: Side[] = [];
        for (const step of plan(seen).steps) {
          if (step.kind === 'promote') masters.add(step.side);
          if (step.kind !== 'follow') continue;
          if (!masters.has(otherSide(step.side))) orphans.push(step.side);
          masters.delete(step.side);
        }
        expect(orphans).toEqual([]);
      }),
      RUNS,
    );
  });
});

/** The same pair as the other node sees it. */
const swapped = ({ local, peer, ...rest }: PairView): PairView => ({
  ...rest,
  local: peer,
  peer: local,
  localEndpoint: rest.peerEndpoint,
  peerEndpoint: rest.localEndpoint,
  localSeenByPeer: rest.peerEndpoint,
  localAtPeer: undefined,
});

/** The sides, as local sees them, that the steps make a master and leave one. */
const promoted = (seen: Context, from: Side): readonly Side[] => {
  const { steps } = plan(seen);
  const made = steps.flatMap((step) => (step.kind === 'promote' ? [step.side] : []));
  const left = made.filter((at) => !steps.some((step) => step.kind === 'follow' && step.side === at));
  return left.map((at) => (from === 'local' ? at : otherSide(at)));
};

describe('both nodes of a pair that sees each other', () => {
  test('never make each another one the master, the one with the address and the one without', () => {
    fc.assert(
      fc.property(context, answering, answering, (seen, local, peer) => {
        const both = pairOf(local, peer);
        const common = { ...seen, forced: false, policy: { ...seen.policy, onStale: 'refuse' as const } };
        const mine = promoted({ ...common, intent: 'master', pair: both }, 'local');
        const theirs = promoted({ ...common, intent: 'backup', pair: swapped(both) }, 'peer');
        // Who detaches the other, so that its data is not overwritten, makes both masters by itself.
        const made = new Set([...(mine.length === 2 ? ['both'] : mine), ...theirs]);
        expect(made.size).toBeLessThan(2);
      }),
      RUNS,
    );
  });

  test.each(INTENTS)('have nothing to do for %s when they are at rest', (intent) => {
    const line = { endpoint: PEER, online: true, offset: 100 };
    const leads = intent === 'master' || intent === 'promote';
    const resting = leads
      ? pairOf(master({ replicas: [line] }), replica({}, { endpoint: LOCAL }))
      : pairOf(replica(), master());
    fc.assert(
      fc.property(context, (seen) => {
        const { policy, waitedMs, vrrpAgeMs, unchangedMs } = seen;
        const keys = seen.memory?.keys ?? 0;
        const at = { policy, waitedMs, vrrpAgeMs, unchangedMs, ...remembering({ keys }) };
        expect(plan(contextOf(intent, resting, at)).steps).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
