/** Replies that are read past: the same ends, the same refusals, and only the first error is kept. */
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../../src/redis/failure.ts';
import { DEPTH_MAX } from '../../../../src/redis/wire/protocol.ts';
import { ErrorReply, REPLY_LIMITS, type Reply, ReplyReader } from '../../../../src/redis/wire/reply-reader.ts';
import { ReplySkimmer, type Skimmed, SKIMMED_BYTES_MAX } from '../../../../src/redis/wire/reply-skimmer.ts';
import * as fc from '../../properties.ts';
import { piecesOf } from '../pieces.ts';
import { anyBytes, anyReplies, encodeReplies } from './replies.ts';

const skimAll = (pieces: readonly Buffer[], mayFail?: ReadonlySet<number>): readonly Skimmed[] => {
  const skimmer = new ReplySkimmer(mayFail);
  const found: Skimmed[] = [];
  for (const piece of pieces) {
    skimmer.push(piece);
    for (let one = skimmer.next(); one !== undefined; one = skimmer.next()) found.push(one);
  }
  return found;
};

const skimmedOf = (reply: Reply, mayFail: ReadonlySet<number>): Skimmed => {
  if (reply instanceof ErrorReply) return { isNothing: false, error: { at: undefined, message: reply.message } };
  const items = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
  const at = items.findIndex((item, place) => item instanceof ErrorReply && !mayFail.has(place));
  const found = items[at];
  const error = found instanceof ErrorReply ? { at, message: found.message } : undefined;
  return { isNothing: reply === null, error };
};

const readAll = (bytes: Buffer): void => {
  const reader = new ReplyReader({ limits: { ...REPLY_LIMITS, bytesMax: SKIMMED_BYTES_MAX }, asBytes: false });
  reader.push(bytes);
  while (reader.next() !== undefined);
};

const isGarbled = (run: () => void): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'garbled') return true;
    throw error;
  }
};

describe('a reply that is read past', () => {
  test('tells whether it is nothing, and the first error in it, however the bytes are cut', () => {
    fc.assert(
      fc.property(anyReplies, fc.infiniteStream(fc.boolean()), fc.array(fc.nat()), (replies, chances, cuts) => {
        const bytes = encodeReplies(replies, () => chances.next().value === true);
        expect(skimAll(piecesOf(bytes, cuts))).toEqual(replies.map((reply) => skimmedOf(reply, new Set())));
      }),
    );
  });

  test('does not tell of an error at a place that may fail', () => {
    fc.assert(
      fc.property(anyReplies, fc.array(fc.nat(4)), fc.array(fc.nat()), (replies, places, cuts) => {
        const mayFail = new Set(places);
        const pieces = piecesOf(encodeReplies(replies), cuts);
        expect(skimAll(pieces, mayFail)).toEqual(replies.map((reply) => skimmedOf(reply, mayFail)));
      }),
    );
    const bytes = Buffer.from('*4\r\n-ERR extra\r\n*1\r\n-ERR inner\r\n-ERR b\r\n-ERR c\r\n-ERR all\r\n');
    expect(skimAll([bytes], new Set([0, 1])).map(({ error }) => error)).toEqual([
      { at: 2, message: 'ERR b' },
      { at: undefined, message: 'ERR all' },
    ]);
  });

  test('is refused where a reader refuses it', () => {
    fc.assert(
      fc.property(anyBytes, fc.array(fc.nat()), (bytes, cuts) => {
        expect(isGarbled(() => skimAll(piecesOf(bytes, cuts)))).toBe(isGarbled(() => readAll(bytes)));
      }),
      { numRuns: 2000 },
    );
  });

  test('has no more arrays in each other than a reply that is read', () => {
    expect(isGarbled(() => skimAll([Buffer.from('*1\r\n'.repeat(DEPTH_MAX))]))).toBe(false);
    expect(isGarbled(() => skimAll([Buffer.from('*1\r\n'.repeat(DEPTH_MAX + 1))]))).toBe(true);
  });

  test('may say any length, and takes no memory for it', () => {
    const skimmer = new ReplySkimmer();
    const piece = Buffer.alloc(1_000_000, 'x');
    const { arrayBuffers } = process.memoryUsage();
    skimmer.push(Buffer.from('*1000000000\r\n$200000000\r\n'));
    for (let pieces = 0; pieces < 200; pieces += 1) {
      expect(skimmer.next()).toBeUndefined();
      skimmer.push(piece);
    }
    expect(skimmer.next()).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(5_000_000);
  });

  test('has an end all the same', () => {
    const header = `$${String(SKIMMED_BYTES_MAX)}\r\n`;
    expect(() => skimAll([Buffer.from(header)])).not.toThrow();
    expect(() => skimAll([Buffer.from(`*2\r\n+OK\r\n${header}`)])).toThrow('a reply is larger than 4294967296 bytes');
  });
});
