/**
 * The whole dataset of the master replaced by what a file holds, as a person who puts a backup back wants it: what came since
 * is gone from the master, and in a rescue.
 *
 * Clients see the old dataset or the new one, and no mixture. Before the two change places the master is as it was, whatever
 * fails; afterwards the old one stays in the master until it is saved. So an acknowledged write is always in one of the two.
 */
import { RedishaError } from '../errors.ts';
import type { HeldDatabase, KeyBatch, OpenedRescue, ReplacedKeys, StandIn } from './ports/rescues.ts';
import type { OnProgress } from './rescue-diff.ts';
import { assertNotAborted } from './rescue-diff.ts';

export interface Replacement {
  /** Keys that clients see now, or would. */
  readonly keys: number;
  /** Keys that they saw before. */
  readonly before: number;
  /** The rescue of what they saw before; `undefined` where that was nothing, or in a dry run. */
  readonly saved: string | undefined;
  /** An earlier run was cut off after the change: its end was done now, and nothing else. */
  readonly finished: boolean;
}

export interface ReplaceWorld {
  readonly target: ReplacedKeys;
  readonly assertStillMaster: () => Promise<void>;
  readonly assertRoom: (datasetBytes: number) => Promise<void>;
  readonly saveOld: (standIns: readonly StandIn[]) => Promise<string>;
  /** Told as soon as clients see the new dataset, and where the old one is until it is saved. */
  readonly onReplaced: (standIns: readonly StandIn[]) => Promise<void>;
  /** Told before what was saved goes from the master. */
  readonly onSaved: (replacement: Replacement) => Promise<void>;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

const UNCHANGED = 'nothing is changed';
const refused = (why: string, hint: string): RedishaError => new RedishaError('REFUSED_BY_RULE', why, { hint });

const sum = (held: readonly HeldDatabase[]): number => held.reduce((all, { keys }) => all + keys, 0);

const AGAIN = 'run the same command again: it saves the old dataset and changes nothing else';

/** @throws {RedishaError} DONE_IN_PART: the old dataset stays in the master until it can be saved */
const saveAndTidy = async (
  { target, saveOld, onSaved }: ReplaceWorld,
  old: readonly StandIn[],
  so: Omit<Replacement, 'saved'>,
): Promise<Replacement> => {
  const places = old.map(({ spare }) => String(spare)).join(', ');
  const saved = await saveOld(old).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RedishaError(
      'DONE_IN_PART',
      `the dataset is replaced; the old one is in database ${places} of the master and could not be saved: ${why}`,
      { hint: AGAIN, cause },
    );
  });
  const replacement = { ...so, saved };
  await onSaved(replacement);
  for (const { spare } of old) await target.discard(spare);
  return replacement;
};

/** Which unused database stands in for each that the file or the master has keys in. The last ones are the least used. */
const standInsFor = (
  sizes: OpenedRescue['sizes'],
  held: readonly HeldDatabase[],
  count: number,
): readonly StandIn[] => {
  const databases = [...new Set([...sizes, ...held.map(({ database }) => [database] as const)].map(([of]) => of))];
  const outside = databases.find((database) => database >= count);
  if (outside !== undefined) {
    const limit = `the master has ${String(count)} databases and the file has keys in number ${String(outside)}`;
    throw refused(
      `${limit}; ${UNCHANGED}`,
      `set "databases" in the redis.conf of both nodes to more than ${String(outside)}`,
    );
  }
  const unused = Array.from({ length: count }, (_, at) => count - 1 - at).filter((at) => !databases.includes(at));
  if (unused.length < databases.length) {
    const wanted = `${String(databases.length)} unused databases are needed and the master has ${String(unused.length)}`;
    throw refused(`${wanted}; ${UNCHANGED}`, 'raise "databases" in the redis.conf of both nodes, or use --overwrite');
  }
  return databases.map((database, at) => ({ database, spare: unused[at] ?? 0 }));
};

/** @throws {RedishaError} REFUSED_BY_RULE where the master or this host has no room for both datasets */
const assertFits = async ({ target, assertRoom }: ReplaceWorld, { usedBytes }: OpenedRescue): Promise<void> => {
  const { datasetBytes, leftBytes } = await target.memory();
  if (leftBytes !== undefined && leftBytes < usedBytes) {
    const words = [usedBytes, Math.max(0, leftBytes)].map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`);
    throw refused(
      `the master holds both datasets for a while, and its maxmemory leaves ${words[1] ?? ''} of the ${words[0] ?? ''} needed; ${UNCHANGED}`,
      'raise maxmemory on both nodes meanwhile: redis-cli CONFIG SET maxmemory 0',
    );
  }
  await assertRoom(datasetBytes);
};

/** True afterwards: the stand-ins hold all that the rescue holds. */
const load = async (
  rescue: OpenedRescue,
  { target, signal, onProgress }: ReplaceWorld,
  standIns: readonly StandIn[],
): Promise<number> => {
  let [done, expired] = [0, 0];
  for await (const batch of rescue.present(undefined)) {
    assertNotAborted(signal);
    const spare = standIns.find(({ database }) => database === batch.database)?.spare ?? 0;
    const into: KeyBatch = { database: spare, keys: batch.keys };
    const ends = await target.restore(into, await rescue.values(batch), true);
    if (ends.includes('refused')) {
      throw refused(
        `the master cannot read the values of some keys of the file; ${UNCHANGED}`,
        'a newer release of the same server may read them; --only-missing restores the others',
      );
    }
    expired += ends.filter((end) => end === 'gone').length;
    done += batch.keys.length;
    onProgress(done, rescue.keyCount);
  }
  return done - expired;
};

/** Keys that somebody else wrote into a database that was unused would appear among those of the file. */
const assertUntouched = async (
  { target }: ReplaceWorld,
  standIns: readonly StandIn[],
  loaded: number,
): Promise<void> => {
  const { held } = await target.databases();
  const spares = held.filter(({ database }) => standIns.some(({ spare }) => spare === database));
  const isOurs = spares.length === standIns.length && spares.every(({ mark }) => mark?.kind === 'new');
  if (isOurs && sum(spares) - standIns.length <= loaded) return;
  const names = standIns.map(({ spare }) => String(spare)).join(', ');
  throw new RedishaError('SITUATION_CHANGED', `somebody else uses database ${names} of the master; ${UNCHANGED}`, {
    hint: 'raise "databases" in the redis.conf of both nodes',
  });
};

const discardAll = async (target: ReplacedKeys, standIns: readonly StandIn[]): Promise<void> => {
  for (const { spare } of standIns) await target.discard(spare);
};

const change = async (
  rescue: OpenedRescue,
  world: ReplaceWorld,
  standIns: readonly StandIn[],
  before: number,
): Promise<Replacement> => {
  const { target } = world;
  let keys = 0;
  try {
    await target.begin(standIns);
    keys = await load(rescue, world, standIns);
    await assertUntouched(world, standIns, keys);
    await world.assertStillMaster();
    await target.swap(standIns);
  } catch (error) {
    // What cannot be tidied now is known by its mark, and tidied by the next run.
    await discardAll(target, standIns).catch(() => undefined);
    throw error;
  }
  await world.onReplaced(standIns);
  const so = { keys, before, finished: false };
  if (before > 0) return saveAndTidy(world, standIns, so);
  await world.onSaved({ ...so, saved: undefined });
  await discardAll(target, standIns);
  return { ...so, saved: undefined };
};

/**
 * True afterwards: the master has exactly the keys of the rescue, and what it had before is in a rescue.
 * @throws {RedishaError} with nothing changed, but for DONE_IN_PART
 */
export const replaceAll = async (rescue: OpenedRescue, world: ReplaceWorld): Promise<Replacement> => {
  const { target, dryRun } = world;
  const { count, held } = await target.databases();
  const old = held.flatMap(({ database, mark }) =>
    mark?.kind === 'old' ? [{ database: mark.of, spare: database }] : [],
  );
  const before = held.filter(({ mark }) => mark === undefined);
  if (old.length > 0 && !dryRun) {
    const ofOld = held.filter(({ mark }) => mark?.kind === 'old');
    return saveAndTidy(world, old, { keys: sum(before), before: sum(ofOld) - ofOld.length, finished: true });
  }
  if (rescue.keyCount === 0)
    throw refused(`the file holds no keys; ${UNCHANGED}`, 'delete the keys by hand if that is meant');
  const standIns = standInsFor(rescue.sizes, before, count);
  await assertFits(world, rescue);
  if (dryRun) return { keys: rescue.keyCount, before: sum(before), saved: undefined, finished: false };
  for (const { database, mark } of held) if (mark?.kind === 'new') await target.discard(database);
  return change(rescue, world, standIns, sum(before));
};
