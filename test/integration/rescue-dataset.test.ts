/** The whole dataset of a real Redis, as a replica would get it. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { listRescues } from '../../src/redis/rescue-store.ts';
import { childPids } from '../lib/process.ts';
import type { RedisServer } from '../lib/redis.ts';
import { isSince, nameOf, serverOf } from '../lib/server.ts';
import { nowMs, waitFor } from '../lib/wait.ts';
import {
  digestOfRdb,
  expectFailure,
  failedToSave,
  filesIn,
  holdWrites,
  Parting,
  REASON,
  setBinary,
} from './parting.ts';

let parting: Parting;
const nothing = (): void => undefined;

/** A Redis with a dataset of every sort, and another that is not used. */
const alone = async (...lines: readonly string[]): Promise<Parting> => {
  parting = await Parting.start(lines);
  const { redis } = parting.a;
  await redis.ask('DEBUG', 'POPULATE', 20_000, 'key', 100);
  await setBinary(parting.a);
  await redis.askAll([
    ['SET', 'expiring', 'é', 'EX', 1000],
    ['SELECT', 3],
    ['XADD', 'stream', '*', 'f', 'v'],
  ]);
  return parting;
};

/** Redis before 6.2 does not start with a command that it does not know. */
const known = (rights: string): string => (isSince(serverOf('a'), [6, 2]) ? rights : rights.replace('+failover ', ''));

/** How often settings were looked at or changed; Valkey 9 looks at its own when it starts. */
const settingsUsed = async (redis: RedisServer): Promise<readonly string[]> =>
  [...(await redis.info('commandstats'))].filter(([name]) => name.startsWith('cmdstat_config')).flat();

afterEach(async () => {
  await parting.close();
});

describe.each([
  ['announced by its size', 'repl-diskless-sync no', undefined],
  ['ended by a mark', 'repl-diskless-sync yes', failedToSave],
])('a dataset %s', (_name, framing, prepare) => {
  test('is loaded by another Redis as it was', async () => {
    const { a } = await alone(framing, 'repl-diskless-sync-delay 1');
    await prepare?.(a);
    const settings = await settingsUsed(a.redis);
    const file = await parting.rescuer().saveDataset(parting.endpoint(a), REASON, nothing);
    expect(await digestOfRdb(file, join(a.dir, 'reader'))).toBe(await a.redis.digest());
    expect(await settingsUsed(a.redis), 'settings looked at or changed').toEqual(settings);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [rescue] = await listRescues(parting.directory);
    expect(rescue).toMatchObject({ file, side: 'local', record: { ...REASON, bytes: statSync(file).size } });
    expect(rescue?.record?.server).toContain(nameOf(serverOf('a')));
  });

  test('is saved while writes are held back, and progress is told meanwhile', async () => {
    // 20 000 keys at 100 us each make a save of two seconds.
    const { a } = await alone(framing);
    await prepare?.(a);
    await a.redis.ask('CONFIG', 'SET', 'rdb-key-save-delay', 100);
    await holdWrites(a);
    const beats = [nowMs()];
    const file = await parting.rescuer().saveDataset(parting.endpoint(a), REASON, () => beats.push(nowMs()));
    beats.push(nowMs());
    expect(await digestOfRdb(file, join(a.dir, 'reader'))).toBe(await a.redis.digest());
    expect(beats.length).toBeGreaterThan(3);
    const gaps = beats.slice(1).map((beat, index) => beat - (beats[index] ?? 0));
    const tookMs = gaps.reduce((sum, gap) => sum + gap, 0);
    expect(Math.max(...gaps), `of ${String(tookMs)} ms`).toBeLessThan(tookMs / 2);
  });

  test('leaves nothing behind when the server dies on the way', async () => {
    const { a } = await alone(framing);
    await prepare?.(a);
    await a.redis.ask('CONFIG', 'SET', 'rdb-key-save-delay', 1000);
    const saved = parting.rescuer().saveDataset(parting.endpoint(a), REASON, nothing);
    const failed = expectFailure(saved, 'RESCUE_FAILED', /connection/);
    const begun = () => a.redis.info('persistence');
    await waitFor('the save', { deadlineMs: 20_000 }, begun, (info) => info.get('rdb_bgsave_in_progress') === '1');
    // The process that saves ends with its server; that of 6.0 lives on, and the connection with it, for ever without a file.
    const savers = childPids(a.redis.pid);
    const killed = a.redis.kill();
    for (const pid of savers) process.kill(pid, 'SIGKILL');
    await killed;
    await failed;
    expect(filesIn(parting.directory)).toEqual([]);
  });
});

test('a dataset is not waited for where its server would wait before it sends one without a file', async () => {
  const { a } = await alone('repl-diskless-sync yes', 'repl-diskless-sync-delay 1000');
  const file = await parting.rescuer().saveDataset(parting.endpoint(a), REASON, nothing);
  expect(await digestOfRdb(file, join(a.dir, 'reader'))).toBe(await a.redis.digest());
});

describe('what a rescue notes of the history', () => {
  test('both ids where the rescue itself begins a new history', async () => {
    const { a } = await alone();
    const before = (await parting.view(a)).history;
    const file = await parting.rescuer().saveDataset(parting.endpoint(a), REASON, nothing);
    const after = (await parting.view(a)).history;
    expect(after.replid).not.toBe(before.replid);
    const [rescue] = await listRescues(parting.directory);
    expect(rescue?.record).toMatchObject({ replid: before.replid, content: { replidAfter: after.replid } });
    expect(file).toContain(before.replid.slice(0, 8));
  });

  test('the offset that the data is of', async () => {
    const { a } = await alone();
    await parting.join();
    const { history } = await parting.view(a);
    await holdWrites(a);
    await parting.rescuer().saveDataset(parting.endpoint(a), REASON, nothing);
    const [rescue] = await listRescues(parting.directory);
    expect(rescue?.record).toMatchObject({ content: { replidAfter: history.replid } });
    expect(rescue?.toOffset).toBeGreaterThanOrEqual(history.offset);
    expect(readFileSync(rescue?.file ?? '').toString('latin1')).toContain(history.replid);
  });
});

describe('who may rescue', () => {
  /** The rights that the manual asks for, and not one key. */
  const RIGHTS =
    '+ping +info +role +multi +exec +replicaof +slaveof +failover +client|pause +client|unpause +client|kill ' +
    '+client|list +client|info +config|get +config|set +config|rewrite +psync +sync +replconf +script|kill';
  test.each([
    ['with the least rights', RIGHTS],
    ['who may not touch the configuration', '+info +psync +replconf'],
  ])('a user %s', async (_name, rights) => {
    const { a } = await alone(`user redisha on >geheim ${known(rights)}`);
    await parting.join();
    await parting.part();
    await a.redis.ask('SET', 'k', 'v');
    const rescuer = parting.rescuer({ username: 'redisha', password: 'geheim' });
    const suffix = await rescuer.saveSuffix(await parting.range(a, 0), REASON);
    expect(readFileSync(suffix, 'utf8')).toContain('SET');
    const dataset = await rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
    expect(await digestOfRdb(dataset, join(a.dir, 'reader'))).toBe(await a.redis.digest());
    const sidecars = (await listRescues(parting.directory)).map(({ file }) => readFileSync(`${file}.json`, 'utf8'));
    expect(sidecars.join('')).not.toContain('geheim');
  });

  test('a user whose rights are gone is told, and nothing is left', async () => {
    const { a } = await alone('user redisha on >geheim +info +replconf');
    const rescuer = parting.rescuer({ username: 'redisha', password: 'geheim' });
    await expectFailure(rescuer.saveDataset(parting.endpoint(a), REASON, nothing), 'RESCUE_FAILED', /NOPERM/);
    expect(filesIn(parting.directory)).toEqual([]);
  });

  test('a password, and one where none is set', async () => {
    const { a } = await alone();
    const rescuer = parting.rescuer({ password: 'geheim' });
    await rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
    await a.redis.ask('CONFIG', 'SET', 'requirepass', 'geheim');
    await rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
    const wrong = parting.rescuer({ password: 'falsch' });
    await expectFailure(wrong.saveDataset(parting.endpoint(a), REASON, nothing), 'CREDENTIALS_REJECTED', /WRONGPASS/);
    const none = parting.rescuer().saveDataset(parting.endpoint(a), REASON, nothing);
    await expectFailure(none, 'CREDENTIALS_REJECTED', /NOAUTH/);
  });

  test('nobody where nothing listens, or where a replica has lost its master', async () => {
    const { a, b } = await alone();
    await parting.join();
    await a.redis.kill();
    const rescuer = parting.rescuer();
    await expectFailure(rescuer.saveDataset(parting.endpoint(a), REASON, nothing), 'REDIS_UNREACHABLE', /refused/);
    const look = () => b.redis.view();
    await waitFor('the link is down', { deadlineMs: 20_000 }, look, ({ linkUp }) => !linkUp);
    await expectFailure(rescuer.saveDataset(parting.endpoint(b), REASON, nothing), 'RESCUE_FAILED', /NOMASTERLINK/);
  });
});
