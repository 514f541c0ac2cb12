/**
 * What a server puts into its replication stream, in every form that we know of: which keys we read in it, and that the
 * replay of it on another server, whose own writes touch none of these keys, gives the very same values.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCommands } from '../../src/redis/command-stream.ts';
import type { Command } from '../../src/redis/command.ts';
import { loadInterpreter } from '../../src/redis/commands.ts';
import type { LoopbackNode } from '../lib/loopback.ts';
import { type Reply, ReplyError } from '../lib/resp.ts';
import { isSince } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';
import { type Case, CASES, caseOfKey, isKnown } from './lib/streamed.ts';
import { Parting, REASON } from './parting.ts';

let parting: Parting;
let file: string;
const interpret = await loadInterpreter({});

const carryOut = async ({ redis }: LoopbackNode, wordsOf: (one: Case) => Case['after']): Promise<void> => {
  for (const one of CASES.filter((some) => isKnown(some, redis.server))) {
    const commands = wordsOf(one);
    const replies = commands.length === 0 ? [] : await redis.askAll(commands);
    const refused = replies.findIndex((reply) => reply instanceof ReplyError);
    expect(refused, `${one.name}: ${String(commands[refused]?.join(' '))}: ${String(replies[refused])}`).toBe(-1);
  }
};

beforeAll(async () => {
  parting = await Parting.start(['repl-backlog-size 8mb']);
  const { a, b } = parting;
  await parting.join();
  await carryOut(a, ({ before }) => before);
  await parting.part();
  await carryOut(a, ({ after }) => after);
  await b.redis.ask('SET', 'only B has this', 1);
  const passing = CASES.flatMap((one) => one.passing);
  const look = () => a.redis.ask('EXISTS', ...passing);
  await waitFor('what runs out has run out', { deadlineMs: 10_000, everyMs: 10 }, look, (left) => left === 0);
  file = await parting.rescuer().saveSuffix(await parting.range(a, 0), REASON);
});

afterAll(async () => {
  await parting.close();
});

const text = (command: Command): readonly string[] => command.map((word) => word.toString('latin1'));

/** What is in the stream and in no server's list of write commands that we do not know: Valkey sends it as DEL. */
const NEVER_SENT = ['delifeq', 'cluster|flushslot'];

describe('the keys', () => {
  test('of every command in the stream are those that the server itself names', async () => {
    const { a } = parting;
    for (const command of parseCommands(readFileSync(file)) ?? []) {
      const meaning = interpret(command);
      const said = text(command).join(' ');
      expect(meaning.kind, said).not.toBe('wide');
      expect(meaning.kind, said).not.toBe('nothing');
      if (meaning.kind !== 'write') continue;
      const named = (await a.redis.ask('COMMAND', 'GETKEYS', ...text(command))) as readonly string[];
      // What a pattern without a star names counts as read, though it never is.
      const keys = meaning.keys.map((key) => key.toString('latin1')).filter((key) => key !== 'nosort');
      expect(new Set(keys), said).toEqual(new Set(named));
    }
  });

  test('of every command that writes are known, but for those that are sent as another', async () => {
    const { a } = parting;
    const { exists } = await import('@ioredis/commands');
    const commands = (await a.redis.ask('COMMAND')) as readonly (readonly Reply[])[];
    const all = commands.flatMap((one) => [one, ...((one[9] ?? []) as readonly (readonly Reply[])[])]);
    const writing = all.filter(([, , flags]) => (flags as readonly Reply[]).includes('write'));
    const names = writing.map(([name]) => String(name).toLowerCase());
    expect(names.length).toBeGreaterThan(80);
    const unknown = names.filter((name) => !exists(name.split('|')[0] ?? '') || NEVER_SENT.includes(name));
    expect(unknown.filter((name) => !NEVER_SENT.includes(name))).toEqual([]);
  });
});

/** What each server counts for itself, and what the stream does not tell. */
const localOf = ({ redis }: LoopbackNode, key: string): readonly string[] => [
  'seen-time',
  'active-time',
  'radix-tree-keys',
  'radix-tree-nodes',
  'iids-duplicates',
  // Before 7.2 a replica is not told either how many entries a group has read.
  ...(isSince(redis.server, [7, 2]) ? [] : ['entries-read', 'lag']),
  // The sums that IDMPAUTO counts by nobody but the server knows.
  ...(key.endsWith(':auto') ? ['pids-tracked', 'iids-tracked', 'iids-added'] : []),
];

const plain = (reply: Reply, local: readonly string[]): unknown =>
  Array.isArray(reply)
    ? (reply as readonly Reply[]).map((item, at) => (local.includes(String(reply[at - 1])) ? '' : plain(item, local)))
    : reply;

/** Before 7.0 a command says how long a key lasts, from whenever it is carried out. */
const endOf = async ({ redis }: LoopbackNode, key: string): Promise<unknown> => {
  const isMoment = [parting.a, parting.b].every((node) => isSince(node.redis.server, [7, 0]));
  return isMoment ? redis.ask('PEXPIRETIME', key) : Math.sign(Number(await redis.ask('PTTL', key)));
};

/** Two versions describe a stream in other words, and calculate distances to another last digit (7.0 and 8.0). */
const areAlike = (): boolean => parting.a.redis.server.program === parting.b.redis.server.program;

/** All that can be asked of a key. */
const valueOf = async (node: LoopbackNode, key: string): Promise<string> => {
  const { redis } = node;
  const end = await endOf(node, key);
  const [type, digest, fields, stream] = await redis.askAll([
    ['TYPE', key],
    ['DEBUG', 'DIGEST-VALUE', key],
    ['HKEYS', key],
    ['XINFO', 'STREAM', key, 'FULL'],
  ]);
  if (!areAlike()) return JSON.stringify([type, key.endsWith(':distances') ? '' : digest, end]);
  const names = Array.isArray(fields) ? (fields as readonly string[]) : [];
  const ends = names.length === 0 ? null : await redis.ask('HPEXPIRETIME', key, 'FIELDS', names.length, ...names);
  return JSON.stringify([type, digest, end, names, ends, plain(stream ?? null, localOf(node, key))]);
};

test('replayed on the other server, they give the same values', async () => {
  const { a, b } = parting;
  await parting.rescuer().replay(file, parting.endpoint(b), () => Promise.resolve());
  const keys = await Promise.all([a, b].map(async ({ redis }) => (await redis.ask('KEYS', '[0-9]*')) as string[]));
  expect(keys[0]?.length).toBeGreaterThan(50);
  for (const key of new Set(keys.flat())) {
    expect(await valueOf(b, key), `${caseOfKey(key)}: ${key}`).toBe(await valueOf(a, key));
  }
});

describe('what may touch any key', () => {
  const LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";
  test.each([
    ['FLUSHDB', [6, 0], ['FLUSHDB']],
    ['FLUSHALL', [6, 0], ['FLUSHALL', 'ASYNC']],
    ['SWAPDB', [6, 0], ['SWAPDB', '0', '1']],
    ['MOVE', [6, 0], ['MOVE', 'one', '9']],
    ['COPY', [6, 2], ['COPY', 'one', 'other', 'DB', '1']],
    ['SORT', [6, 0], ['SORT', 'list', 'BY', 'weight_*', 'STORE', 'sorted']],
    ['FUNCTION', [7, 0], ['FUNCTION', 'LOAD', LIBRARY]],
  ] as const)('%s is said to', async (name, since, words) => {
    const { a } = parting;
    await a.redis.askAll([
      ['SELECT', 0],
      ['SET', 'one', 1],
      ['RPUSH', 'list', 2, 1],
    ]);
    const range = await parting.range(a, 0);
    const { offset } = (await parting.view(a)).history;
    const reply = await a.redis.ask(...words);
    const isThere = isSince(a.redis.server, since);
    expect(!(reply instanceof ReplyError), String(reply)).toBe(isThere);
    const toOffset = (await parting.view(a)).history.offset;
    const content = await parting.rescuer().read({ ...range, fromOffset: offset, toOffset });
    expect(content.everything).toBe(isThere ? name : undefined);
  });
});
