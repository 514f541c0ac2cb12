/**
 * What the commands for people need of the rescues that lie on the disk, and of the servers that they are compared with.
 * Every promise settles within a deadline of its own, and rejects with {@link RedishaError}.
 */
import type { JournalRecord } from '../../core/history/record.ts';
import type { Endpoint, Side } from '../../core/model.ts';
import type { ServerVersion } from '../../core/program.ts';

/** A rescue as its name and its sidecar describe it. */
export interface RescueFile {
  readonly name: string;
  readonly file: string;
  readonly form: 'suffix' | 'dataset';
  /** `undefined` of an RDB file that redisha did not save. */
  readonly side: Side | undefined;
  /** ISO 8601. */
  readonly when: string;
  readonly bytes: number;
  readonly fromOffset: number | undefined;
  readonly toOffset: number;
  /** Who has looked at it, and when (ISO 8601); `by` is `merge` where all of it is in the pair. `undefined`: nobody. */
  readonly seen: { readonly at: string; readonly by: string } | undefined;
  /** `undefined` where the sidecar is missing or cannot be read. */
  readonly sidecar: Sidecar | undefined;
}

export interface Sidecar {
  readonly why: string;
  readonly endpoint: string;
  readonly replid: string;
  /** `Valkey 9.1.2`: which server it was read from; `undefined` where it did not say. */
  readonly server: string | undefined;
  /** Of a suffix only. */
  readonly commands: number | undefined;
  /** `database/key` of the first 10 000 keys of a suffix, and how many there are. */
  readonly keys: readonly string[];
  readonly keyCount: number | undefined;
  /** Why a suffix may touch any key; `undefined` where it may not. */
  readonly everything: string | undefined;
}

/** A value as DUMP gives it. */
export interface Value {
  readonly payload: Buffer;
  /** Until it expires; `undefined` where it never does. */
  readonly ttlMs: number | undefined;
}

/** Some keys of one database, few enough that their values fit into memory together. */
export interface KeyBatch {
  readonly database: number;
  readonly keys: readonly Buffer[];
}

/** The keys of a server; one value for each key of the batch, in its order. */
export interface KeySpace {
  /** `undefined` where there is no such key. */
  values(batch: KeyBatch): Promise<readonly (Value | undefined)[]>;
  exist(batch: KeyBatch): Promise<readonly boolean[]>;
  close(): void;
}

/** The server that a rescue is restored into. */
export interface TargetKeys extends KeySpace {
  /**
   * Where a value is given, the key has it, with its time to live; without `replace` only if there was no such key. `kept`
   * says that there was, `refused` that the server cannot read this value. Rejects with SITUATION_CHANGED when the server is no
   * master any more, with REFUSED_BY_RULE when it reads none of the values: then it has none of them.
   */
  restore(
    batch: KeyBatch,
    values: readonly (Value | undefined)[],
    replace: boolean,
  ): Promise<readonly ('restored' | 'kept' | 'gone' | 'refused')[]>;
}

/** A database that holds keys. */
export interface HeldDatabase {
  readonly database: number;
  readonly keys: number;
  /** What redisha is using it for; `undefined` where it is in use by clients. */
  readonly mark: DatabaseMark | undefined;
}

/**
 * While a whole dataset is replaced, databases that no client uses hold the new one first, and afterwards the old one until it
 * is saved. Which of both a database holds is written in itself, so that a later run finds it.
 */
export type DatabaseMark = { readonly kind: 'new' } | { readonly kind: 'old'; readonly of: number };

/** A database of the clients, and the one that stands in for it. */
export interface StandIn {
  readonly database: number;
  readonly spare: number;
}

/** A master whose whole dataset is replaced. */
export interface ReplacedKeys extends TargetKeys {
  /** Every key of the database at least once, whatever else is done to it meanwhile; not the mark. */
  all(database: number): AsyncIterable<KeyBatch>;
  databases(): Promise<{ readonly count: number; readonly held: readonly HeldDatabase[] }>;
  /** Bytes of the keys, and how many more the server may take; `undefined` where nothing limits it. */
  memory(): Promise<{ readonly datasetBytes: number; readonly leftBytes: number | undefined }>;
  /** True afterwards: the databases are marked as holding a new dataset that no client sees. */
  begin(standIns: readonly StandIn[]): Promise<void>;
  /** In one transaction, every database changes places with its stand-in, which is marked as the old one. */
  swap(standIns: readonly StandIn[]): Promise<void>;
  /** True afterwards: the database, which no client uses, holds nothing. */
  discard(database: number): Promise<void>;
}

/** How two values differ; `cannot be compared` where the server that holds one does not read the other. */
export type Likeness = 'same' | 'value' | 'ttl' | 'cannot be compared';

/** What replaying a suffix on an empty server could not show. */
export interface Doubts {
  /** Commands that an empty server refuses, or that are not carried out there, by name. */
  readonly skipped: readonly string[];
  /** Commands that failed or were left out. */
  readonly skippedCount: number;
  /** Those of them that the program which tried them does not know, by name. */
  readonly unknown: readonly string[];
  /** A command that may have touched any key, which is not compared then; `undefined` where there is none. */
  readonly everything: string | undefined;
  /** Keys whose value rests on what was there before the suffix, such as those of INCR. */
  readonly byEffect: number;
}

/** A rescue that a private server holds: its values can be looked at. */
export interface OpenedRescue extends KeySpace {
  /** `valkey-server 9.1.2`: the program that holds it. */
  readonly reader: string;
  /** Of a dataset, its databases and how many keys each has. */
  readonly sizes: readonly (readonly [database: number, keys: number])[];
  /** Memory that the private server takes for it. */
  readonly usedBytes: number;
  /** `Redis 8.0.2 or newer`: what would read all that this program may not; `undefined` where nothing would. */
  readonly better: string | undefined;
  /** Keys that {@link touched} gives, as far as it is known beforehand. */
  readonly keyCount: number;
  /** Of a suffix only. */
  readonly doubts: Doubts | undefined;
  /** Libraries of functions in a dataset. They are no keys: nothing compares or restores them. */
  readonly libraries: number;
  /** Every key that the rescue is about, once; those that a suffix removed too. */
  touched(): AsyncIterable<KeyBatch>;
  /** Every key that the rescue has a value for and that matches, once. A key is gone from the private server after its turn. */
  present(pattern: string | undefined): AsyncIterable<KeyBatch>;
  /** Whether the key's value here and `payload` are the same, in whatever order a server keeps it. */
  compare(database: number, key: Buffer, payload: Buffer): Promise<Likeness>;
  /** True when the value of this key rests on what was there before the suffix. */
  isByEffect(database: number, key: Buffer): boolean;
}

/** What a rescue is opened for: the master that its values are compared with or restored into. */
export interface Purpose {
  readonly to: 'compare' | 'restore';
  readonly master: Endpoint;
  /** The other node, where it follows that master and so gets what goes into it. */
  readonly replica: Following | undefined;
}

export interface Following {
  readonly endpoint: Endpoint;
  readonly program: ServerVersion;
}

export interface Pruning {
  readonly dryRun: boolean;
  /** Those as well that nobody has looked at. */
  readonly unseenToo: boolean;
}

export interface Pruned {
  /** The files that are gone, or would be. */
  readonly removed: readonly string[];
  /** So many of these nobody has looked at. */
  readonly removedUnseen: number;
  /** So many stay beyond the limits, because nobody has looked at them. */
  readonly keptUnseen: number;
}

/** The rescues of one port. */
export interface Rescues {
  readonly directory: string;
  /** Oldest first. */
  list(): Promise<readonly RescueFile[]>;
  /**
   * By its name in the directory, or by a path; by a path also any RDB file. Rejects with USAGE where there is no such rescue.
   */
  find(word: string): Promise<RescueFile>;
  /** The names of the files that are empty or cut short, and so no rescues. */
  cutShort(): Promise<readonly string[]>;
  /** True afterwards: it is known that somebody has looked at it. Rejects with the system's error. */
  markSeen(rescue: RescueFile, by: string): Promise<void>;
  /** What is beyond the limits. */
  prune(how: Pruning): Promise<Pruned>;
  /**
   * What `use` comes to, with the rescue in a private server that is gone afterwards in any case, also when `signal` is
   * aborted or this process is killed. `onLoading` is told how far the load is, from 0 to 1.
   */
  withOpened<T>(
    rescue: RescueFile,
    purpose: Purpose,
    signal: AbortSignal,
    onLoading: (part: number) => void,
    use: (opened: OpenedRescue) => Promise<T>,
  ): Promise<T>;
  /** The first of the suffixes whose commands the server has as a whole, by the marker of their replay. */
  findReplayed(rescues: readonly RescueFile[], on: Endpoint): Promise<RescueFile | undefined>;
  openTarget(endpoint: Endpoint, signal: AbortSignal): Promise<ReplacedKeys>;
  /** Rejects where this host has not the disk or the memory to save a dataset of so many bytes. */
  assertRoom(datasetBytes: number): Promise<void>;
  /** What the stand-ins hold, in a rescue of its own, as it was in the databases that they stand in for. */
  saveOld(
    from: ReplacedKeys,
    standIns: readonly StandIn[],
    master: { readonly side: Side; readonly endpoint: Endpoint },
    why: string,
    signal: AbortSignal,
  ): Promise<string>;
}

/** The journal from its end. */
export interface JournalReader {
  /** The last `count` entries that `accept` takes, oldest first. */
  last(count: number, accept?: (entry: JournalRecord) => boolean): Promise<readonly JournalRecord[]>;
}

/** The same, for who does not know beforehand how many are wanted. */
export interface HistoryReader {
  /** The newest entry comes first; ends when `visit` wants no older one. */
  back(visit: (entry: JournalRecord) => boolean): Promise<void>;
}
