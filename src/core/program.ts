/**
 * Which program a server is, and what follows from it: whether a replica knows every command that its master may write into
 * the stream, and which RDB version it writes and reads.
 */

export type Product = 'redis' | 'valkey';

type Version = readonly [major: number, minor: number, patch: number];

export interface ServerVersion {
  readonly product: Product;
  readonly version: Version;
}

export const PRODUCTS: Readonly<Record<Product, string>> = { redis: 'Redis', valkey: 'Valkey' };

/** `Valkey 9.1.2`. */
export const serverText = ({ product, version }: ServerVersion): string => `${PRODUCTS[product]} ${version.join('.')}`;

/** `undefined` where the text is no version. */
export const serverOf = (product: Product, text: string): ServerVersion | undefined => {
  const [, major, minor, patch] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined ? undefined : { product, version: [Number(major), Number(minor), Number(patch ?? 0)] };
};

/** As {@link serverText} writes it, and as `redis-server --version` does; some distributions have a `redis-server` that is a Valkey. */
export const serverOfText = (text: string): ServerVersion | undefined => {
  const [, name, version] = /^(Redis|Valkey) (?:server v=)?([\d.]+)/.exec(text) ?? [];
  return version === undefined ? undefined : serverOf(name === 'Valkey' ? 'valkey' : 'redis', version);
};

/** Below, at or above zero, as `one` is older than `other`, the same or newer. As far as both have parts. */
export const compareVersions = (one: readonly number[], other: readonly number[]): number =>
  one.map((part, at) => part - (other[at] ?? part)).find((difference) => difference !== 0) ?? 0;

/**
 * The last versions whose commands the other product knows as well: Valkey began as Redis 7.2, and its 8.0 added nothing
 * that is written into a stream.
 *
 * Source: COMMAND and COMMAND DOCS of Redis 6.0.16, 7.0.15, 8.0.2, 8.0.6, 8.6.3 and Valkey 8.0.1, 8.1.1, 9.1.2, each compared
 * with each. Valkey 8.1 added SET … IFEQ, 9.1 the hash fields with a time to live of Redis 7.4, DELIFEQ and MSETEX; no Valkey
 * has the vector sets of Redis 8. Patch releases add nothing (8.0.2 and 8.0.6).
 */
export const SHARED: Readonly<Record<Product, readonly [number, number]>> = { redis: [7, 2], valkey: [8, 0] };

/** Whether a replica that runs `replica` knows every command that a master that runs `master` may send to it. */
export const knowsAllOf = (replica: ServerVersion, master: ServerVersion): boolean => {
  const [major, minor] = master.version;
  if (replica.product === master.product) return compareVersions([major, minor], replica.version) <= 0;
  const isShared = compareVersions([major, minor], SHARED[master.product]) <= 0;
  return isShared && (replica.product === 'valkey' || compareVersions(SHARED.redis, replica.version) <= 0);
};

/**
 * From which version on a server writes which RDB version, oldest first; a newer server than the last one writes at least that.
 * A server reads up to its own. Up to {@link COMMON_RDB} it is one line; then Redis went on with 12, and Valkey with 80, which
 * it writes into a file as `VALKEY080`. Neither reads what the other has of its own.
 *
 * Source: RDB_VERSION in src/rdb.h of each, and rdbIsForeignVersion in valkey/src/rdb.h. Seen on the versions above: each as
 * the replica of each, and every file and every packed value of each given to each.
 */
export const RDB_WRITTEN: readonly (readonly [product: Product, since: readonly [number, number], rdb: number])[] = [
  ['redis', [0, 0], 6],
  ['redis', [3, 2], 7],
  ['redis', [4, 0], 8],
  ['redis', [5, 0], 9],
  ['redis', [7, 0], 10],
  ['redis', [7, 2], 11],
  ['redis', [7, 4], 12],
  ['redis', [8, 6], 13],
  ['valkey', [0, 0], 11],
  ['valkey', [9, 0], 80],
];
/** The last RDB version that both products read. */
export const COMMON_RDB = 11;

/** The RDB version that the server writes, into a file and around a value. */
export const rdbOf = ({ product, version }: ServerVersion): number =>
  RDB_WRITTEN.findLast(([whose, since]) => whose === product && compareVersions(since, version) <= 0)?.[2] ?? 0;

/**
 * What a master sends. Valkey 9 writes the common version for every replica that is no Valkey 9, as far as it can: seen on
 * 9.1.2 with REPLCONF version 8.1.1, and with none, until a hash field had a time to live.
 */
const sentTo = (replica: ServerVersion, master: ServerVersion): number => {
  const own = rdbOf(master);
  const isForeign = replica.product !== 'valkey' || rdbOf(replica) < own;
  return master.product === 'valkey' && isForeign ? Math.min(own, COMMON_RDB) : own;
};

/**
 * Whether a full copy from such a master can be read by such a replica. One that cannot has emptied itself and replaced its
 * file before it finds out. Source: redis/src/replication.c readSyncBulkPayload; seen on 6.0.16, 7.0.15 and Valkey 8.1.1.
 */
export const readsCopyOf = (replica: ServerVersion, master: ServerVersion): boolean => {
  const sent = sentTo(replica, master);
  return sent <= rdbOf(replica) && (sent <= COMMON_RDB || replica.product === master.product);
};

/** What may keep a copy back that can be read in general, in words. Seen on 9.1.2, whose log says that a key cannot be stored. */
export const doubtfulCopy = (replica: ServerVersion, master: ServerVersion): string | undefined =>
  sentTo(replica, master) === rdbOf(master)
    ? undefined
    : `the replica runs ${serverText(replica)}, and ${serverText(master)} can send it a full copy only as long as no hash field has a time to live`;

/** A sentence for an operator, where a copy cannot be read. */
export const unreadableCopy = (replica: ServerVersion, master: ServerVersion): string | undefined =>
  readsCopyOf(replica, master)
    ? undefined
    : `the replica runs ${serverText(replica)} and cannot read a full copy from ${serverText(master)}: upgrade the server on the replica's node`;
