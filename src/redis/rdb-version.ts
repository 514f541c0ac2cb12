/**
 * Who reads what. An RDB file and a value that DUMP packs carry the RDB version of the server that wrote them, and a server
 * reads up to its own. Up to 11 that is one line; then Redis went on with 12, and Valkey with 80, which it writes into a
 * file as `VALKEY080`. Neither reads what the other has of its own.
 *
 * Source: RDB_VERSION in src/rdb.h of each, and rdbIsForeignVersion in valkey/src/rdb.h. Seen on Redis 6.0.16, 7.0.15, 8.0.2,
 * 8.0.6, 8.6.3 and Valkey 8.0.1, 8.1.1, 9.1.2: every file and every value of each was given to each.
 */
import type { InfoFields } from './info.ts';

type Product = 'redis' | 'valkey';

/** Which program a server is. */
export interface ServerVersion {
  readonly product: Product;
  readonly version: readonly [major: number, minor: number, patch: number];
}

/** The last RDB version that both products read. */
const COMMON = 11;

/** From which version on a server writes which RDB version, oldest first. A newer server than the last one writes at least that. */
const WRITES: readonly (readonly [product: Product, since: readonly [number, number], rdb: number])[] = [
  ['redis', [0, 0], 6],
  ['redis', [3, 2], 7],
  ['redis', [4, 0], 8],
  ['redis', [5, 0], 9],
  ['redis', [7, 0], 10],
  ['redis', [7, 2], 11],
  ['redis', [7, 4], 12],
  ['redis', [8, 6], 13],
  ['valkey', [0, 0], COMMON],
  ['valkey', [9, 0], 80],
];

const NAMES: Readonly<Record<Product, string>> = { redis: 'Redis', valkey: 'Valkey' };

/** Below, at or above zero, as `one` is older than `other`, the same or newer. */
export const compareVersions = (one: readonly number[], other: readonly number[]): number =>
  one.map((part, at) => part - (other[at] ?? 0)).find((difference) => difference !== 0) ?? 0;

const versionOf = (text: string): ServerVersion['version'] | undefined => {
  const [, major, minor, patch] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch ?? 0)];
};

const serverOf = (product: Product, text: string): ServerVersion | undefined => {
  const version = versionOf(text);
  return version === undefined ? undefined : { product, version };
};

/** `Valkey 9.1.2`. */
export const serverText = ({ product, version }: ServerVersion): string => `${NAMES[product]} ${version.join('.')}`;

/** As {@link serverText} writes it, and as `redis-server --version` does; some distributions have a `redis-server` that is a Valkey. */
export const serverOfText = (text: string): ServerVersion | undefined => {
  const [, name, version] = /^(Redis|Valkey) (?:server v=)?([\d.]+)/.exec(text) ?? [];
  return version === undefined ? undefined : serverOf(name === 'Valkey' ? 'valkey' : 'redis', version);
};

/** As INFO server tells. Valkey calls itself Redis 7.2.4 as well. */
export const serverOfInfo = (fields: InfoFields): ServerVersion | undefined => {
  const valkey = fields.get('valkey_version');
  return valkey === undefined ? serverOf('redis', fields.get('redis_version') ?? '') : serverOf('valkey', valkey);
};

/** What a file or a packed value is written in. */
export interface RdbVersion {
  readonly number: number;
  /** Whose it is alone; `undefined` where both read it. */
  readonly only: Product | undefined;
}

/** What a file begins with. */
export interface RdbHead extends RdbVersion {
  /** `REDIS0012`. */
  readonly magic: string;
  /** Who wrote it, as far as it says so. */
  readonly server: ServerVersion | undefined;
}

export const HEAD_BYTES = 64;
const MAGIC = /^(?:REDIS\d{4}|VALKEY\d{3})/;
/** The first field after the magic: its name, the length of its value, the value. Source: redis/src/rdb.c rdbSaveInfoAuxFields. */
const WRITER = /(redis|valkey)-ver[^]([\d.]+)/;

/** `undefined` where the file does not begin as an RDB does. */
export const headOf = (bytes: Buffer): RdbHead | undefined => {
  const text = bytes.toString('latin1', 0, HEAD_BYTES);
  const magic = MAGIC.exec(text)?.[0];
  if (magic === undefined) return undefined;
  const number = Number(/\d+/.exec(magic)?.[0]);
  const [, product, version] = WRITER.exec(text) ?? [];
  const only = magic.startsWith('VALKEY') ? 'valkey' : number > COMMON ? 'redis' : undefined;
  const server = version === undefined ? undefined : serverOf(product === 'valkey' ? 'valkey' : 'redis', version);
  return { magic, number, only, server };
};

const writtenBy = ({ product, version }: ServerVersion): RdbVersion => {
  const row = WRITES.findLast(([whose, since]) => whose === product && compareVersions(since, version) <= 0);
  const number = row?.[2] ?? 0;
  return { number, only: number > COMMON ? product : undefined };
};

/** Whether the server is known to read it. One that is newer than this file may read more. */
export const reads = (server: ServerVersion, { number, only }: RdbVersion): boolean =>
  (only === undefined || only === server.product) && number <= writtenBy(server).number;

/** Whether the server takes values as the other one packs them. */
export const takes = (server: ServerVersion, from: ServerVersion): boolean =>
  reads(server, writtenBy(from)) ||
  (server.product === from.product && compareVersions(server.version, from.version) >= 0);

/** `Redis 8.6 or newer`: the oldest servers that read it; `undefined` where no such server is known yet. */
export const readersOf = (wanted: RdbVersion): string | undefined => {
  const oldest = (['redis', 'valkey'] as const).flatMap((product) => {
    const row = WRITES.find(([whose, , number]) => whose === product && number >= wanted.number);
    if (row === undefined || (wanted.only !== undefined && wanted.only !== product)) return [];
    const [, since] = row;
    return [since[0] === 0 ? `any ${NAMES[product]}` : `${NAMES[product]} ${since.join('.')} or newer`];
  });
  return oldest.length === 0 ? undefined : oldest.join(', or ');
};
