/**
 * The fields of INFO, and which of them are believed. A field that decides whose data is kept has to be right, or nothing of
 * the INFO is believed. A field that only describes the server is left out where it makes no sense: a server that serves must
 * not be taken out of service for it.
 */
import type { Endpoint } from '../core/model.ts';
import { printable } from '../printable.ts';
import { cleaned } from './cleaned.ts';
import { garbled } from './failure.ts';

export type InfoFields = ReadonlyMap<string, string>;

/** The INFO of a server with hundreds of databases and replicas is below 100 kB. */
const INFO_CHARACTERS_MAX = 1024 * 1024;

const REPLICA = /^slave\d+:/;

/**
 * A replica chooses the host name in its own line, and no server looks for line ends in that name. So a replica can write
 * lines of its own into the INFO of its master. They cannot change a field that stands before the replicas, and of a field
 * after them the last line counts. Source: seen on Redis 6.0.16 to 8.6.3 and Valkey 8.0.1 to 9.1.2, `REPLCONF ip-address`.
 *
 * Throws {@link Failure} where the text is longer than any INFO.
 */
export const parseInfo = (text: string): InfoFields => {
  if (text.length > INFO_CHARACTERS_MAX)
    throw garbled(`an INFO is longer than ${String(INFO_CHARACTERS_MAX)} characters`);
  const [before, after] = [new Map<string, string>(), new Map<string, string>()];
  let fields = before;
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (REPLICA.test(line)) fields = after;
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), printable(line.slice(colon + 1)));
  }
  for (const [name, value] of after) if (!before.has(name)) before.set(name, value);
  return before;
};

/** A whole number as a server writes it; `NaN` where it is none. */
export const wholeNumber = (text: string | undefined): number =>
  Number(/^-?\d{1,16}$/.exec(text ?? '')?.[0] ?? Number.NaN);

/** A field that only describes the server; `fallback` where it is no number. */
export const number = (fields: InfoFields, name: string, fallback = 0): number => {
  const value = wholeNumber(fields.get(name));
  return Number.isNaN(value) ? fallback : value;
};

const VERSION = /^\d{1,6}\.\d{1,6}(\.\d{1,6})?(?![\d.])/;
const OFFSET = /^\d{1,16}$/;
/** Source: redis/src/server.h CONFIG_RUN_ID_SIZE; redis/src/util.c getRandomHexChars. Redis before 4.0 has no histories. */
const HISTORY = /^([0-9a-f]{40})?$/;

/** The fields that decide who a server is and whose data is kept, and what they look like. */
const DECISIVE = {
  redis_version: VERSION,
  valkey_version: VERSION,
  run_id: /^[0-9a-f]{40}$/,
  role: /^(master|slave)$/,
  master_replid: HISTORY,
  master_replid2: HISTORY,
  master_repl_offset: OFFSET,
  second_repl_offset: OFFSET,
  // -1 where there is none yet. Source: redis/src/replication.c of 2.8, a master that knows no PSYNC.
  slave_repl_offset: /^(-1|\d{1,16})$/,
  repl_backlog_first_byte_offset: OFFSET,
} as const;

/** A field that decides. Throws {@link Failure} where it does not look like one. */
export const decisive = (fields: InfoFields, name: keyof typeof DECISIVE): string => {
  const value = fields.get(name) ?? '';
  if (DECISIVE[name].test(value)) return value;
  throw garbled(value === '' ? `its INFO has no ${name}` : `its INFO says ${name}:${value}`);
};

/**
 * Where a server can be reached. A port that cannot be becomes 0, where nobody listens. It comes from an operator's mistake, and
 * the replica has to be put right, so it is not garbled. Source: seen on Redis 6.0.16, which takes REPLICAOF to port 99999.
 */
export const endpointOf = (host: string | undefined, port: string | undefined): Endpoint => {
  const value = wholeNumber(port);
  return { host: cleaned(host ?? ''), port: value > 0 && value < 65_536 ? value : 0 };
};
