/** What is kept of CLIENT LIST, however its bytes are cut. */
import { describe, expect, test } from 'vitest';
import { addressOf, FoundClients, portOf, ReplyLines, type Wanted } from '../../../src/redis/client-list.ts';
import { Failure } from '../../../src/redis/failure.ts';
import * as fc from '../properties.ts';
import { piecesOf } from './pieces.ts';

const WANTED: Wanted = { addresses: ['10.0.0.9', 'fd00::9'], clientsMax: 3, numbers: undefined };

const line = (id: number, addr: string, laddr: string | undefined): string =>
  `id=${String(id)} addr=${addr}${laddr === undefined ? '' : ` laddr=${laddr}`} fd=8 name= age=1 flags=N user=default\n`;

const bulk = (text: string): string => `$${String(Buffer.byteLength(text))}\r\n${text}\r\n`;
const STATS = bulk('# Stats\r\ntotal_connections_received:17\r\ntotal_commands_processed:3\r\n');

const read = (text: string, cuts: readonly number[] = [], wanted = WANTED) => {
  const found = new FoundClients(wanted, 6379);
  const replies: (string | undefined)[] = [];
  const lines = new ReplyLines(found.line, (error) => replies.push(error));
  for (const piece of piecesOf(Buffer.from(text, 'latin1'), cuts)) lines.push(piece);
  return { clients: [...found.clients], last: found.last, connections: found.connections, replies };
};

describe('the clients of an address', () => {
  const list =
    line(3, '10.0.0.5:40000', '10.0.0.9:6379') +
    line(4, '10.0.0.6:40001', '10.0.0.1:6379') +
    line(6, '[fd00::5]:40002', '[fd00::9]:6379') +
    line(9, '/run/redis.sock:0', '/run/redis.sock:0');

  test('are those with it as their laddr, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        expect(read(`+OK\r\n${STATS}${bulk(list)}`, cuts)).toEqual({
          clients: [
            ['10.0.0.5:40000', '10.0.0.9:6379'],
            ['[fd00::5]:40002', '[fd00::9]:6379'],
          ],
          last: 9,
          connections: 17,
          replies: [undefined, undefined, undefined],
        });
      }),
    );
  });

  test('are the newest where there are more than are kept', () => {
    const many = [1, 2, 3, 4, 5].map((id) => line(id, `10.0.0.5:${String(id)}`, '10.0.0.9:6379')).join('');
    expect(read(bulk(many)).clients.map(([client]) => client)).toEqual(['10.0.0.5:3', '10.0.0.5:4', '10.0.0.5:5']);
  });

  test('are all of its family where a server before 6.2 says no laddr', () => {
    const old = line(3, '10.0.0.5:40000', undefined) + line(4, '[fd00::5]:40001', undefined);
    expect(read(bulk(old)).clients).toEqual([
      ['10.0.0.5:40000', '10.0.0.9:6379'],
      ['[fd00::5]:40001', '[fd00::9]:6379'],
    ]);
  });

  test('are not known where the server refuses', () => {
    expect(read(`${STATS}-NOPERM no permissions\r\n`).replies).toEqual([undefined, 'NOPERM no permissions']);
  });
});

test.each([['*2\r\n'], ['$-1\r\n'], [`+${'x'.repeat(70_000)}`]])('%.10j is no reply to it', (text) => {
  expect(() => read(text)).toThrow(Failure);
});

test('an end of a connection is an address and a port', () => {
  expect([addressOf('[fd00::9]:6379'), portOf('[fd00::9]:6379')]).toEqual(['fd00::9', 6379]);
  expect([addressOf('10.0.0.9:7000'), portOf('10.0.0.9:7000')]).toEqual(['10.0.0.9', 7000]);
});
