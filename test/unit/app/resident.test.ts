/** One port as the resident has it, over two servers that do what they are told at once. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Announcement, LastCheck, WatchedNode } from '../../../src/app/ports.ts';
import type { OwnCommand, Resident, ResidentWorld } from '../../../src/app/resident.ts';
import { reside } from '../../../src/app/resident.ts';
import type { NodeView, VrrpState } from '../../../src/core/model.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { LOCAL, master, PEER, POLICY, replica, silent } from '../core/builders.ts';
import { recordingLog } from '../host/recording-log.ts';
import { FakeNode } from './fake-node.ts';

const WATCH = { tickMs: 100, stoppedMs: 300, silentMs: 500, busyMs: 5000, heirMs: 400 };
const CHECK = { loadingGraceMs: 10_000, busyGraceMs: 5000, handOverBudgetMs: 20_000 };

class WatchedFake extends FakeNode implements WatchedNode {
  looks = 0;
  /** What is seen instead, where the server does not answer. */
  silence: NodeView | undefined;

  override look(): Promise<never> {
    this.looks++;
    return Promise.resolve((this.silence ?? this.view) as never);
  }

  pulse(): Promise<string | undefined> {
    return Promise.resolve(this.silence === undefined ? this.view.redisRole : undefined);
  }

  untilDemoted(): Promise<boolean> {
    return new Promise(() => undefined);
  }

  onClosed(): void {
    // Neither of them ever closes a connection.
  }
}

interface Port {
  readonly resident: Resident;
  readonly local: WatchedFake;
  readonly peer: WatchedFake;
  readonly lines: ReturnType<typeof recordingLog>['lines'];
  /** What was announced, by the number of the command. */
  readonly announced: (readonly [number, Omit<Announcement, 'saidMs'>])[];
  /** Which command was opened for what. */
  readonly opened: (readonly [number, string])[];
  readonly told: boolean[];
  readonly written: LastCheck[];
  readonly over: AbortController;
  /** What the next commands run into. */
  readonly trouble: { announce?: Error; open?: Error; tell?: string; isHeld: boolean; lateMs?: number };
  /** When somebody was last known to look. */
  readonly looked: number[];
}

const nobody = (): never => {
  throw new Error('nothing is saved here');
};

/** Local is a replica, and its master is gone. */
const orphaned = (said: VrrpState | undefined, sinceMs = 60_000): Port => {
  const [local, peer] = [new WatchedFake(LOCAL, replica({ processId: 1 })), new WatchedFake(PEER, master())];
  peer.silence = silent('refused');
  const { log, lines } = recordingLog();
  const announced: (readonly [number, Omit<Announcement, 'saidMs'>])[] = [];
  const [opened, told, written]: [(readonly [number, string])[], boolean[], LastCheck[]] = [[], [], []];
  const looked: number[] = [];
  const over = new AbortController();
  const trouble: Port['trouble'] = { isHeld: false };
  let vrrpState = said;
  let commands = 0;
  const memory = { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };
  const eyes = {
    local,
    peer,
    interfaces: { addresses: () => [LOCAL.host] },
    resolver: { resolve: (host: string) => Promise.resolve([host]) },
    open: () => peer,
  };
  const nextCommand = (): OwnCommand => {
    const nth = ++commands;
    return {
      announce: (saying) => {
        if (trouble.announce !== undefined) return Promise.reject(trouble.announce);
        announced.push([nth, saying]);
        ({ vrrpState } = saying);
        return Promise.resolve(undefined);
      },
      open: (intent) => {
        opened.push([nth, intent]);
        if (trouble.open !== undefined) return Promise.reject(trouble.open);
        return Promise.resolve({
          world: {
            clock: systemClock,
            log,
            journal: { append: () => Promise.resolve() },
            turn: {
              acquire: () => Promise.resolve(trouble.isHeld ? 'held' : 'acquired'),
              release: () => Promise.resolve(),
              newer: () => Promise.resolve('nothing'),
            },
            eyes,
            memory,
            salvage: { read: nobody, saveSuffix: nobody, saveDataset: nobody, replay: nobody, findReplayed: nobody },
            neighbours: { tell: () => Promise.resolve(undefined) },
            stranger: nobody,
          },
          policy: POLICY,
          vrrpAgeMs: sinceMs,
        });
      },
    };
  };
  const world: ResidentWorld = {
    port: 6379,
    pair: { local: LOCAL.host, peer: PEER.host },
    log,
    watching: {
      clock: systemClock,
      local,
      peer,
      eyes: undefined,
      commandRunning: () => Promise.resolve(false),
      after: (ms, listener) => {
        const timer = setTimeout(listener, ms + (trouble.lateMs ?? 0));
        return () => {
          clearTimeout(timer);
        };
      },
      saidAt: () => announced.length,
      recall: () => ({ policy: CHECK, deadlineMs: 1000, vrrpState, vrrpAgeMs: sinceMs, rememberedKeys: undefined }),
      serverState: () => 'asleep',
      looked: () => {
        looked.push(systemClock.nowMs());
      },
    },
    policy: WATCH,
    warnings: [],
    lastCheck: {
      read: () => undefined,
      write: (last) => {
        written.push(last);
        return undefined;
      },
    },
    memory: () => memory,
    tell: (fit) => {
      told.push(fit);
      return trouble.tell;
    },
    nextCommand,
    signal: over.signal,
  };
  const resident = reside(world);
  resident.ended.catch(() => undefined);
  return { resident, local, peer, lines, announced, opened, told, written, over, trouble, looked };
};

const after = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ['MASTER', 'master'],
  ['BACKUP', 'backup'],
  ['FAULT', 'fault'],
] as const)('%s is announced, and followed by `%s`', async (vrrpState, command) => {
  const { resident, announced, opened } = orphaned(undefined);
  resident.hear(vrrpState);
  expect(announced).toEqual([[1, { command, vrrpState, isRecord: false, local: LOCAL.host, peer: PEER.host }]]);
  await after(0);
  expect(opened).toEqual([[1, command]]);
});

test('STOP is written down, and nothing is changed', async () => {
  const { resident, announced, opened } = orphaned(undefined);
  resident.hear('STOP');
  await after(100);
  expect(announced.map(([, { command, isRecord }]) => [command, isRecord])).toEqual([['stop', true]]);
  expect(opened).toEqual([]);
});

test('events are announced in their order before the next one is heard, each by a younger command', () => {
  const { resident, announced } = orphaned(undefined);
  for (const told of ['MASTER', 'BACKUP', 'MASTER'] as const) resident.hear(told);
  expect(announced.map(([nth, { vrrpState }]) => [nth, vrrpState])).toEqual([
    [1, 'MASTER'],
    [2, 'BACKUP'],
    [3, 'MASTER'],
  ]);
});

test('MASTER makes this node the master where the peer is gone, and the watch sees it', async () => {
  const { resident, local, told } = orphaned('BACKUP');
  await after(200);
  resident.hear('MASTER');
  await after(1500);
  expect(local.told).toContain('promote');
  expect([told.at(-1), resident.report()?.fit]).toEqual([true, true]);
});

test('a role that is away from the address is repaired, and keepalived is said to have said nothing', async () => {
  const { local, announced, opened } = orphaned('MASTER');
  await after(3000);
  expect([opened[0], announced]).toEqual([[1, 'master'], []]);
  expect(local.told).toContain('promote');
});

test('a repair leaves at once where another command is at work', async () => {
  const port = orphaned('MASTER');
  port.trouble.isHeld = true;
  await after(3000);
  expect(port.opened).toHaveLength(1);
  expect(port.local.told).toEqual([]);
  await port.resident.idle();
});

test('a rival is a look at both servers, however often it is heard of', async () => {
  const { resident, local, peer, announced } = orphaned('BACKUP');
  await after(10);
  const before = [local.looks, peer.looks];
  for (let nth = 0; nth < 97; nth++) resident.hear('rival');
  await after(1);
  expect([local.looks, peer.looks].map((looks, side) => looks - (before[side] ?? 0))).toEqual([1, 1]);
  expect(announced).toEqual([]);
});

test('rivals that are heard of faster than a busy host wakes put nothing off', async () => {
  const { resident, trouble, looked } = orphaned('BACKUP');
  await after(10);
  trouble.lateMs = 50;
  const startMs = systemClock.nowMs();
  for (let nth = 0; nth < 500; nth++) {
    resident.hear('rival');
    await after(10);
  }
  expect(looked.filter((atMs) => atMs > startMs).length).toBeGreaterThan(2);
});

test('a bug in a change is logged, and the watch goes on', async () => {
  const port = orphaned('BACKUP');
  port.trouble.open = new Error('nobody foresaw this');
  port.resident.hear('MASTER');
  await after(100);
  expect(port.lines.filter(([, event]) => event === 'bug')).toEqual([
    ['error', 'bug', { intent: 'master', error: expect.stringContaining('nobody foresaw this') as string }],
  ]);
  const { looks } = port.local;
  await after(2000);
  expect(port.local.looks).toBeGreaterThan(looks);
});

test('an announcement that nobody foresaw ends the watch with its reason', async () => {
  const port = orphaned('BACKUP');
  port.trouble.announce = new Error('nobody foresaw this');
  port.resident.hear('MASTER');
  await expect(port.resident.ended).rejects.toThrow('nobody foresaw this');
});

test('what keepalived cannot be told is logged once, and again when it is another problem', async () => {
  const port = orphaned(undefined);
  port.trouble.tell = 'no room';
  for (let nth = 0; nth < 4; nth++) {
    port.local.silence = nth % 2 === 0 ? silent('refused') : undefined;
    await after(3000);
  }
  port.trouble.tell = 'no right';
  port.local.silence = silent('refused');
  await after(3000);
  expect(port.told.length).toBeGreaterThan(2);
  expect(
    port.lines.flatMap(([, event, fields]) => (event === 'keepalived-not-told' ? [fields?.['problem']] : [])),
  ).toEqual(['no room', 'no right']);
});

test('it is idle when what is at work has ended with the signal', async () => {
  const port = orphaned('BACKUP');
  port.trouble.isHeld = true;
  port.resident.hear('MASTER');
  await after(100);
  const idle = vi.fn<() => void>();
  void port.resident.idle().then(idle);
  await after(100);
  expect(idle).not.toHaveBeenCalled();
  port.over.abort();
  await after(100);
  expect(idle).toHaveBeenCalledOnce();
});

test('what was found is written down for the next process', async () => {
  const { written } = orphaned('BACKUP');
  await after(100);
  expect(written.at(-1)).toMatchObject({ processId: 1, condition: expect.stringContaining('local replica') as string });
});
