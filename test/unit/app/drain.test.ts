/** A drain whose address does not go where it should, and what it refuses before it changes anything. */
import { describe, expect, test } from 'vitest';
import { carryOutDrain } from '../../../src/app/drain/drain.ts';
import type { DrainWorld } from '../../../src/app/drain/prepare.ts';
import { prepareDrain } from '../../../src/app/drain/prepare.ts';
import { turnedJournal } from '../../../src/app/move-away.ts';
import type { JournalEntry, RedisNode } from '../../../src/app/ports.ts';
import type { Marks } from '../../../src/core/marks.ts';
import { NO_MARKS } from '../../../src/core/marks.ts';
import type { Answering, NodeView } from '../../../src/core/model.ts';
import { DRAINED, LOCAL, master, PAUSED, PEER, POLICY, replica, silent } from '../core/builders.ts';
import { executionOf } from './execution.ts';
import { FakeNode } from './fake-node.ts';
import { OnlyLooks } from './only-looks.ts';
import { NO_RESCUER } from './no-rescuer.ts';

const ADDRESS = '10.0.0.9';
/** Whoever has the address. */
class AtAddress extends OnlyLooks implements RedisNode {
  readonly endpoint = { host: ADDRESS, port: LOCAL.port };
  readonly #view: () => NodeView;

  constructor(view: () => NodeView) {
    super();
    this.#view = view;
  }

  look(): Promise<NodeView> {
    return Promise.resolve(this.#view());
  }

  sourceAddress(): undefined {
    return undefined;
  }

  close(): void {
    // Nothing is open.
  }
}

/** Whoever is told to follow is a replica in step at once, and its master lists it. */
class Linking extends FakeNode {
  leader: FakeNode | undefined;

  override async follow(): Promise<void> {
    await super.follow();
    const { leader } = this;
    if (leader === undefined) return;
    this.view = replica({ runId: this.view.runId }, { endpoint: leader.endpoint });
    leader.view = { ...leader.view, replicas: [{ endpoint: this.endpoint, online: true, offset: 100 }] };
  }
}

interface Start {
  readonly local?: Answering;
  readonly peer?: Partial<Answering>;
  /** Where the address goes once the peer leads. */
  readonly goes?: 'peer' | 'nowhere' | 'stays';
  readonly keepalived?: DrainWorld['keepalived'];
  readonly staying?: readonly string[];
  readonly marks?: Marks;
  readonly onCommit?: (local: FakeNode) => void;
  readonly hasWitness?: boolean;
  /** Why the other node cannot see the drain. */
  readonly untold?: string;
}

const leads = master({ replicas: [{ endpoint: PEER, online: true, offset: 100 }] });

const open = (start: Start = {}) => {
  const { goes = 'peer', keepalived = 'runs', staying = [], marks = NO_MARKS } = start;
  const local = new Linking(LOCAL, start.local ?? leads);
  const peer = new Linking(PEER, replica({ runId: 'other', ...start.peer }, { endpoint: LOCAL }));
  [local.leader, peer.leader] = [peer, local];
  const done: string[] = [];
  const journal: JournalEntry[] = [];
  const execution = executionOf(local, peer, () => undefined);
  const hasMoved = (): boolean => peer.view.redisRole === 'master';
  const atAddress = new AtAddress(() => (goes === 'peer' && hasMoved() ? peer.view : silent('unreachable')));
  const stranger = new AtAddress(() => master());
  const drain: DrainWorld = {
    world: {
      ...execution,
      journal: { append: (entry) => Promise.resolve(void journal.push(entry)) },
      eyes: {
        ...execution.eyes,
        interfaces: { addresses: () => [LOCAL.host] },
        resolver: { resolve: (host) => Promise.resolve([host]) },
        open: ({ host }) => (host === ADDRESS ? atAddress : host === LOCAL.host ? local : peer),
      },
      memory: { load: () => Promise.resolve(undefined), save: () => Promise.resolve() },
      rescuer: NO_RESCUER,
      neighbours: { tell: () => Promise.resolve(undefined), secondWordMs: () => Promise.resolve(0) },
      stranger: () => stranger,
    },
    policy: POLICY,
    marks: () => marks,
    hasAddress: () => !hasMoved() || goes === 'stays',
    hasWitness: start.hasWitness === true,
    address: ADDRESS,
    keepalived,
    staying,
    stage: () => {
      done.push('staged');
      return Promise.resolve({
        commit: () => {
          done.push('committed');
          start.onCommit?.(local);
          return Promise.resolve();
        },
        discard: () => Promise.resolve(void done.push('discarded')),
      });
    },
    unmark: () => Promise.resolve(done.push('unmarked')),
    tellServer: (isDrained) => {
      done.push(isDrained ? 'told' : 'untold');
      return Promise.resolve(start.untold);
    },
  };
  const prepare = () => prepareDrain(drain, { by: 'ann', why: undefined, signal: new AbortController().signal });
  const run = async () => carryOutDrain(await prepare());
  return { prepare, run, journal, done, local, peer, nowMs: () => execution.clock.nowMs() };
};

test('the role goes first, then the mark counts, then the address is at the peer', async () => {
  const { run, done, journal, local, peer } = open();
  expect(await run()).toMatchObject({ unsafe: undefined, hasMoved: true, wasDrained: false, notes: [] });
  expect(done).toEqual(['staged', 'told', 'committed']);
  expect([local.view.redisRole, peer.view.redisRole]).toEqual(['replica', 'master']);
  const written = journal.map(({ event, step, seenFrom }) => [
    event,
    seenFrom,
    (step as { from?: string } | undefined)?.from,
  ]);
  expect(written).toContainEqual(['step', 'peer', 'local']);
  expect(written.at(-1)).toEqual(['drained', undefined, undefined]);
});

test('what is done on the way is in the journal of this host, told from its own side', async () => {
  const written: JournalEntry[] = [];
  const journal = turnedJournal({ append: (entry) => Promise.resolve(void written.push(entry)) });
  await journal.append({ event: 'rescued', loser: 'peer', form: 'suffix', file: '/rescue/local', bytes: 3 });
  await journal.append({
    event: 'plan',
    local: 'replica',
    peer: 'master',
    why: 'the peer leads',
    steps: ['wait'],
    rule: 302,
  });
  expect(written).toMatchObject([
    { event: 'rescued', loser: 'local', file: '/rescue/local', bytes: 3, seenFrom: 'peer' },
    {
      local: 'master',
      peer: 'replica',
      why: 'seen from the peer: the peer leads',
      steps: ['seen from the peer: wait'],
    },
  ]);
});

const takesTheRole = (local: FakeNode): void => void (local.view = leads);

describe('the other node is drained at the same moment', () => {
  test('it has said so by now: refused before the role moves', async () => {
    const { prepare, done, local, peer } = open();
    const prepared = await prepare();
    peer.view = { ...peer.view, isDrained: true };
    await expect(carryOutDrain(prepared)).rejects.toMatchObject({
      code: 'REFUSED_BY_RULE',
      message: expect.stringContaining('nothing was changed: the peer is being drained as well') as string,
    });
    expect(done).toEqual(['staged', 'told', 'discarded', 'untold']);
    expect([local.view.redisRole, peer.view.redisRole]).toEqual(['master', 'replica']);
  });

  test('its role has come here: this node is not drained', async () => {
    const onCommit = takesTheRole;
    const { run, done } = open({ local: replica(), peer: { redisRole: 'master', upstream: undefined }, onCommit });
    await expect(run()).rejects.toMatchObject({ code: 'STEP_FAILED' });
    expect(done).toEqual(['staged', 'told', 'committed', 'unmarked', 'untold']);
  });
});

test.each([
  ['nowhere', 10_000],
  ['stays', 20_000],
] as const)('the address does not go (%s): all is as it was before, and it says so', async (goes, afterMs) => {
  const { run, done, local, peer, nowMs } = open({ goes });
  await expect(run()).rejects.toMatchObject({
    code: 'STEP_FAILED',
    message: expect.stringMatching(
      /^the address 10\.0\.0\.9 has not gone to the peer; the role is back here; this node is not drained$/,
    ) as string,
  });
  expect(done).toEqual(['staged', 'told', 'committed', 'unmarked', 'untold']);
  expect(nowMs()).toBeGreaterThanOrEqual(afterMs);
  expect(nowMs()).toBeLessThan(afterMs + 1_000);
  expect([local.view.redisRole, peer.view.redisRole]).toEqual(['master', 'replica']);
});

test('where the server may not say so, a person has to know that', async () => {
  const { run } = open({ untold: 'NOPERM config|set' });
  expect(await run()).toMatchObject({
    unsafe: undefined,
    notes: [expect.stringMatching(/do not drain it as well: NOPERM config\|set$/) as string],
  });
});

test.each([
  ['attached', 2, 0],
  ['missing', 1, 1],
])('with a witness, a licence of the peer that is %s', async (_, good, notes) => {
  const counted = { toWrite: 1, maxLagSeconds: 2, good };
  const { run } = open({ hasWitness: true, peer: { counted, replicas: leads.replicas } });
  const outcome = await run();
  expect(outcome.notes.filter((note) => note.startsWith('the peer has no licence yet'))).toHaveLength(notes);
});

const only = (marks: Partial<Marks>): Marks => ({ ...NO_MARKS, ...marks });

test.each<readonly [string, Start, RegExp]>([
  ['the node is paused', { marks: only({ paused: PAUSED }) }, /paused by bob/],
  ['the peer is drained', { peer: { isDrained: true } }, /the peer is drained/],
  ['keepalived does not run', { keepalived: 'gone' }, /nobody takes the address to the peer/],
  ['keepalived keeps the address', { staying: ['line 3: a weight'] }, /the address would stay here: line 3/],
  [
    'the peer loads',
    { peer: { loading: true, redisRole: 'master', upstream: undefined }, local: replica() },
    /does not lead/,
  ],
  ['nobody leads', { local: replica() }, /does not lead/],
])('%s: refused, and nothing is changed', async (_name, start, message) => {
  const { run, done, local, peer } = open(start);
  await expect(run()).rejects.toMatchObject({
    code: 'REFUSED_BY_RULE',
    message: expect.stringMatching(
      new RegExp(`^it is not safe, and nothing was changed: .*${message.source}`),
    ) as string,
  });
  expect([done, local.told, peer.told]).toEqual([[], [], []]);
});

test('a node that is drained already is looked at again, and no mark is put in its place', async () => {
  const { run, done } = open({ marks: only({ drained: DRAINED }) });
  expect(await run()).toMatchObject({ wasDrained: true, drained: DRAINED, unsafe: undefined });
  expect(done).toEqual(['told']);
});
