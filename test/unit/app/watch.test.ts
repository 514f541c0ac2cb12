/** A check that is held, over two servers that change under its eyes. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Checked, CheckInput } from '../../../src/app/check.ts';
import type { RedisNode, WatchedNode } from '../../../src/app/ports.ts';
import { watch, type WatchWorld } from '../../../src/app/watch.ts';
import type { Answering, VrrpState } from '../../../src/core/model.ts';
import { every, systemClock } from '../../../src/host/clock.ts';
import { LOCAL, master, PEER, replica } from '../core/builders.ts';

/** Shorter than what a server may be silent after the first question that it leaves open. */
const HELD_MS = 2800;
const POLICY = { tickMs: 200, stoppedMs: 300, silentMs: 2000, busyMs: 5000 };

const never = (): Promise<never> => Promise.reject(new Error('a check only looks'));

class FakeNode implements WatchedNode {
  readonly endpoint: RedisNode['endpoint'];
  #view: Answering;
  #demoted: () => void = () => undefined;
  isListenedTo = false;
  /** What becomes of the next questions. */
  pulse = (): Promise<string> => Promise.resolve(this.#view.redisRole);
  promote = never;
  follow = never;
  followAnew = never;
  startFailover = never;
  abortFailover = never;
  pauseWrites = never;
  resumeWrites = never;
  raiseFence = never;
  lowerFence = never;
  configGet = never;

  constructor(endpoint: RedisNode['endpoint'], view: Answering) {
    this.endpoint = endpoint;
    this.#view = view;
  }

  become(view: Answering): void {
    this.#view = view;
    if (view.redisRole === 'replica') this.#demoted();
  }

  look(): Promise<Answering> {
    return Promise.resolve(this.#view);
  }

  untilDemoted(): Promise<boolean> {
    this.isListenedTo = true;
    return new Promise((resolve) => {
      this.#demoted = () => {
        this.isListenedTo = false;
        resolve(true);
      };
    });
  }

  sourceAddress(): undefined {
    return undefined;
  }

  onClosed(): void {
    // Neither of them ever closes a connection.
  }

  close(): void {
    // Nothing is open.
  }
}

interface Watching {
  readonly local: FakeNode;
  readonly peer: FakeNode;
  /** What keepalived said last. */
  readonly said: { atMs: number; vrrpState: VrrpState };
  /** What keepalived was told, the newest last. */
  readonly told: boolean[];
  /** What was written down of it, the newest last. */
  readonly settled: Checked[];
  readonly ended: Promise<Checked>;
}

const watching = (): Watching => {
  const local = new FakeNode(LOCAL, master({ runId: 'one', processId: 1 }));
  const peer = new FakeNode(PEER, replica({ runId: 'other' }, { endpoint: LOCAL }));
  const told: boolean[] = [];
  const settled: Checked[] = [];
  const recalled: Omit<CheckInput, 'before'> = {
    policy: { loadingGraceMs: 10_000, busyGraceMs: 5000, handOverBudgetMs: 20_000 },
    deadlineMs: 1000,
    vrrpState: undefined,
    vrrpAgeMs: 100_000,
    memory: undefined,
  };
  const said: Watching['said'] = { atMs: 0, vrrpState: 'MASTER' };
  const world: WatchWorld = {
    clock: systemClock,
    local,
    peer,
    eyes: undefined,
    commandRunning: () => Promise.resolve(false),
    every,
    saidAt: () => said.atMs,
    recall: () => ({ ...recalled, vrrpState: said.vrrpState }),
    serverState: () => 'asleep',
    isOver: () => false,
    settle: (checked) => {
      settled.push(checked);
      return Promise.resolve();
    },
    tell: (fit) => {
      told.push(fit);
    },
  };
  const input = { policy: POLICY, untilMs: systemClock.nowMs() + HELD_MS, before: undefined, pid: 1, mayHold: true };
  return { local, peer, said, told, settled, ended: watch(world, input) };
};

const after = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a master is listened to as soon as it has been seen', async () => {
  const held = watching();
  await after(0);
  expect([held.told, held.local.isListenedTo]).toEqual([[true], true]);
});

test('a pair that becomes whole is written down, although what is seen has the same name', async () => {
  const held = watching();
  held.peer.become(replica({ runId: 'other' }, { endpoint: LOCAL, linkUp: false }));
  await after(0);
  expect(held.settled.map(({ unremembered }) => unremembered)).toEqual([undefined]);
  const condition = held.settled[0]?.condition;
  held.peer.become(replica({ runId: 'other' }, { endpoint: LOCAL }));
  await after(1100);
  expect(held.settled.at(-1)).toMatchObject({
    condition,
    unremembered: { runs: { local: 'one', peer: 'other' }, wasMaster: true },
  });
});

test('a role that is nowhere for a moment: what comes of it is seen at once, not at the next look', async () => {
  const held = watching();
  // By then nothing is due for a while.
  await after(300);
  held.local.become(replica({ runId: 'one', processId: 1 }));
  // In between the check has looked at both, and found nobody to be the master.
  await after(60);
  expect(held.told.at(-1)).toBe(true);
  held.peer.become(master({ runId: 'other' }));
  await after(60);
  expect(held.told.at(-1)).toBe(false);
});

test('its time is over while a server owes an answer: the verdict is what it was, and is not told again', async () => {
  const held = watching();
  await after(0);
  // A command of some seconds: the peer is looked at meanwhile, and that alone is nothing to judge by.
  held.local.pulse = () => new Promise(() => undefined);
  await after(HELD_MS - 1);
  expect(held.told).toEqual([true]);
  await after(1);
  await expect(held.ended).resolves.toMatchObject({ verdict: { fit: true } });
  expect(held.told).toEqual([true]);
});

test('an error that is no answer ends it', async () => {
  const held = watching();
  await after(0);
  held.local.pulse = () => Promise.reject(new TypeError('nobody foresaw this'));
  await Promise.all([expect(held.ended).rejects.toThrow('nobody foresaw this'), after(HELD_MS)]);
});

test('a node that is well again at once is told fit after a second, and no later', async () => {
  const held = watching();
  await after(0);
  const [replicaNow, masterNow] = [replica({ runId: 'one', processId: 1 }), master({ runId: 'other' })];
  held.peer.become(masterNow);
  held.local.become(replicaNow);
  await after(60);
  expect(held.told.at(-1)).toBe(false);
  held.said.vrrpState = 'BACKUP';
  held.said.atMs = 1;
  await after(900);
  expect(held.told.at(-1)).toBe(false);
  await after(80);
  expect(held.told.at(-1)).toBe(true);
});

test('what keepalived says is heard within a tick of a node that nobody hurries', async () => {
  const held = watching();
  Object.assign(held.said, { vrrpState: 'BACKUP' });
  held.local.become(replica({ runId: 'one', processId: 1 }));
  held.peer.become(master({ runId: 'other' }));
  await after(0);
  expect(held.told).toEqual([true]);
  // A replica under the address is not fit, and nothing else has changed.
  Object.assign(held.said, { vrrpState: 'MASTER', atMs: 1 });
  await after(4 * POLICY.tickMs + 60);
  expect(held.told.at(-1)).toBe(false);
});
