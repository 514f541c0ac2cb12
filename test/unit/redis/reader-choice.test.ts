/** Which program of a host holds a rescue. In each row: the rescue, what it is for, the host's programs, who is taken. */
import { describe, expect, test } from 'vitest';
import { type ServerVersion, serverOfText, serverText } from '../../../src/core/program.ts';
import { headOf } from '../../../src/redis/rdb-version.ts';
import { betterThan, inOrder, type Task } from '../../../src/redis/reader-choice.ts';

const server = (text: string): ServerVersion => {
  const found = serverOfText(text);
  if (found === undefined) throw new Error(text);
  return found;
};

type For = readonly [to: Task['to'], master: string | undefined, replica?: string];

const known = (text: string | undefined): ServerVersion | undefined => (text === undefined ? undefined : server(text));

/** `REDIS0010` is a dataset, `Redis 7.0.15` the suffix of such a server. */
const task = (rescue: string, [to, master, replica]: For): Task => {
  const rdb = headOf(Buffer.from(rescue));
  return { rdb, from: serverOfText(rescue), to, master: known(master), replica: known(replica) };
};

const chosen = (programs: readonly string[], wanted: Task): string | undefined => {
  const [first] = inOrder(
    programs.map((text) => ({ server: server(text) })),
    wanted,
  );
  return first === undefined ? undefined : serverText(first.server);
};

const [REDIS_6, REDIS_7, REDIS_8, REDIS_8_6] = ['Redis 6.0.16', 'Redis 7.0.15', 'Redis 8.0.2', 'Redis 8.6.3'] as const;
const [VALKEY_8, VALKEY_9] = ['Valkey 8.1.1', 'Valkey 9.1.2'] as const;

describe('a suffix', () => {
  test.each<[rescue: string, what: For, programs: readonly string[], taken: string]>([
    [REDIS_7, ['compare', REDIS_7], [VALKEY_8, REDIS_7], REDIS_7],
    [REDIS_7, ['compare', VALKEY_8], [VALKEY_8, REDIS_7], VALKEY_8],
    [REDIS_7, ['compare', VALKEY_9], [VALKEY_9, VALKEY_8, REDIS_7], VALKEY_9],
    [REDIS_7, ['compare', REDIS_8], [VALKEY_9, REDIS_8, REDIS_7], REDIS_8],
    [REDIS_6, ['compare', REDIS_7], [REDIS_7, REDIS_6], REDIS_7],
    [VALKEY_8, ['compare', VALKEY_9], [VALKEY_9, VALKEY_8], VALKEY_9],
    // Valkey 8.1 has commands that no Redis knows: what it did counts for more than what can be compared.
    [VALKEY_8, ['compare', REDIS_8], [REDIS_8, VALKEY_8], VALKEY_8],
    [REDIS_8, ['compare', REDIS_7], [VALKEY_9, REDIS_8, REDIS_7], REDIS_8],
    [REDIS_7, ['restore', VALKEY_8], [VALKEY_8, REDIS_7], REDIS_7],
    [REDIS_7, ['restore', REDIS_7], [VALKEY_8, REDIS_7], REDIS_7],
    [VALKEY_8, ['restore', VALKEY_9, VALKEY_8], [VALKEY_9, VALKEY_8], VALKEY_8],
    [VALKEY_8, ['restore', VALKEY_9, VALKEY_9], [VALKEY_9, VALKEY_8], VALKEY_9],
  ])('of %s to %j with %j: %s', (rescue, what, programs, taken) => {
    expect(chosen(programs, task(rescue, what))).toBe(taken);
  });

  test('that does not say whose it is: the one that reads the values, of the product of the master', () => {
    const wanted = { ...task(REDIS_7, ['compare', VALKEY_8]), from: undefined };
    expect(chosen([REDIS_8, VALKEY_8, REDIS_7], wanted)).toBe(VALKEY_8);
  });
});

describe('a dataset', () => {
  test.each<[rescue: string, what: For, programs: readonly string[], taken: string]>([
    ['REDIS0010', ['compare', VALKEY_8], [VALKEY_8, REDIS_7], VALKEY_8],
    ['REDIS0010', ['compare', REDIS_8_6], [VALKEY_9, REDIS_8_6, REDIS_7], REDIS_8_6],
    ['REDIS0010', ['restore', REDIS_7], [VALKEY_9, REDIS_8_6, REDIS_7], REDIS_7],
    ['REDIS0012', ['compare', VALKEY_9], [VALKEY_9, REDIS_8], REDIS_8],
    ['VALKEY080', ['compare', REDIS_7], [REDIS_8_6, VALKEY_9, VALKEY_8], VALKEY_9],
    ['REDIS0011', ['restore', VALKEY_9, VALKEY_8], [VALKEY_9, VALKEY_8], VALKEY_8],
    ['REDIS0011', ['restore', VALKEY_9], [VALKEY_9, VALKEY_8], VALKEY_9],
    // The file comes first: what cannot be loaded can go nowhere.
    ['REDIS0012', ['restore', REDIS_7], [REDIS_8, REDIS_7], REDIS_8],
  ])('%s to %j with %j: %s', (rescue, what, programs, taken) => {
    expect(chosen(programs, task(rescue, what))).toBe(taken);
  });
});

describe('what would do better', () => {
  test.each<[program: string, rescue: string, what: For, better: string | undefined]>([
    [REDIS_7, 'REDIS0010', ['compare', REDIS_8], 'Redis 8.0.2 or newer'],
    [REDIS_7, REDIS_7, ['compare', VALKEY_8], 'Valkey 8.1.1 or newer'],
    [REDIS_8, 'REDIS0012', ['compare', VALKEY_9], undefined],
    [REDIS_8, 'REDIS0010', ['compare', REDIS_8], undefined],
    [REDIS_8_6, 'REDIS0010', ['restore', REDIS_7], REDIS_7],
    [VALKEY_9, 'REDIS0011', ['restore', VALKEY_9, VALKEY_8], VALKEY_8],
    [REDIS_8, 'REDIS0012', ['restore', REDIS_7], undefined],
  ])('than %s for %s to %j: %s', (program, rescue, what, better) => {
    expect(betterThan(server(program), task(rescue, what))).toBe(better);
  });
});
