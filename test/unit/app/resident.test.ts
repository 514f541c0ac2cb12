/** What the resident decides at one port. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/host/clock.ts';
import { LOCAL, PAUSED, PEER, silent } from '../core/builders.ts';
import { orphaned } from './resident-port.ts';

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

test.each(['MASTER', 'BACKUP', 'FAULT'] as const)(
  'paused: %s is announced, and nothing is opened',
  async (vrrpState) => {
    const { resident, announced, opened, trouble, lines, local } = orphaned(undefined);
    trouble.paused = PAUSED;
    resident.hear(vrrpState);
    await after(100);
    expect([announced.length, opened, local.told]).toEqual([1, [], []]);
    expect(lines).toContainEqual(['warn', 'end', expect.objectContaining({ result: 'paused', exitCode: 0 })]);
    delete trouble.paused;
    resident.hear(vrrpState);
    await after(0);
    expect(opened.length).toBe(1);
  },
);

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

test('after a repair the network is told where the address is, and once more when the other node has given way', async () => {
  const { networkTold } = orphaned('MASTER');
  await after(4000);
  expect(networkTold).toHaveLength(1);
  await after(10_000);
  expect(networkTold).toHaveLength(2);
});

test('a repair leaves at once where another command is at work', async () => {
  const port = orphaned('MASTER');
  port.trouble.isTaken = true;
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

test.each([
  ['MASTER', 0],
  ['BACKUP', 1],
  ['FAULT', 1],
] as const)('%s looks at a peer that owes an answer for long: %i', async (vrrpState, looks) => {
  const { resident, peer } = orphaned('BACKUP');
  await after(10);
  peer.pulse = () => new Promise(() => undefined);
  await after(3000);
  peer.looks = 0;
  resident.hear(vrrpState);
  await after(0);
  expect(Math.min(1, peer.looks)).toBe(looks);
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
  port.trouble.isTaken = true;
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
  expect(written.at(-1)).toMatchObject({ processId: 1, condition: { row: 66, local: 'replica' } });
});
