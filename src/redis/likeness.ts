/**
 * Whether a value in the private server and one of another server are the same, in whatever order each keeps it.
 *
 * DEBUG DIGEST-VALUE does not depend on the order. It sees everything of strings, lists, sets, sorted sets and vector sets. Of a
 * stream it sees the entries, and not the consumer groups and the last id. Of a hash it does not see when a field expires: on
 * Redis only whether one does, on Valkey not even that. So these are compared by themselves.
 * Source: redis/src/debug.c xorObjectDigest; seen on Redis 6.0.16, 7.0.15, 8.0.2, 8.0.6, 8.6.3 and Valkey 8.0.1, 8.1.1, 9.1.2.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Likeness } from '../app/ports/rescues.ts';
import type { Argument, Reply } from './connection.ts';
import { Failure } from './failure.ts';
import type { Keys } from './key-space.ts';
import { isUnreadableValue } from './key-space.ts';
import { SCRATCH_DATABASE } from './private-server.ts';

const SCRATCH_KEY = Buffer.from('other');
/** Fields that are asked about at once. Source: redis/src/networking.c processMultibulkBuffer takes a million arguments. */
const FIELDS_MAX = 10_000;

/** A value in the private server. */
interface At {
  readonly keys: Keys;
  readonly database: number;
  readonly key: Buffer;
}

const ask = async ({ keys, database }: At, ...command: readonly Argument[]): Promise<Reply> => {
  const [reply] = await keys.call(database, [command]);
  return reply ?? null;
};

const rows = (reply: Reply): readonly (readonly Reply[])[] =>
  Array.isArray(reply) ? (reply as readonly Reply[]).filter((row): row is readonly Reply[] => Array.isArray(row)) : [];

/** What a flat list of names and values says of one name. */
const named = (list: readonly Reply[], name: string): Reply =>
  list[list.findIndex((word, at) => at % 2 === 0 && String(word) === name) + 1] ?? null;

/** When each field expires; afterwards none does, so that the digests tell the rest. Older servers have no such fields. */
const takeFieldTtls = async (at: At): Promise<ReadonlyMap<string, Reply>> => {
  const { keys, database, key } = at;
  const fields = (await ask(at, 'HKEYS', key)) as readonly Buffer[];
  const ttls = new Map<string, Reply>();
  for (let from = 0; from < fields.length; from += FIELDS_MAX) {
    const some = fields.slice(from, from + FIELDS_MAX);
    const words = [key, 'FIELDS', String(some.length), ...some];
    const [times] = await keys.settle(database, [
      ['HPEXPIRETIME', ...words],
      ['HPERSIST', ...words],
    ]);
    if (times?.status !== 'fulfilled' || !Array.isArray(times.value)) return ttls;
    for (const [index, field] of some.entries()) {
      const time = (times.value as readonly Reply[])[index];
      if (typeof time === 'number' && time > 0) ttls.set(field.toString('latin1'), time);
    }
  }
  return ttls;
};

/** Where the stream is, and what its groups have read and not acknowledged. How long ago that was is no part of it. */
const groupsOf = async (at: At): Promise<unknown> => {
  const { key } = at;
  const stream = (await ask(at, 'XINFO', 'STREAM', key)) as readonly Reply[];
  const groups: unknown[] = [];
  for (const group of rows(await ask(at, 'XINFO', 'GROUPS', key))) {
    const [name, pending] = [named(group, 'name') as Buffer, String(named(group, 'pending'))];
    const entries = pending === '0' ? [] : rows(await ask(at, 'XPENDING', key, name, '-', '+', pending));
    const read = ['consumers', 'last-delivered-id'].map((field) => String(named(group, field)));
    groups.push([name.toString('latin1'), read, entries.map(([id, consumer]) => [String(id), String(consumer)])]);
  }
  return [String(named(stream, 'last-generated-id')), groups];
};

const digestOf = async (at: At): Promise<string> => {
  // That there is a time to live is part of the digest, and is compared elsewhere.
  await ask(at, 'PERSIST', at.key);
  return String(((await ask(at, 'DEBUG', 'DIGEST-VALUE', at.key)) as readonly Reply[])[0]);
};

const NOTHING = (): Promise<unknown> => Promise.resolve(undefined);
/** What the digest does not see, by type, and what it makes of two values that differ there. */
const BESIDE_DIGEST: Readonly<Record<string, readonly [look: (at: At) => Promise<unknown>, likeness: Likeness]>> = {
  ...Object.fromEntries(['string', 'list', 'set', 'zset', 'vectorset'].map((type) => [type, [NOTHING, 'same']])),
  hash: [takeFieldTtls, 'ttl'],
  stream: [groupsOf, 'value'],
};

/** True afterwards: the other value lies in the scratch database, unless the server cannot read it. */
const lay = async (other: At, payload: Buffer): Promise<boolean> => {
  const [, restored] = await other.keys.settle(other.database, [
    ['DEL', other.key],
    ['RESTORE', other.key, '0', payload],
  ]);
  if (restored?.status !== 'rejected') return true;
  const reason: unknown = restored.reason;
  if (reason instanceof Failure && isUnreadableValue(reason)) return false;
  throw reason;
};

/** Of a value whose time to live is of no use any more. */
export const likeness = async (keys: Keys, database: number, key: Buffer, payload: Buffer): Promise<Likeness> => {
  const [mine, other]: readonly [At, At] = [
    { keys, database, key },
    { keys, database: SCRATCH_DATABASE, key: SCRATCH_KEY },
  ];
  if (!(await lay(other, payload))) return 'cannot be compared';
  const [type, otherType] = [String(await ask(mine, 'TYPE', key)), String(await ask(other, 'TYPE', other.key))];
  if (type !== otherType) return 'value';
  const beside = BESIDE_DIGEST[type];
  if (beside === undefined) return 'cannot be compared';
  const [look, difference] = beside;
  const isAlike = isDeepStrictEqual(await look(mine), await look(other));
  if ((await digestOf(mine)) !== (await digestOf(other))) return 'value';
  return isAlike ? 'same' : difference;
};
