/** Which keys a command of the replication stream touches. */
import { describe, expect, test } from 'vitest';
import { keyText, loadInterpreter } from '../../../src/redis/commands.ts';
import { failureOfReply } from '../../../src/redis/failure.ts';

const interpret = await loadInterpreter({ SET: 'SET-4711', DEBUG: '' });
const bytes = (line: string): readonly Buffer[] => line.split(' ').map((word) => Buffer.from(word, 'latin1'));
const keysOf = (line: string): readonly string[] => {
  const meaning = interpret(bytes(line));
  return meaning.kind === 'write' ? meaning.keys.map((key) => key.toString('latin1')).toSorted() : [meaning.kind];
};

describe('the keys of a write', () => {
  test.each([
    ['SET k v PXAT 1795356319688', ['k']],
    ['set k v', ['k']],
    ['SET-4711 k v', ['k']],
    ['DEL a b c', ['a', 'b', 'c']],
    ['UNLINK a', ['a']],
    ['PEXPIREAT k 1795356319688', ['k']],
    ['MSET a 1 b 2', ['a', 'b']],
    ['RENAME from to', ['from', 'to']],
    ['COPY from to REPLACE', ['from', 'to']],
    ['BITOP AND to one two', ['to', 'one', 'two']],
    ['SUNIONSTORE to one two', ['to', 'one', 'two']],
    ['ZUNIONSTORE to 2 one two WEIGHTS 1 2', ['to', 'one', 'two']],
    ['ZRANGESTORE to from 0 -1', ['to', 'from']],
    ['GEOSEARCHSTORE to from FROMLONLAT 1 2 BYRADIUS 1 m', ['to', 'from']],
    ['LMOVE from to LEFT RIGHT', ['from', 'to']],
    ['SMOVE from to member', ['from', 'to']],
    ['XGROUP CREATE stream group $', ['stream']],
    ['XCLAIM stream group consumer 0 1-1', ['stream']],
    ['XADD stream MAXLEN 10 1-1 f v', ['stream']],
    ['PFMERGE to one', ['to', 'one']],
    ['RESTORE k 0 \xff\x00', ['k']],
    ['SORT list ALPHA STORE to', ['list', 'to']],
    ['SORT list BY nosort GET # STORE to', ['list', 'nosort', 'to']],
    ['LPOP \xff\xfe', ['\xff\xfe']],
  ])('%s', (line, keys) => {
    expect(keysOf(line)).toEqual(keys.toSorted());
  });
});

describe('a command that may touch any key', () => {
  test.each([
    ['FLUSHALL', 'FLUSHALL'],
    ['FLUSHDB ASYNC', 'FLUSHDB'],
    ['SWAPDB 0 1', 'SWAPDB'],
    ['MOVE k 1', 'MOVE'],
    ['COPY from to DB 1', 'COPY'],
    ['FUNCTION LOAD code', 'FUNCTION'],
    ['SCRIPT FLUSH', 'SCRIPT'],
    ['EVAL code 1 k', 'EVAL'],
    ['FCALL function 1 k', 'FCALL'],
    ['SORT list BY weight_* STORE to', 'SORT'],
    ['SORT list GET other_*->field STORE to', 'SORT'],
    ['JSON.SET doc $ 1', 'JSON.SET'],
    ['ZUNIONSTORE to 9 one two', 'ZUNIONSTORE'],
    ['geheim:\xff value', 'a command without a readable name'],
    [`${'A'.repeat(33)} value`, 'a command without a readable name'],
  ])('%s', (line, name) => {
    expect(interpret(bytes(line))).toEqual({ kind: 'wide', name });
  });
});

describe('what is no write', () => {
  test.each([
    ['PING', { kind: 'nothing' }],
    ['REPLCONF GETACK *', { kind: 'nothing' }],
    ['PUBLISH news hello', { kind: 'nothing' }],
    ['SPUBLISH news hello', { kind: 'nothing' }],
    ['MULTI', { kind: 'bracket' }],
    ['exec', { kind: 'bracket' }],
    ['SELECT 7', { kind: 'select', database: 7 }],
  ])('%s', (line, meaning) => {
    expect(interpret(bytes(line))).toEqual(meaning);
  });
});

describe('the text of a key', () => {
  test('keeps text, and shows the bytes of what is none', () => {
    expect(keyText(0, Buffer.from('clé/ü 😀'))).toBe('0/clé/ü 😀');
    expect(keyText(12, Buffer.from([0xff, 0x00]))).toBe('12/0xff00');
  });
});

test('a refusal does not repeat what was said', () => {
  const refusal = "ERR unknown command 'AUTH', with args beginning with: 'user' 'geheim' ";
  expect(failureOfReply(refusal).message).toBe("ERR unknown command 'AUTH'");
});
