/** What a client sends for the commands of a suffix, in whatever pieces these come. */
import { describe, expect, test } from 'vitest';
import { CommandParser, WHOLE } from '../../../src/redis/command-parser.ts';
import { loadInterpreter } from '../../../src/redis/commands.ts';
import { encode } from '../../../src/redis/connection.ts';
import { Translator } from '../../../src/redis/replayed.ts';
import { array, assert, constantFrom, nat, property } from '../properties.ts';

const interpret = await loadInterpreter({ XADD: 'X-4711', RESTORE: '' });
const rename = (name: Buffer): Buffer => (name.toString() === 'PEXPIREAT' ? Buffer.from('P-4711') : name);

/** What is sent for the lines, with no moment before 5000, when the bytes come cut at these places. */
const sentFor = (lines: readonly string[], cuts: readonly number[] = [], wordBytesMax = 20): readonly string[] => {
  const translator = new Translator(interpret, rename, 5000);
  const parser = new CommandParser({ wordBytesMax, commandBytesMax: 100_000 });
  const bytes = Buffer.concat(lines.map((line) => encode(line.split(' '))));
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((one, other) => one - other);
  const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
  const sent = chunks.flatMap((chunk) => [...parser.pieces(chunk)].map((piece) => translator.send(piece)));
  const commands = new CommandParser(WHOLE).feed(Buffer.concat(sent.flatMap((one) => one.bytes)));
  const names = sent.flatMap((one) => one.commands).map(({ name }) => rename(name).toString());
  expect(names).toEqual(commands.map(([name]) => String(name)));
  return commands.map((words) => words.join(' '));
};

const LONG = 'x'.repeat(50);
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['SET k v', ['SET k v']],
  ['SET k v PXAT 4999', ['SET k v PXAT 5000']],
  ['SET k v PXAT 5001', ['SET k v PXAT 5001']],
  ['SET PXAT PXAT', ['SET PXAT PXAT']],
  [`SET k ${LONG} PXAT 1`, [`SET k ${LONG} PXAT 5000`]],
  [`SET k ${LONG} KEEPTTL`, [`SET k ${LONG} KEEPTTL`]],
  ['PEXPIREAT k 1 GT', ['P-4711 k 5000 GT']],
  ['EXPIREAT k 1', ['EXPIREAT k 5']],
  ['EXPIRE k 1', ['EXPIRE k 1']],
  ['HPEXPIREAT h 1 FIELDS 1 f', ['HPEXPIREAT h 5000 FIELDS 1 f']],
  ['MSETEX 2 PXAT 1 b 2 PXAT 1', ['MSETEX 2 PXAT 1 b 2 PXAT 5000']],
  [`MSETEX 2 a ${LONG} b ${LONG} NX PXAT 1`, [`MSETEX 2 a ${LONG} b ${LONG} NX PXAT 5000`]],
  ['HSETEX h PXAT 1 FIELDS 1 PXAT 2', ['HSETEX h PXAT 5000 FIELDS 1 PXAT 2']],
  [`HSETEX h FXX FIELDS 1 f ${LONG} PXAT 1`, [`HSETEX h FXX FIELDS 1 f ${LONG} PXAT 5000`]],
  [`HSETEX h PXAT 1 FIELDS 1 f ${LONG}`, [`HSETEX h PXAT 5000 FIELDS 1 f ${LONG}`]],
  ['RESTORE k 1 payload ABSTTL', ['RESTORE k 5000 payload ABSTTL']],
  ['RESTORE k 1 payload', ['RESTORE k 1 payload']],
  ['XADD s 1-1 f v', ['XADD s 1-1 f v']],
  ['XADD s IDMP p i 1-1 f v', ['XADD s 1-1 f v', 'XIDMPRECORD s p i 1-1']],
  ['X-4711 s IDMP p i 1-1 f v', ['X-4711 s 1-1 f v', 'XIDMPRECORD s p i 1-1']],
  [`XADD s IDMP p i MAXLEN = 9 1-1 f ${LONG}`, [`XADD s MAXLEN = 9 1-1 f ${LONG}`, 'XIDMPRECORD s p i 1-1']],
  ['XADD s NOMKSTREAM IDMPAUTO p 1-1 f v', ['XADD s NOMKSTREAM 1-1 f v']],
];

describe('the replay of a command', () => {
  test.each(CASES)('%s', (line, sent) => {
    expect(sentFor([line])).toEqual(sent);
    expect(sentFor([line], [], 100)).toEqual(sent);
  });

  test('is the same however the bytes are cut', () => {
    assert(
      property(array(constantFrom(...CASES), { maxLength: 6 }), array(nat()), (cases, cuts) => {
        expect(
          sentFor(
            cases.flatMap(([line]) => line),
            cuts,
          ),
        ).toEqual(cases.flatMap(([, sent]) => sent));
      }),
    );
  });
});
