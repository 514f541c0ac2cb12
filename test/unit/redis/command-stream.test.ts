/** Commands out of bytes, in whatever pieces the bytes come. */
import { describe, expect, test } from 'vitest';
import { bytesOf, CommandParser, WHOLE } from '../../../src/redis/command-parser.ts';
import { lastDatabase, parseCommands, Tally } from '../../../src/redis/command-stream.ts';
import { type Command, TOO_LONG } from '../../../src/redis/command.ts';
import { loadInterpreter } from '../../../src/redis/commands.ts';
import { encode } from '../../../src/redis/connection.ts';
import { array, assert, nat, property, uint8Array } from '../properties.ts';
import { piecesOf } from './pieces.ts';

const command = (...words: readonly string[]): Command => words.map((word) => Buffer.from(word));
const stream = (...commands: readonly Command[]): Buffer => Buffer.concat(commands.map((words) => encode(words)));

const anyCommands = array(
  array(
    uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    { minLength: 1, maxLength: 4 },
  ),
  { maxLength: 8 },
);

describe('the parser', () => {
  test('gives the same commands however the bytes are cut', () => {
    assert(
      property(anyCommands, array(nat()), (commands, cuts) => {
        const parser = new CommandParser(WHOLE);
        const found = piecesOf(stream(...commands), cuts).flatMap((piece) => parser.feed(piece));
        expect(found.map((words) => words.map(String))).toEqual(commands.map((words) => words.map(String)));
        expect(parser.isComplete).toBe(true);
      }),
    );
  });

  test('passes every byte on in pieces, and keeps no word that is too long', () => {
    const limits = { wordBytesMax: 10, commandBytesMax: 10_000 };
    assert(
      property(anyCommands, array(nat()), (commands, cuts) => {
        const parser = new CommandParser(limits);
        const bytes = stream(...commands);
        const pieces = piecesOf(bytes, cuts).flatMap((piece) => [...parser.pieces(piece)]);
        expect(Buffer.concat(pieces.flatMap((piece) => bytesOf(piece))).equals(bytes)).toBe(true);
        const found = pieces.flatMap((piece) => piece.command ?? []);
        const kept = commands.flatMap((words) =>
          words.map((word, at) => (word.length > limits.wordBytesMax ? (at === 0 ? word : TOO_LONG) : word)),
        );
        expect(found.map(String)).toEqual(kept.map(String));
      }),
    );
  });

  test('cuts a command only inside a word that it does not keep', () => {
    const parser = new CommandParser({ wordBytesMax: 10, commandBytesMax: 10_000 });
    const long = 'x'.repeat(30);
    const bytes = stream(command('SET', 'k', 'v'), command('MSET', 'a', long, 'b', long, 'c', '3'));
    const pieces = [...bytes].flatMap((byte) => [...parser.pieces(Buffer.of(byte))]);
    const [whole, first] = pieces.filter(({ start }) => start !== undefined);
    expect([whole?.start?.head, whole?.command].map(String)).toEqual(['SET,k,v', 'SET,k,v']);
    expect([first?.start?.words, first?.command]).toEqual([7, undefined]);
    expect(first?.start?.head.map(String)).toEqual(['MSET', 'a']);
    const texts = pieces.slice(1).map((piece) => piece.bytes.toString().replaceAll('\r\n', ' ').trim());
    expect(texts.filter((text) => text !== 'x' && text !== '')).toEqual(['$1 a $30', '$1 b $30', '$1 c $1 3']);
  });

  test('keeps only the name of a command that is too long in all', () => {
    const parser = new CommandParser({ wordBytesMax: 10, commandBytesMax: 400 });
    const many = command('SADD', 'k', ...Array.from({ length: 9 }, String));
    expect(parser.feed(stream(many, command('DEL', 'k'))).map((words) => words.map(String))).toEqual([
      ['SADD'],
      ['DEL', 'k'],
    ]);
  });

  test('knows a stream that is cut off in the middle of a command', () => {
    const bytes = stream(command('SET', 'k', 'v'), command('DEL', 'k'));
    const ends = new Set([0, stream(command('SET', 'k', 'v')).length, bytes.length]);
    for (let length = 0; length <= bytes.length; length += 1) {
      expect(parseCommands(bytes.subarray(0, length)) !== undefined).toBe(ends.has(length));
    }
  });

  test('takes values that are larger than any piece', () => {
    const large = command('SET', 'k', 'x'.repeat(1_000_000));
    const parser = new CommandParser(WHOLE);
    const bytes = stream(large, large);
    const found = piecesOf(
      bytes,
      Array.from({ length: 50 }, (_, index) => index * 41_777),
    ).flatMap((piece) => parser.feed(piece));
    expect(found.map(([, , value]) => value?.length)).toEqual([1_000_000, 1_000_000]);
    expect(parser.isComplete).toBe(true);
  });

  test.each([
    '+OK\r\n',
    ':1\r\n',
    '-ERR no\r\n',
    'PING\r\n',
    '*0\r\n',
    '*1\r\n:1\r\n',
    '$3\r\nSET\r\n',
    '\u0000\u0001',
  ])('refuses what is no command: %j', (text) => {
    expect(parseCommands(Buffer.from(text))).toBeUndefined();
  });
});

describe('the database at the end of a suffix', () => {
  const inside = command('SET', 'k', stream(command('SELECT', '9'), command('SET', 'a', 'b')).toString());
  test.each([
    ['the last SELECT', stream(command('SELECT', '1'), command('SELECT', '12'), command('DEL', 'k')), 12],
    ['not one inside a value', stream(command('SELECT', '3'), inside), 3],
    ['not one inside a value, without another', stream(inside), undefined],
    ['behind half a command', stream(command('SET', 'k', 'v'), command('SELECT', '3')).subarray(5), 3],
    ['nothing', Buffer.alloc(0), undefined],
    ['no SELECT', stream(command('DEL', 'k')), undefined],
  ])('%s', (_name, bytes, database) => {
    expect(lastDatabase(bytes)).toBe(database);
  });
});

const count = async (database: number | undefined, ...commands: readonly Command[]): Promise<Tally> => {
  const tally = new Tally(await loadInterpreter({}), database);
  for (const one of commands) tally.add(one);
  return tally;
};

describe('the tally', () => {
  test('keeps databases apart and counts what a transaction holds', async () => {
    const tally = await count(
      0,
      command('SET', 'k', 'v'),
      command('MULTI'),
      command('SELECT', '2'),
      command('SET', 'k', 'v'),
      command('DEL', 'a', 'k'),
      command('EXEC'),
      command('PING'),
    );
    expect(tally.content(undefined)).toEqual({
      commands: 3,
      keys: ['0/k', '2/a', '2/k'],
      removed: ['2/a'],
      everything: undefined,
    });
    expect(tally.databaseMissed).toBe(false);
  });

  test('does not guess a database', async () => {
    const tally = await count(undefined, command('SET', 'k', 'v'), command('SELECT', '1'), command('SET', 'k', 'v'));
    const everything = 'the database is not known';
    expect(tally.content(undefined)).toEqual({ commands: 2, keys: ['1/k'], removed: [], everything });
    expect(tally.content(7)).toEqual({ commands: 2, keys: ['1/k', '7/k'], removed: [], everything: undefined });
    expect(tally.databaseMissed).toBe(true);
    expect((await count(undefined, command('PING'), command('SELECT', '1'))).databaseMissed).toBe(false);
    expect((await count(undefined, command('FLUSHDB'))).databaseMissed).toBe(true);
  });

  test('names the first command that may touch any key, never what it said', async () => {
    const tally = await count(0, command('FUNCTION', 'LOAD', 'geheim'), command('FLUSHALL'));
    expect(tally.content(undefined)).toEqual({ commands: 2, keys: [], removed: [], everything: 'FUNCTION' });
  });

  test('tells keys that were only removed from those that were changed as well', async () => {
    const tally = await count(
      undefined,
      command('DEL', 'gone', 'set', 'k'),
      command('SUNIONSTORE', 'made', 'read'),
      command('SELECT', '1'),
      command('UNLINK', 'gone', 'made', 'read'),
      command('SET', 'set', 'v'),
      command('DEL', 'set'),
      command('SET', 'k', 'v'),
    );
    expect(tally.content(0).removed).toEqual(['0/gone', '0/k', '0/set', '1/gone', '1/made', '1/read']);
    expect(tally.content(1).removed).toEqual(['1/gone']);
  });

  test.each([
    ['a key that was set', true, [['SET', 'k', 'v']]],
    [
      'one of several',
      true,
      [
        ['SET', 'k', 'v'],
        ['RPUSH', 'l', 'x'],
        ['DEL', 'k'],
      ],
    ],
    [
      'none that was removed',
      false,
      [
        ['SET', 'k', 'v'],
        ['DEL', 'k'],
      ],
    ],
    [
      'none of a queue',
      false,
      [
        ['RPUSH', 'q', 'x'],
        ['LPOP', 'q'],
      ],
    ],
    [
      'none that may have been removed elsewhere',
      false,
      [
        ['SET', 'k', 'v'],
        ['SELECT', '3'],
        ['DEL', 'k'],
      ],
    ],
    [
      'none of another database',
      false,
      [
        ['SELECT', '3'],
        ['SET', 'k', 'v'],
      ],
    ],
    ['none after what may touch any key', false, [['SET', 'k', 'v'], ['FLUSHALL']]],
    ['what came after that', true, [['FLUSHALL'], ['SET', 'k', 'v']]],
  ])('knows of keys that are left where the suffix begins: %s', async (_name, leaves, commands) => {
    expect((await count(undefined, ...commands.map((words) => command(...words)))).leavesKeys).toBe(leaves);
  });
});
