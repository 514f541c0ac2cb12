/** What is known of commands beside their keys. */
import { describe, expect, test } from 'vitest';
import { formAge } from '../../../src/redis/command-ages.ts';
import { traitsOf } from '../../../src/redis/command-table.ts';
import { loadInterpreter } from '../../../src/redis/commands.ts';

const bytes = (line: string): readonly Buffer[] => line.split(' ').map((word) => Buffer.from(word, 'latin1'));
const nameOf = (line: string): string => line.split(' ', 1)[0] ?? '';
const interpret = await loadInterpreter({});

describe('what was carried out under a condition, said without it', () => {
  test.each([
    ['SET k v NX PXAT 1', 'SET k v PXAT 1'],
    ['SET k v XX KEEPTTL', 'SET k v KEEPTTL'],
    ['SET k v IFEQ old', 'SET k v'],
    ['SET k v IFDNE 0123 GET PXAT 1', 'SET k v PXAT 1'],
    ['SET k NX', 'SET k NX'],
    ['MSETEX 1 NX XX NX PXAT 1', 'MSETEX 1 NX XX PXAT 1'],
    ['HSETEX h FNX PXAT 1 FIELDS 1 FXX FNX', 'HSETEX h PXAT 1 FIELDS 1 FXX FNX'],
    ['HSETEX h FIELDS 1 f v FXX', 'HSETEX h FIELDS 1 f v'],
    ['LPUSHX l a', 'LPUSH l a'],
    ['RPUSHX l a b', 'RPUSH l a b'],
    ['XADD s NOMKSTREAM MAXLEN 1 1-1 f v', 'XADD s MAXLEN 1 1-1 f v'],
    ['XADD s NOMKSTREAM IDMP p i 1-1 NOMKSTREAM v', 'XADD s 1-1 NOMKSTREAM v'],
    ['ZADD z XX 2 a', 'ZADD z CH 2 a'],
    ['ZADD z GT CH 2 a', 'ZADD z CH 2 a'],
    ['ZADD z NX INCR 2 a', 'ZADD z INCR 2 a'],
    ['ZADD z GT 2 a 3 b', 'ZADD z GT CH 2 a 3 b'],
  ])('%s', (line, said) => {
    expect(traitsOf(nameOf(line)).unconditional?.(bytes(line)).join(' ')).toBe(said);
  });
});

describe('a message that the stream had already', () => {
  test.each([
    ['XADD s IDMP p i * f v', 'nothing'],
    ['XADD s IDMPAUTO p * f v', 'nothing'],
    ['XADD s NOMKSTREAM IDMP p i MAXLEN ~ 1 LIMIT 5 * f v', 'nothing'],
    ['XADD s IDMP p i MINID = 1-1 * f v', 'nothing'],
    ['XADD s IDMP p i 1-1 * v', 'write'],
    ['XADD s IDMP p * 1-1 f v', 'write'],
    ['XADD s * f v', 'write'],
    ['XADD IDMP 1-1 * v', 'write'],
  ])('%s is %s', (line, kind) => {
    expect(interpret(bytes(line)).kind).toBe(kind);
  });
});

describe('since which Redis a form is known', () => {
  const UNKNOWN = Number.POSITIVE_INFINITY;
  test.each([
    ['SET k v', 6],
    ['SET k PXAT', 6],
    ['SET k v KEEPTTL', 6],
    ['SET k v PXAT 1', 6.2],
    ['SET k v IFEQ w', UNKNOWN],
    ['ZADD z XX CH 1.5 GT', 6],
    ['ZADD z GT -inf a', 6.2],
    ['XADD s MAXLEN = 5 1-1 f v', 6],
    ['XADD s IDMP p i 1-1 f v', 6],
    ['XADD s MINID = 1-1 1-1 f v', 6.2],
    ['XADD s KEEPREF 1-1 f v', UNKNOWN],
    ['XTRIM s MAXLEN 5', 6],
    ['XTRIM s MAXLEN 5 ACKED', UNKNOWN],
    ['XTRIM s MAXLEN 5 NEWER', UNKNOWN],
    ['XGROUP CREATE s g $ MKSTREAM', 6],
    ['XGROUP CREATECONSUMER s g MKSTREAM', 6.2],
    ['XGROUP SETID s g 1-1 ENTRIESREAD 3', 7],
    ['BITOP AND a b', 6],
    ['BITOP DIFF a b c', UNKNOWN],
    ['RESTORE k 0 x', UNKNOWN],
    ['INCR k', 6],
  ])('%s', (line, since) => {
    const [major, minor] = formAge(nameOf(line), bytes(line));
    expect(major + minor / 10).toBe(since);
  });
});
