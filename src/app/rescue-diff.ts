/** What a rescue holds that the live master does not, key by key and in bounded memory. Changes nothing on either. */
import { RedishaError } from '../errors.ts';
import type { Doubts, KeyBatch, KeySpace, Likeness, OpenedRescue, Value } from './ports/rescues.ts';

/** So many keys of each sort are named; all are counted. */
export const NAMED_MAX = 1000;
/** Two hosts' clocks may be apart by so much, and a time to live is compared through them. */
const TTL_TOLERANCE_MS = 5_000;
/** RDB version and checksum, which differ between versions of Redis. Source: redis/src/cluster.c createDumpPayload. */
const DUMP_FOOTER_BYTES = 10;

/** `ttl` is of the key, or of a field of a hash. */
export type Difference = Exclude<Likeness, 'same'> | 'removed in the rescue' | 'changed in the rescue';

export interface NamedKey {
  readonly database: number;
  readonly key: Buffer;
  /** What differs, where the live master has the key. */
  readonly what: Difference | undefined;
  /** The rescue shows only what its commands did to the key, not what was there before. */
  readonly byEffect: boolean;
}

export interface Counted {
  readonly count: number;
  readonly named: readonly NamedKey[];
}

export interface Comparison {
  /** The program that holds the rescue. */
  readonly reader: string;
  /** What would read all that it does not; `undefined` where nothing would. */
  readonly better: string | undefined;
  readonly compared: number;
  /** Keys that only the rescue has. */
  readonly missing: Counted;
  readonly differing: Counted;
  readonly equal: number;
  /** Of the differing keys, those that may be equal: this host's program does not read the master's value. */
  readonly incomparable: number;
  /** Keys of the rescue that expired while they were compared. */
  readonly expired: number;
  readonly doubts: Doubts | undefined;
  /** Libraries of functions, which are not compared. */
  readonly libraries: number;
}

/** True where the master has all that the rescue has, for certain. */
export const isAllThere = ({ missing, differing, doubts }: Comparison): boolean =>
  missing.count + differing.count === 0 &&
  (doubts === undefined || (doubts.skippedCount === 0 && doubts.everything === undefined));

export type OnProgress = (done: number, total: number) => void;

export const assertNotAborted = (signal: AbortSignal): void => {
  if (signal.aborted) throw new RedishaError('INTERRUPTED', 'interrupted by a signal');
};

class Counter implements Counted {
  readonly named: NamedKey[] = [];
  count = 0;

  add(key: NamedKey): void {
    this.count += 1;
    if (this.named.length < NAMED_MAX) this.named.push(key);
  }
}

const body = ({ payload }: Value): Buffer => payload.subarray(0, -DUMP_FOOTER_BYTES);

const sameTtl = (one: Value, other: Value): boolean =>
  one.ttlMs === undefined || other.ttlMs === undefined
    ? one.ttlMs === other.ttlMs
    : Math.abs(one.ttlMs - other.ttlMs) <= TTL_TOLERANCE_MS;

type Verdict = 'missing' | 'equal' | 'expired' | Difference;

const judge = async (
  rescue: OpenedRescue,
  database: number,
  key: Buffer,
  mine: Value | undefined,
  theirs: Value | undefined,
): Promise<Verdict> => {
  if (mine === undefined) {
    if (rescue.doubts === undefined) return 'expired';
    if (theirs === undefined) return 'equal';
    return rescue.isByEffect(database, key) ? 'changed in the rescue' : 'removed in the rescue';
  }
  if (theirs === undefined) return 'missing';
  const likeness = body(mine).equals(body(theirs)) ? 'same' : await rescue.compare(database, key, theirs.payload);
  if (likeness !== 'same') return likeness;
  return sameTtl(mine, theirs) ? 'equal' : 'ttl';
};

class Tally {
  readonly #rescue: OpenedRescue;
  readonly missing = new Counter();
  readonly differing = new Counter();
  compared = 0;
  equal = 0;
  incomparable = 0;
  expired = 0;

  constructor(rescue: OpenedRescue) {
    this.#rescue = rescue;
  }

  add(database: number, key: Buffer, verdict: Verdict): void {
    this.compared += 1;
    if (verdict === 'equal' || verdict === 'expired') {
      this[verdict] += 1;
      return;
    }
    if (verdict === 'cannot be compared') this.incomparable += 1;
    const what = verdict === 'missing' ? undefined : verdict;
    const named: NamedKey = { database, key, what, byEffect: this.#rescue.isByEffect(database, key) };
    (verdict === 'missing' ? this.missing : this.differing).add(named);
  }
}

const compareBatch = async (rescue: OpenedRescue, live: KeySpace, batch: KeyBatch, tally: Tally): Promise<void> => {
  const [mine, theirs] = await Promise.all([rescue.values(batch), live.values(batch)]);
  for (const [index, key] of batch.keys.entries()) {
    tally.add(batch.database, key, await judge(rescue, batch.database, key, mine[index], theirs[index]));
  }
};

/** Every key that the rescue is about, compared with the live master as both are at that moment. */
export const compare = async (
  rescue: OpenedRescue,
  live: KeySpace,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Comparison> => {
  const tally = new Tally(rescue);
  for await (const batch of rescue.touched()) {
    assertNotAborted(signal);
    await compareBatch(rescue, live, batch, tally);
    onProgress(tally.compared, rescue.keyCount);
  }
  const { compared, missing, differing, equal, incomparable, expired } = tally;
  const { reader, better, doubts, libraries } = rescue;
  return { reader, better, compared, missing, differing, equal, incomparable, expired, doubts, libraries };
};
