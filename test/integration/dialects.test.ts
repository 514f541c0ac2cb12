/** Servers of other versions: a real one behind a proxy that knows and says what such a version does. */
import { describe, expect, test } from 'vitest';
import { isSince, serverOf } from '../lib/server.ts';
import { type Dialect, openDialect } from './lib/dialect.ts';
import { expectInOrder, link, part, startPair, type TestPair } from './lib/pair.ts';
import { rescuesOf } from './lib/rounds.ts';

const BEFORE_6_2 = ['FAILOVER'];
const BEFORE_5 = [...BEFORE_6_2, 'REPLICAOF'];

interface Tried extends Dialect {
  readonly name: string;
  readonly way: string;
  /** The oldest server behind the proxy that can do what such a server is asked for. */
  readonly over?: readonly [number, number];
}

const DIALECTS: readonly Tried[] = [
  {
    name: 'Redis 2.8',
    version: '2.8.24',
    lacks: BEFORE_5,
    pause: 'ERR Syntax error, try CLIENT (LIST | KILL ip:port | GETNAME | SETNAME connection-name)',
    saysSlaves: true,
    beforePsync2: true,
    way: 'fence',
  },
  {
    name: 'Redis 4.0',
    version: '4.0.14',
    lacks: BEFORE_5,
    pause: 'ERR Syntax error, try CLIENT (LIST | KILL | GETNAME | SETNAME | PAUSE | REPLY)',
    saysSlaves: true,
    way: 'fence',
  },
  {
    name: 'Redis 6.0',
    version: '6.0.16',
    lacks: BEFORE_6_2,
    pause: "ERR Unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.",
    way: 'fence',
  },
  {
    name: 'Valkey 8',
    version: '7.2.4',
    lacks: [],
    info: { valkey_version: '8.0.1', server_name: 'valkey', server_mode: 'standalone' },
    way: 'pause',
    over: [7, 0],
  },
];

const startAs = async (dialect: Dialect): Promise<TestPair> => {
  const pair = await startPair({ proxied: true, linked: false });
  for (const { address, behind, port } of [pair.a, pair.b])
    await openDialect(dialect, port, { at: address, to: behind });
  await link(pair.a, pair.b);
  return pair;
};

describe.each(DIALECTS)('a pair of $name', ({ way, over, ...dialect }) => {
  const unfit = over !== undefined && !isSince(serverOf('a'), over);
  const WHY = 'the server behind the proxy is too old for it';

  test('hands the role over', async ({ skip }) => {
    skip(unfit, WHY);
    const { a, b } = await startAs(dialect);
    await a.ask('SET', 'key', 'value');
    await b.follows(a);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(b.rules).toContain(300);
    expect(b.log).toMatch(new RegExp(`handed over.*${way}`));
    await expectInOrder(b, a);
  });

  test('saves what only the one that gives way has', async ({ skip }) => {
    skip(unfit, WHY);
    const { a, b } = await startAs(dialect);
    await part({ a, b }, { onA: ['both', 'only a'], onB: ['both', 'only b'] });
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(rescuesOf(b).map(({ name }) => name.replace(/.*\./, ''))).toEqual([
      dialect.beforePsync2 === true ? 'rdb' : 'resp',
    ]);
    await expectInOrder(b, a);
  });
});
