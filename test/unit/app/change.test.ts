/** What a command waits for before and after the role moves, and what it says of itself. */
import { describe, expect, test } from 'vitest';
import type { ChangeWorld, Order } from '../../../src/app/change.ts';
import { change } from '../../../src/app/change.ts';
import type { Newer } from '../../../src/app/ports.ts';
import type { Marks } from '../../../src/core/marks.ts';
import { NO_MARKS } from '../../../src/core/marks.ts';
import type { VrrpState } from '../../../src/core/model.ts';
import { DRAINED, LOCAL, master, PAUSED, PEER, POLICY, replica } from '../core/builders.ts';
import { executionOf } from './execution.ts';
import { FakeNode } from './fake-node.ts';
import { NO_RESCUER } from './no-rescuer.ts';

const ADDRESS = '10.0.0.9';
/** What happens to a host while the command waits, by the time of that. */
interface Happening {
  readonly vrrpState?: VrrpState;
  readonly hasAddress?: boolean;
  readonly isMaster?: boolean;
}

interface Start extends Happening {
  readonly newer?: Newer;
  readonly address?: string;
  readonly notes?: readonly string[];
  readonly later?: Readonly<Record<number, Happening>>;
  /** The port of the peer is closed at the address. */
  readonly isPeerClosed?: boolean;
  /** Ctrl-C; 0: before anything is done. */
  readonly abortAtMs?: number;
  readonly order?: Partial<Order>;
  readonly marks?: Marks;
}

/** A local that leads already, unless it is said otherwise: `promote` finds nothing to do. */
const open = ({ later = {}, newer = 'nothing', order, address, notes = [], ...given }: Start = {}) => {
  const { isPeerClosed = false, abortAtMs, marks = NO_MARKS, ...start } = given;
  const over = new AbortController();
  if (abortAtMs === 0) over.abort();
  const announced: (readonly [string, VrrpState])[] = [];
  const told: string[] = [];
  const host: { vrrpState?: VrrpState; hasAddress?: boolean } = {};
  const leads = master({ replicas: [{ endpoint: PEER, online: true, offset: 100 }] });
  const local = new FakeNode(LOCAL, leads);
  const closed = isPeerClosed ? { addressClosed: true as const } : {};
  const peer = new FakeNode(PEER, replica({ runId: 'other', ...closed }, { endpoint: LOCAL }));
  const happen = ({ isMaster, ...now }: Happening): void => {
    Object.assign(host, now);
    if (isMaster !== undefined) local.view = isMaster ? leads : replica();
  };
  happen(start);
  const left = Object.entries(later).map(([atMs, happening]) => ({ atMs: Number(atMs), happening }));
  const execution = executionOf(local, peer, () => {
    if (abortAtMs !== undefined && execution.clock.nowMs() >= abortAtMs) over.abort();
    while (left[0] !== undefined && execution.clock.nowMs() >= left[0].atMs) happen(left.shift()?.happening ?? {});
  });
  const changing: ChangeWorld = {
    world: {
      ...execution,
      turn: { ...execution.turn, newer: () => Promise.resolve(newer) },
      memory: { load: () => Promise.resolve(undefined), save: () => Promise.resolve() },
      rescuer: NO_RESCUER,
      neighbours: { tell: () => Promise.resolve(undefined), secondWordMs: () => Promise.resolve(0) },
      stranger: (side) => (side === 'local' ? local : peer),
    },
    vrrpNow: () => host.vrrpState,
    outlook: () => Promise.resolve({ notes, address }),
    hasAddress: () => host.hasAddress === true,
    marks: () => marks,
    announce: (command, vrrpState) => {
      announced.push([command, vrrpState]);
      return Promise.resolve();
    },
    tell: (note) => told.push(note),
  };
  const run = () =>
    change(changing, {
      intent: 'promote',
      policy: POLICY,
      forced: false,
      healing: false,
      vrrpAgeMs: 60_000,
      signal: over.signal,
      ...order,
    });
  return { run, announced, told, local, peer, nowMs: () => execution.clock.nowMs() };
};

describe('what a command says of itself', () => {
  test.each([
    ['master', 'MASTER'],
    ['backup', 'BACKUP'],
    ['fault', 'FAULT'],
  ] as const)('%s of keepalived: %s, before it looks', async (intent, vrrpState) => {
    const { run, announced } = open({ newer: 'command', order: { intent } });
    expect((await run()).outcome.result).toBe('superseded');
    expect(announced).toEqual([[intent, vrrpState]]);
  });

  test('a repair says nothing; a person hears what came of it before the network is told for the last time', async () => {
    const { run, announced, told } = open({ order: { intent: 'master', healing: true } });
    await run();
    expect(announced).toEqual([]);
    expect(told).toEqual([expect.stringMatching(/^local is the master .*is told again .* for 4 s: Ctrl-C ends that$/)]);
  });

  test.each([
    ['MASTER', 'MASTER'],
    [undefined, 'BACKUP'],
  ] as const)('a promote repeats what keepalived said last: %s', async (vrrpState, expected) => {
    const { run, announced } = open(vrrpState === undefined ? {} : { vrrpState });
    await run();
    expect(announced).toEqual([['promote', expected]]);
  });

  test('notes are told before the role moves', async () => {
    const { run, told } = open({ notes: ['the address may go back'] });
    await run();
    expect(told).toEqual(['the address may go back']);
  });
});

describe('a promote on a host that keepalived keeps out', () => {
  test.each(['FAULT', 'STOP'] as const)('%s: refused after a second, and nothing is said', async (vrrpState) => {
    const { run, announced, told, nowMs } = open({ vrrpState, notes: ['the address may go back'] });
    await expect(run()).rejects.toMatchObject({ code: 'REFUSED_BY_RULE' });
    expect([announced, told, nowMs()]).toEqual([[], [], 1000]);
  });

  test('it is well again within that second: the promote goes on', async () => {
    const { run, announced } = open({ vrrpState: 'FAULT', later: { 500: { vrrpState: 'BACKUP' } } });
    expect((await run()).outcome.result).toBe('done');
    expect(announced).toEqual([['promote', 'BACKUP']]);
  });

  test('a person insists: it goes on at once, and says so before it looks', async () => {
    const { run, announced, nowMs } = open({ vrrpState: 'FAULT', order: { forced: true } });
    expect((await run()).outcome.result).toBe('done');
    expect([announced, nowMs()]).toEqual([[['promote', 'FAULT']], 0]);
  });
});

describe('on a node of which a person has said something', () => {
  const drained = { drained: DRAINED, paused: undefined };
  const paused = { drained: undefined, paused: PAUSED };

  test.each([
    ['drained', drained, /^this node is drained by ann .*new kernel/],
    ['paused', paused, /^this node is paused by bob .*new switch/],
  ] as const)('%s: a promote is refused, and nothing is said', async (_name, marks, message) => {
    const { run, announced } = open({ marks });
    await expect(run()).rejects.toMatchObject({
      code: 'REFUSED_BY_RULE',
      message: expect.stringMatching(message) as string,
      hint: 'redisha resume on this host ends that',
    });
    expect(announced).toEqual([]);
  });

  test('a person insists: the promote goes on', async () => {
    const { run } = open({ marks: drained, order: { forced: true } });
    expect((await run()).outcome.result).toBe('done');
  });

  test.each(['master', 'backup', 'fault'] as const)('paused: %s is recorded, and no server is told', async (intent) => {
    const { run, announced, local, peer } = open({ marks: paused, isMaster: false, order: { intent } });
    const { result, exitCode, message } = (await run()).outcome;
    expect([result, exitCode]).toEqual(['paused', 0]);
    expect(message).toMatch(/^recorded, and no role is changed: paused by bob/);
    expect(announced.map(([command]) => command)).toEqual([intent]);
    expect([local.told, peer.told]).toEqual([[], []]);
  });

  test('drained: keepalived is followed as ever', async () => {
    const { run } = open({ marks: drained, order: { intent: 'master' } });
    expect((await run()).outcome.result).toBe('done');
  });
});

describe('the address after a promote', () => {
  test('is waited for', async () => {
    const { run } = open({ address: ADDRESS, later: { 3000: { hasAddress: true } } });
    expect((await run()).arrival).toEqual({ address: ADDRESS, isHere: true, tookMs: 3000, hasRole: true });
  });

  test.each([true, false])('has not come after 20 s; the role has stayed: %s', async (hasRole) => {
    const { run } = open({ address: ADDRESS, later: { 19_000: { isMaster: hasRole } } });
    expect((await run()).arrival).toEqual({ address: ADDRESS, isHere: false, tookMs: 20_000, hasRole });
  });

  test('is not waited for where nobody knows which one it is, or after another command than promote', async () => {
    for (const start of [{}, { address: ADDRESS, order: { intent: 'master' } } as const]) {
      const { run, nowMs } = open(start);
      expect([(await run()).arrival, nowMs()]).toEqual([undefined, 0]);
    }
  });
});

describe('the port of the old master, which the hand-over has closed at the address', () => {
  const closed = { address: ADDRESS, isPeerClosed: true } as const;

  test.each([
    ['the address has come', { ...closed, later: { 3000: { hasAddress: true } } }],
    ['the address has not come', closed],
    ['the address has not come, and nobody waits any longer', { ...closed, abortAtMs: 3000 }],
    ['the command is interrupted before it waits', { ...closed, abortAtMs: 0 }],
  ])('is open again: %s', async (_name, start) => {
    const { run, peer } = open(start);
    await run();
    expect(peer.told).toEqual(['open']);
  });

  test('stays as it is where the promote is refused', async () => {
    const { run, peer } = open({ ...closed, vrrpState: 'FAULT' });
    await expect(run()).rejects.toMatchObject({ code: 'REFUSED_BY_RULE' });
    expect(peer.told).toEqual([]);
  });
});

describe('a promote that a newer command ends', () => {
  const ended = { newer: 'command', isMaster: false } as const;

  test('which makes this node the master: done, as soon as it is one', async () => {
    const { run, nowMs } = open({ ...ended, vrrpState: 'MASTER', later: { 2000: { isMaster: true } } });
    expect((await run()).outcome.result).toBe('superseded');
    expect(nowMs()).toBe(2000);
  });

  test('which makes it no master: failed, at once', async () => {
    const { run, nowMs } = open({ ...ended, vrrpState: 'BACKUP' });
    await expect(run()).rejects.toMatchObject({ code: 'STEP_FAILED' });
    expect(nowMs()).toBe(0);
  });

  test('which does not come to an end: failed, after 20 s', async () => {
    const { run, nowMs } = open({ ...ended, vrrpState: 'MASTER' });
    await expect(run()).rejects.toMatchObject({ code: 'STEP_FAILED' });
    expect(nowMs()).toBe(20_000);
  });
});
