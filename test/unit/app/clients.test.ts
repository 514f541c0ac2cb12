/** What is said of the clients of the address, and how often, while they are listed and told. */
import { expect, test } from 'vitest';
import type { ClientsTold, ClientsWorld, ListedClients } from '../../../src/app/clients.ts';
import { keepClients, notesOnClients } from '../../../src/app/clients.ts';
import type { JournalEntry } from '../../../src/app/ports.ts';
import { CLIENTS_MAX, NO_RIGHT } from '../../../src/core/watch/clients.ts';
import { master } from '../core/builders.ts';
import { recordingLog } from '../host/recording-log.ts';

const PEER = master({ version: [7, 0, 15], connections: 5 });

const listed = (count: number, first = 0): ListedClients => ({
  clients: new Map(Array.from({ length: count }, (_, at) => [`10.0.0.5:${String(first + at)}`, '10.0.0.9:6379'])),
  last: 7,
  connections: 6,
  bytes: 100,
});

/** One whose time stands still unless it is told to go on, and in which everything answers at once. */
const openWorld = (list: ListedClients | string, told: Omit<ClientsTold, 'clients'> = { told: 1, why: undefined }) => {
  const { log, lines } = recordingLog();
  const entries: JournalEntry[] = [];
  const sent: number[] = [];
  let nowMs = 0;
  let wake: (() => void) | undefined;
  const world: ClientsWorld = {
    clock: { nowMs: () => nowMs, wallIso: () => '', delay: () => Promise.resolve(), random: () => 0 },
    after: (_, listener) => {
      wake = listener;
      return () => undefined;
    },
    list: () => Promise.resolve(list),
    tell: (clients) => {
      sent.push(clients.size);
      return Promise.resolve({ clients: clients.size, ...told });
    },
    mayTell: () => true,
    isHere: () => false,
    log,
    journal: { append: (entry) => Promise.resolve(void entries.push(entry)) },
  };
  const goOn = (ms: number): void => {
    nowMs += ms;
    wake?.();
  };
  return { world, lines, entries, sent, goOn };
};

const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** The peer is seen, then the address comes to this node, which is a master; the rounds go by. */
const moved = async ({ world, goOn }: ReturnType<typeof openWorld>) => {
  const clients = keepClients(world);
  clients.seen('peer', PEER);
  await settled();
  const { known } = clients.report;
  clients.seen('local', master());
  clients.arrived();
  await settled();
  for (const ms of [200, 300, 500, 1000, 2500, 4500]) {
    goOn(ms);
    await settled();
  }
  return { clients, known };
};

test('they are told seven times, which is said once, and forgotten then', async () => {
  const world = openWorld(listed(2), { told: 2, why: undefined });
  const { clients, known } = await moved(world);
  expect(known).toBe(2);
  expect(world.sent).toEqual([2, 2, 2, 2, 2, 2, 2]);
  expect(world.lines).toEqual([['info', 'clients-told', { clients: 2, told: 2 }]]);
  expect(world.entries).toEqual([{ event: 'clients-told', clients: 2, told: 2 }]);
  expect(clients.report.known).toBe(0);
});

test('where the right is missing, a warning says what to type', async () => {
  const world = openWorld(listed(2), { told: 0, why: NO_RIGHT });
  await moved(world);
  const fields = { clients: 2, told: 0, why: NO_RIGHT, hint: expect.stringContaining('install.sh') as string };
  expect(world.lines).toEqual([['warn', 'clients-told', fields]]);
  expect(world.entries).toEqual([{ event: 'clients-told', clients: 2, told: 0, why: NO_RIGHT }]);
});

test('where there are none, nothing is said', async () => {
  const world = openWorld(listed(0));
  await moved(world);
  expect([world.sent, world.lines]).toEqual([[], []]);
});

test('a list that cannot be had is said once for as long as the reason is the same, and not of a master that has just died', async () => {
  const world = openWorld('no permissions');
  const clients = keepClients(world.world);
  for (let time = 0; time < 3; time += 1) {
    clients.seen('peer', PEER);
    await settled();
    expect(world.lines).toHaveLength(time === 0 ? 0 : 1);
    world.goOn(60_000);
  }
  expect(world.lines).toEqual([['warn', 'clients-unknown', { why: 'no permissions' }]]);
  expect(clients.report.unknown).toBe('no permissions');
});

test('the newest are kept where there are too many', async () => {
  const world = openWorld(listed(CLIENTS_MAX + 5));
  const clients = keepClients(world.world);
  clients.seen('peer', PEER);
  await settled();
  expect(clients.report.known).toBe(CLIENTS_MAX);
});

test.each([
  [undefined, []],
  [{ known: 3, unknown: undefined, mayTell: true }, []],
  [{ known: 3, unknown: undefined, mayTell: undefined }, []],
  [{ known: 3, unknown: undefined, mayTell: false }, ['CAP_NET_RAW']],
  [{ known: 0, unknown: 'no permissions', mayTell: true }, ['no permissions']],
])('of %j a person is told of %j', (report, words) => {
  const notes = notesOnClients(report);
  expect(notes).toHaveLength(words.length);
  for (const [at, word] of words.entries()) expect(notes[at]).toContain(word);
});
