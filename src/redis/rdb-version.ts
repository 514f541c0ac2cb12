/** What an RDB file or a value that DUMP packs is written in, and who reads it. See {@link RDB_WRITTEN}. */
import type { Product, ServerVersion } from '../core/program.ts';
import { COMMON_RDB, compareVersions, PRODUCTS, RDB_WRITTEN, rdbOf, serverOf } from '../core/program.ts';

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
  const only = magic.startsWith('VALKEY') ? 'valkey' : number > COMMON_RDB ? 'redis' : undefined;
  const server = version === undefined ? undefined : serverOf(product === 'valkey' ? 'valkey' : 'redis', version);
  return { magic, number, only, server };
};

const writtenBy = (server: ServerVersion): RdbVersion => {
  const number = rdbOf(server);
  return { number, only: number > COMMON_RDB ? server.product : undefined };
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
    const row = RDB_WRITTEN.find(([whose, , number]) => whose === product && number >= wanted.number);
    if (row === undefined || (wanted.only !== undefined && wanted.only !== product)) return [];
    const [, since] = row;
    return [since[0] === 0 ? `any ${PRODUCTS[product]}` : `${PRODUCTS[product]} ${since.join('.')} or newer`];
  });
  return oldest.length === 0 ? undefined : oldest.join(', or ');
};
