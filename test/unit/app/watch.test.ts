/** The driver of the resident, over two servers that change under its eyes. */
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Checked, CheckInput } from '../../../src/app/check.ts';
import type { RedisNode, WatchedNode } from '../../../src/app/ports.ts';
import { type RunningWatch, watch, type WatchWorld } from '../../../src/app/watch.ts';
import type { Answering, VrrpState } from '../../../src/core/model.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { LOCAL, master, PEER, replica } from '../core/builders.ts';
import { OnlyLooks } from './only-looks.ts';

const POLICY = { tickMs: 200, stoppedMs: 300, silentMs: 2000, busyMs: 5000, heirMs: 400 };

class FakeNode extends OnlyLooks implements WatchedNode {
  readonly endpoint: RedisNode['endpoint'];
  #view: Answering;
  #demoted: () => void = () => undefined;
  isListenedTo = false;
  /** Its connection ends. */
  disconnect: () => void = () => undefined;
  looks = 0;
  /** What becomes of the next questions. */
  pulse = (): Promise<string> => Promise.resolve(this.#view.redisRole);

  constructor(endpoint: RedisNode['endpoint'], view: Answering) {
    super();
    this.endpoint = endpoint;
    this.#view = view;
  }

  become(view: Answering): void {
    this.#view = view;
    if (view.redisRole === 'replica') this.#demoted();
  }

  look(): Promise<Answering> {
    this.looks += 1;
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

  onClosed(listener: () => void): void {
    this.disconnect = listener;
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
  /** With what the file of looks says, the newest last. */
  readonly looked: boolean[];
  readonly running: RunningWatch;
}

const watching = (parts: Partial<WatchWorld> = {}): Watching => {
  const local = new FakeNode(LOCAL, master({ runId: 'one', processId: 1 }));
  const peer = new FakeNode(PEER, replica({ runId: 'other' }, { endpoint: LOCAL }));
  const told: boolean[] = [];
  const settled: Checked[] = [];
  const looked: boolean[] = [];
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
    after: (ms, listener) => {
      const timer = setTimeout(listener, ms);
      return () => {
        clearTimeout(timer);
      };
    },
    hearsEvents: true,
    saidAt: () => said.atMs,
    recall: () => ({ ...recalled, vrrpState: said.vrrpState }),
    serverState: () => 'asleep',
    settle: (checked) => {
      settled.push(checked);
      return Promise.resolve();
    },
    tell: (fit) => {
      told.push(fit);
    },
    claim: () => undefined,
    looked: (fit) => {
      looked.push(fit);
    },
    ...parts,
  };
  const running = watch(world, { policy: POLICY, before: undefined, pid: 1 });
  onTestFinished(running.stop);
  return { local, peer, said, told, settled, looked, running };
};

const after = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a master is listened to as soon as it has been seen', async () => {
  const watched = watching();
  await after(0);
  expect([watched.told, watched.local.isListenedTo]).toEqual([[true], true]);
});

test('a pair that becomes whole is written down, although what is seen has the same name', async () => {
  const watched = watching();
  watched.peer.become(replica({ runId: 'other' }, { endpoint: LOCAL, linkUp: false }));
  await after(0);
  expect(watched.settled.map(({ unremembered }) => unremembered)).toEqual([undefined]);
  const condition = watched.settled[0]?.condition;
  watched.peer.become(replica({ runId: 'other' }, { endpoint: LOCAL }));
  await after(1100);
  expect(watched.settled.at(-1)).toMatchObject({
    condition,
    unremembered: { runs: { local: 'one', peer: 'other' }, wasMaster: true },
  });
});

test('a role that is nowhere for a moment: what comes of it is seen at once, not at the next look', async () => {
  const watched = watching();
  // By then nothing is due for a while.
  await after(300);
  watched.local.become(replica({ runId: 'one', processId: 1 }));
  // In between the check has looked at both, and found nobody to be the master.
  await after(60);
  expect(watched.told.at(-1)).toBe(true);
  watched.peer.become(master({ runId: 'other' }));
  await after(60);
  expect(watched.told.at(-1)).toBe(false);
});

test('a server owes an answer: the verdict is what it was, until that is too long', async () => {
  const watched = watching();
  await after(0);
  // A command of some seconds: the peer is looked at meanwhile, and that alone is nothing to judge by.
  watched.local.pulse = () => new Promise(() => undefined);
  await after(2000);
  expect(watched.told).toEqual([true]);
  await after(1000);
  expect(watched.told.at(-1)).toBe(false);
});

test('an error that is no answer ends it', async () => {
  const watched = watching();
  await after(0);
  watched.local.pulse = () => Promise.reject(new TypeError('nobody foresaw this'));
  await Promise.all([expect(watched.running.ended).rejects.toThrow('nobody foresaw this'), after(2800)]);
});

test('an error while it is written down ends it as well', async () => {
  const watched = watching({ settle: () => Promise.reject(new TypeError('nor this')) });
  await Promise.all([expect(watched.running.ended).rejects.toThrow('nor this'), after(2800)]);
});

test('it is stopped: nobody is asked any more, and nothing is told', async () => {
  const watched = watching();
  await after(0);
  watched.running.stop();
  await expect(watched.running.ended).resolves.toBeUndefined();
  const { looks } = watched.local;
  watched.local.disconnect();
  watched.running.hurry();
  await after(60_000);
  expect([watched.local.looks, watched.told]).toEqual([looks, [true]]);
});

test('a look is noted about every second, and a change at once, with what keepalived is told', async () => {
  const watched = watching();
  await after(10_000);
  expect(watched.looked.length).toBeGreaterThanOrEqual(9);
  expect(watched.looked.length).toBeLessThanOrEqual(11);
  watched.local.become(replica({ runId: 'one', processId: 1 }));
  watched.peer.become(master({ runId: 'other' }));
  // At once, for a script may ask at any time.
  await after(60);
  expect([watched.looked[0], watched.looked.at(-1)]).toEqual([true, false]);
});

test.each(['local', 'peer'] as const)('the connection to %s ends: looked at, at once', async (side) => {
  const watched = watching();
  await after(300);
  const { looks } = watched[side];
  watched[side].disconnect();
  await after(0);
  expect(watched[side].looks).toBe(looks + 1);
});

test('a hurry, many times over: one look at each', async () => {
  const watched = watching();
  await after(300);
  const before = [watched.local.looks, watched.peer.looks];
  for (let time = 1; time <= 97; time += 1) watched.running.hurry();
  await after(0);
  expect([watched.local.looks, watched.peer.looks]).toEqual(before.map((looks) => looks + 1));
});

test('one after the other is written down: the next waits for the one before', async () => {
  let started = 0;
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
  const watched = watching({
    settle: () => {
      started += 1;
      return released;
    },
  });
  await after(300);
  watched.local.become(replica({ runId: 'one', processId: 1 }));
  watched.peer.become(master({ runId: 'other' }));
  await after(1000);
  expect([started, watched.told.at(-1)]).toEqual([1, false]);
  release(undefined);
  await after(0);
  expect(started).toBeGreaterThan(1);
});

test('how long the peer owes an answer', async () => {
  const watched = watching();
  await after(300);
  expect(watched.running.peerSilentMs()).toBe(0);
  watched.peer.pulse = () => new Promise(() => undefined);
  await after(1700);
  expect(watched.running.peerSilentMs()).toBe(1000);
});

test('who owes an answer is told of as of now, and who is gone by the look that found it so', async () => {
  const unheard: string[] = [];
  const watched = watching({ unheard: (_side, { kind }) => void unheard.push(kind) });
  await after(300);
  Object.assign(watched.peer, { look: () => Promise.resolve({ kind: 'refused', why: 'refused' }) });
  watched.peer.disconnect();
  await after(1000);
  expect([unheard, watched.settled.at(-1)?.condition.peer]).toEqual([[], 'refused']);
  watched.peer.pulse = () => new Promise(() => undefined);
  await after(5000);
  expect(new Set(unheard)).toEqual(new Set(['frozen']));
});

test('a node that is well again at once is told fit after a second, and no later', async () => {
  const watched = watching();
  await after(0);
  const [replicaNow, masterNow] = [replica({ runId: 'one', processId: 1 }), master({ runId: 'other' })];
  watched.peer.become(masterNow);
  watched.local.become(replicaNow);
  await after(60);
  expect(watched.told.at(-1)).toBe(false);
  watched.said.vrrpState = 'BACKUP';
  watched.said.atMs = 1;
  await after(900);
  expect(watched.told.at(-1)).toBe(false);
  await after(80);
  expect(watched.told.at(-1)).toBe(true);
});

test('what keepalived says is heard within a tick of a node that nobody hurries', async () => {
  const watched = watching();
  Object.assign(watched.said, { vrrpState: 'BACKUP' });
  watched.local.become(replica({ runId: 'one', processId: 1 }));
  watched.peer.become(master({ runId: 'other' }));
  await after(0);
  expect(watched.told).toEqual([true]);
  // A replica under the address is not fit, and nothing else has changed.
  Object.assign(watched.said, { vrrpState: 'MASTER', atMs: 1 });
  await after(4 * POLICY.tickMs + 60);
  expect(watched.told.at(-1)).toBe(false);
});
