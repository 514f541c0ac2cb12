/** Replies out of bytes, in whatever pieces the bytes come, and what is beyond the limits. */
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../../src/redis/failure.ts';
import { DEPTH_MAX, LINE_BYTES_MAX } from '../../../../src/redis/wire/protocol.ts';
import {
  ErrorReply,
  REPLY_LIMITS,
  type Reply,
  type ReplyOptions,
  ReplyReader,
} from '../../../../src/redis/wire/reply-reader.ts';
import * as fc from '../../properties.ts';
import { piecesOf } from '../pieces.ts';
import { anyBytes, anyReplies, encodeReplies } from './replies.ts';

const { bytesMax: REPLY_BYTES_MAX, itemsMax: ITEMS_MAX } = REPLY_LIMITS;

const open = (change: Partial<ReplyOptions> = {}): ReplyReader =>
  new ReplyReader({ limits: REPLY_LIMITS, asBytes: false, ...change });

const readAll = (reader: ReplyReader, pieces: readonly Buffer[]): readonly Reply[] => {
  const replies: Reply[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let reply = reader.next(); reply !== undefined; reply = reader.next()) replies.push(reply);
  }
  return replies;
};

const read = (text: string, change: Parameters<typeof open>[0] = {}): readonly Reply[] =>
  readAll(open(change), [Buffer.from(text)]);

const asText = (reply: Reply): unknown =>
  Buffer.isBuffer(reply) ? reply.toString() : Array.isArray(reply) ? (reply as readonly Reply[]).map(asText) : reply;

/** Why the bytes are refused. Whatever else is thrown fails the test. */
const whyNot = (reader: ReplyReader, pieces: readonly Buffer[]): string | undefined => {
  try {
    readAll(reader, pieces);
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'garbled') return error.message;
    throw error;
  }
};

describe('a reader of replies', () => {
  test('gives the same replies however the bytes are cut', () => {
    fc.assert(
      fc.property(anyReplies, fc.infiniteStream(fc.boolean()), fc.array(fc.nat()), (replies, chances, cuts) => {
        const bytes = encodeReplies(replies, () => chances.next().value === true);
        expect(readAll(open(), piecesOf(bytes, cuts))).toEqual(replies);
        expect(readAll(open({ asBytes: true }), piecesOf(bytes, cuts)).map(asText)).toEqual(replies);
      }),
    );
  });

  test('gives the same replies one byte at a time', () => {
    fc.assert(
      fc.property(anyReplies, (replies) => {
        const bytes = encodeReplies(replies);
        const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
        expect(readAll(open(), single)).toEqual(replies);
      }),
      { numRuns: 30 },
    );
  });

  test('takes any bytes for replies or for garbled, the same however they are cut', () => {
    fc.assert(
      fc.property(anyBytes, fc.array(fc.nat()), (bytes, cuts) => {
        const whole = whyNot(open(), [bytes]);
        expect(whyNot(open(), piecesOf(bytes, cuts))).toBe(whole);
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps what belongs to no reply', () => {
    const reader = open();
    reader.push(Buffer.from('+CONTINUE\r\n*1\r\n$4\r\nPI'));
    expect(reader.next()).toBe('CONTINUE');
    expect(String(reader.rest())).toBe('*1\r\n$4\r\nPI');
    expect(reader.next()).toBeUndefined();
  });

  test('gives an error inside an array as one reply among others', () => {
    expect(read('*2\r\n+OK\r\n-ERR no\r\n')).toEqual([['OK', new ErrorReply('ERR no')]]);
    expect(read('-OK\r\n')).toEqual([new ErrorReply('OK')]);
  });

  test('gives strings as bytes where they are no text', () => {
    const [value] = readAll(open({ asBytes: true }), [Buffer.from('$3\r\n\xff\x00\xfe\r\n', 'latin1')]);
    expect(value).toEqual(Buffer.from([0xff, 0, 0xfe]));
  });

  test('reads a value that comes in very many pieces', () => {
    const value = 'v'.repeat(3_000_000);
    const bytes = encodeReplies([value, 'next']);
    const cuts = Array.from({ length: 3_000 }, (_, at) => at * 1_001);
    expect(readAll(open(), piecesOf(bytes, cuts))).toEqual([value, 'next']);
  });
});

describe('what is no reply', () => {
  test.each([
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n', /^what begins with "H" is nothing that a Redis sends$/],
    ['a control byte', '\u0001', /^what begins with byte 1 is/],
    ['a map, which is RESP3', '%1\r\n+a\r\n:1\r\n', /^what begins with "%"/],
    ['a set, which is RESP3', '~1\r\n:1\r\n', /^what begins with "~"/],
    ['nothing, in RESP3', '_\r\n', /^what begins with "_"/],
    ['a fraction, in RESP3', ',1.5\r\n', /^what begins with ","/],
    ['a truth, in RESP3', '#t\r\n', /^what begins with "#"/],
    ['a push, in RESP3', '>1\r\n+a\r\n', /^what begins with ">"/],
    ['a large number, in RESP3', '(1\r\n', /^what begins with "\("/],
    ['a map inside an array', '*1\r\n%1\r\n', /^what begins with "%"/],
    ['a length that is no number', '$abc\r\n', /^there is no number behind "\$"$/],
    ['no length', '*\r\n', /no number behind "\*"/],
    ['an integer that is none', ':1.5\r\n', /no number behind ":"/],
    ['a length below nothing', '$-2\r\n', /no number behind "\$"/],
    ['a number without end', `:${'1'.repeat(20)}`, /no number behind ":"/],
    ['a line end that is half there', ':1\n', /no number behind ":"/],
    ['a text with a line end in it', '+one\ntwo\r\n', /^a line has its end in the middle$/],
    ['a string that is longer than it says', '$2\r\nabcd', /^a string is not as long as it says$/],
  ])('%s', (_name, text, words) => {
    const bytes = Buffer.from(text);
    expect(whyNot(open(), [bytes])).toMatch(words);
    expect(
      whyNot(
        open(),
        piecesOf(
          bytes,
          Array.from(bytes, (_byte, at) => at),
        ),
      ),
    ).toMatch(words);
  });
});

describe('a reply beyond a limit is refused before room is made for it', () => {
  test.each([
    ['a string', `$${String(REPLY_BYTES_MAX + 1)}\r\n`, /^a reply is larger than 4194304 bytes$/],
    ['an array', `*${String(ITEMS_MAX + 1)}\r\n`, /^a reply has more than 65536 items$/],
    ['arrays in an array', `*2\r\n*1\r\n:1\r\n*${String(ITEMS_MAX - 2)}\r\n`, /more than 65536 items/],
    ['arrays in each other', '*1\r\n'.repeat(DEPTH_MAX + 1), /^a reply has more than 16 arrays in each other$/],
    ['a line', `+${'x'.repeat(LINE_BYTES_MAX)}`, /^a line is longer than 65536 bytes$/],
    ['an error', `-${'x'.repeat(LINE_BYTES_MAX)}`, /^a line is longer than 65536 bytes$/],
  ])('%s', (_name, text, words) => {
    expect(whyNot(open(), [Buffer.from(text)])).toMatch(words);
  });

  test('strings that are too much together', () => {
    const small = { limits: { ...REPLY_LIMITS, bytesMax: 10 } };
    expect(read('*2\r\n$5\r\nabcde\r\n$5\r\nabcde\r\n', small)).toEqual([['abcde', 'abcde']]);
    expect(whyNot(open(small), [Buffer.from('*2\r\n$5\r\nabcde\r\n$6\r\n')])).toBe('a reply is larger than 10 bytes');
    expect(whyNot(open(small), [Buffer.from('*2\r\n+abcde\r\n+abcdef\r\n')])).toBe('a reply is larger than 10 bytes');
    expect(read('$10\r\nabcdefghij\r\n$10\r\nabcdefghij\r\n', small)).toHaveLength(2);
  });

  test('more items than another limit allows, and not those that only the usual one forbids', () => {
    const limits = { ...REPLY_LIMITS, itemsMax: ITEMS_MAX + 1 };
    const bytes = Buffer.from(`*${String(ITEMS_MAX + 1)}\r\n${':1\r\n'.repeat(ITEMS_MAX + 1)}`);
    expect(whyNot(open({ limits }), [bytes])).toBeUndefined();
    expect(whyNot(open({ limits }), [Buffer.from(`*${String(ITEMS_MAX + 2)}\r\n`)])).toMatch(/more than 65537 items/);
  });

  test('and what is within all of them is read', () => {
    expect(read(`*${String(ITEMS_MAX)}\r\n${':1\r\n'.repeat(ITEMS_MAX)}`)[0]).toHaveLength(ITEMS_MAX);
    expect(read(`${'*1\r\n'.repeat(DEPTH_MAX)}:1\r\n`)).toHaveLength(1);
    expect(read(`+${'x'.repeat(LINE_BYTES_MAX - 1)}\r\n`)).toEqual(['x'.repeat(LINE_BYTES_MAX - 1)]);
  });
});

test('a length is believed only as far as bytes have come', () => {
  const reader = open();
  const { arrayBuffers } = process.memoryUsage();
  reader.push(Buffer.from(`*2\r\n$${String(REPLY_BYTES_MAX - 10)}\r\nabc`));
  expect(reader.next()).toBeUndefined();
  expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(1_000_000);
});
