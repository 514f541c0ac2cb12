/** Servers that no suite of Debian has: a real one behind a proxy that knows and says what such a version does. */
import { describe, expect, test } from 'vitest';
import { type Dialect, openDialect } from './lib/dialect.ts';
import { expectInOrder, link, part, startPair, type TestPair } from './lib/pair.ts';
import { rescuesOf } from './lib/rounds.ts';

const BEFORE_5 = ['FAILOVER', 'REPLICAOF'];

const DIALECTS: readonly (Dialect & { readonly name: string })[] = [
  {
    name: 'Redis 2.8',
    version: '2.8.24',
    lacks: BEFORE_5,
    pause: 'ERR Syntax error, try CLIENT (LIST | KILL ip:port | GETNAME | SETNAME connection-name)',
    saysSlaves: true,
    beforePsync2: true,
  },
  {
    name: 'Redis 4.0',
    version: '4.0.14',
    lacks: BEFORE_5,
    pause: 'ERR Syntax error, try CLIENT (LIST | KILL | GETNAME | SETNAME | PAUSE | REPLY)',
    saysSlaves: true,
  },
];

const startAs = async (dialect: Dialect): Promise<TestPair> => {
  const pair = await startPair({ proxied: true, linked: false });
  for (const { address, behind, port } of [pair.a, pair.b])
    await openDialect(dialect, port, { at: address, to: behind });
  await link(pair.a, pair.b);
  return pair;
};

describe.each(DIALECTS)('a pair of $name', (dialect) => {
  test('hands the role over', async () => {
    const { a, b } = await startAs(dialect);
    await a.ask('SET', 'key', 'value');
    await b.follows(a);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(b.rules).toContain(300);
    expect(b.log).toMatch(/handed-over.*fence/);
    await expectInOrder(b, a);
  });

  test('saves what only the one that gives way has', async () => {
    const { a, b } = await startAs(dialect);
    await part({ a, b }, { onA: ['both', 'only a'], onB: ['both', 'only b'] });
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(rescuesOf(b).map(({ name }) => name.replace(/.*\./, ''))).toEqual([
      dialect.beforePsync2 === true ? 'rdb' : 'resp',
    ]);
    await expectInOrder(b, a);
  });
});
