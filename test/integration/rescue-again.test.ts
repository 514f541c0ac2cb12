/** The same side is rescued again and again, as by repairs that come to no end: the older rescues of others stay. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Rescuer } from '../../src/app/ports.ts';
import { writeSeen } from '../../src/redis/rescue-seen.ts';
import { createRescuer } from '../../src/redis/rescuer.ts';
import type { LoopbackNode } from '../lib/loopback.ts';
import { encode } from '../lib/resp.ts';
import { PLAIN } from './lib/plain-connection.ts';
import { NOBODY } from './lib/troubles.ts';
import { expectFailure, filesIn, Parting, REASON } from './parting.ts';

/** A rescue of something else, from long ago, which nobody has looked at. */
const OLDER = '20200813T101500Z-peer-3f2a9c01-1-2.resp';
const ROUNDS = 4;

let parting: Parting;
afterEach(() => parting.close());

const nothing = (): void => undefined;

interface Kept {
  readonly rescuer: Rescuer;
  readonly pruned: string[];
  readonly replaced: string[];
}

/** Two rescues are kept, and one is there already. */
const keepingTwo = async (bytesMax = 1e9): Promise<Kept> => {
  parting = await Parting.start();
  mkdirSync(parting.directory, { recursive: true });
  writeFileSync(join(parting.directory, OLDER), encode(['SET', 'k', 'v']));
  const [pruned, replaced]: [string[], string[]] = [[], []];
  const rescuer = createRescuer({
    connect: (endpoint) => ({ ...PLAIN, endpoint }),
    directory: parting.directory,
    keep: 2,
    bytesMax,
    clock: { wallIso: () => new Date().toISOString() },
    onPruned: async (removed) => void pruned.push(...removed.map((file) => basename(file))),
    onReplaced: async (elders) => void replaced.push(...elders.map((file) => basename(file))),
  });
  return { rescuer, pruned, replaced };
};

/** As after a step that failed: it was told to follow, and leads again, under a new id. */
const ledAgain = async ({ redis }: LoopbackNode): Promise<void> => {
  await redis.ask('REPLICAOF', ...NOBODY);
  await redis.ask('REPLICAOF', 'NO', 'ONE');
};

const rescues = (): readonly string[] => filesIn(parting.directory).filter((name) => /\.(resp|rdb)$/.test(name));

test('a dataset: each rescue takes the place of the one before', async () => {
  const { rescuer, pruned, replaced } = await keepingTwo();
  const { a } = parting;
  const made: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await a.redis.ask('SET', `k${String(round)}`, 'v');
    made.push(basename(await rescuer.saveDataset(parting.endpoint(a), REASON, nothing)));
    await ledAgain(a);
  }
  expect(rescues()).toEqual([OLDER, made.at(-1)]);
  expect(replaced).toEqual(made.slice(0, -1));
  expect(pruned).toEqual([]);
});

test('writes: each rescue takes the place of the one before that it goes on from', async () => {
  const { rescuer, pruned, replaced } = await keepingTwo();
  const { a } = parting;
  await parting.join();
  await parting.part();
  const made: string[] = [];
  const save = async (): Promise<void> => {
    await a.redis.ask('SET', `k${String(made.length)}`, 'v');
    made.push(basename(await rescuer.saveSuffix(await parting.range(a, 0), REASON)));
  };
  for (let round = 0; round < ROUNDS; round++) await save();
  await ledAgain(a);
  await save();
  expect(rescues()).toEqual([OLDER, made.at(-1)]);
  expect(replaced).toEqual(made.slice(0, -1));
  expect(pruned).toEqual([]);
});

test('what a merge was begun with stays, and so does what the server has lost since', async () => {
  const { rescuer, replaced } = await keepingTwo();
  const { a, b } = parting;
  await parting.join();
  await parting.part();
  await a.redis.ask('SET', 'merged', 'v');
  const merged = await rescuer.saveSuffix(await parting.range(a, 0), { ...REASON, mayBeReplayed: true });
  await a.redis.ask('SET', 'more', 'v');
  await rescuer.saveSuffix(await parting.range(a, 0), REASON);
  await rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
  await a.redis.ask('REPLICAOF', b.address, parting.pair.port);
  await parting.inStep(a, b);
  await a.redis.ask('REPLICAOF', 'NO', 'ONE');
  await rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
  expect(basename(merged)).toMatch(/\.resp$/);
  expect(replaced).toEqual([]);
});

test('what nobody has looked at is not pushed out, and what a person has seen is', async () => {
  const { rescuer, pruned } = await keepingTwo();
  const { a, b } = parting;
  const ofA = await rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
  const second = await rescuer.saveDataset(parting.endpoint(b), REASON, nothing);
  expect(rescues()).toEqual([OLDER, basename(ofA), basename(second)].toSorted());
  expect(pruned).toEqual([]);
  await writeSeen(join(parting.directory, OLDER), { at: '2026-08-13T10:15:00.000Z', by: 'show' });
  await a.redis.ask('REPLICAOF', b.address, parting.pair.port);
  await parting.inStep(a, b);
  await a.redis.ask('REPLICAOF', 'NO', 'ONE');
  await rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
  expect(pruned).toEqual([OLDER]);
  expect(filesIn(parting.directory).filter((name) => name.startsWith(OLDER))).toEqual([]);
});

test('where such rescues fill the room, no other one is made, and the reason says what to do', async () => {
  const { rescuer } = await keepingTwo(1);
  const { a } = parting;
  const saved = rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
  await expectFailure(saved, 'RESCUE_FAILED', /nobody has looked at fill rescue_max_bytes.*rescue prune --unseen/);
  expect(rescues()).toEqual([OLDER]);
});

test('the rescue that a new one will replace takes no room from it', async () => {
  const { rescuer } = await keepingTwo(100);
  const { a } = parting;
  await rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
  const second = await rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
  expect(rescues()).toEqual([OLDER, basename(second)]);
});
