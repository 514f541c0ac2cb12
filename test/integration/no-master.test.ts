/** Nobody leads, or somebody else does: replicas of each other, of themselves, of nobody, of a stranger. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freePort } from '../lib/loopback.ts';
import { missingFrom, Writer } from '../lib/writer.ts';
import { TestNode } from './lib/node.ts';
import { begin, expectInOrder, part, startPair, type TestPair } from './lib/pair.ts';
import { rescuedText, valuesOf } from './lib/rounds.ts';
import { follow, NOBODY } from './lib/troubles.ts';

/** A third Redis beside the pair. */
async function stranger({ dir }: TestPair): Promise<TestNode> {
  const address = '127.0.0.3';
  const port = await freePort([address]);
  const node = new TestNode({ name: 'c', address, port, dir: join(dir, 'c'), lines: [], toml: [] });
  await begin(node);
  return node;
}

describe('no master', () => {
  test('each is a replica of the other, and both links are up: the node with the address leads', async () => {
    const pair = await startPair();
    await follow(pair.a, pair.b.address, pair.b.port);
    expect([await pair.a.role(), await pair.b.role()]).toEqual(['slave', 'slave']);
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(pair.a.decisions).toEqual([362, 204]);
    await expectInOrder(pair.a, pair.b);
  });

  test('both follow a host that is not there, as a safe start leaves them: the node with the address leads', async () => {
    const pair = await startPair();
    await follow(pair.a, ...NOBODY);
    await follow(pair.b, ...NOBODY);
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
    expect(pair.a.decisions[0]).toBe(362);
    expect(await pair.a.role()).toBe('master');
    expect(await pair.b.told('backup', pair.a)).toMatchObject({ exitCode: 0, rule: 500 });
    await expectInOrder(pair.a, pair.b);
    expect(await valuesOf(pair.b, ['seed:3'])).toEqual({ 'seed:3': '3' });
  });

  test('both follow nobody and the other one has more: it leads until its data is here', async () => {
    const pair = await startPair();
    await part(pair, { onB: ['k'] });
    await follow(pair.a, ...NOBODY);
    await follow(pair.b, ...NOBODY);
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(pair.a.decisions).toEqual([360, 300, 204]);
    await expectInOrder(pair.a, pair.b);
    expect(await valuesOf(pair.a, ['k'])).toEqual({ k: 'by b' });
  });

  test('each is a replica of the other with writes of its own: none is overwritten before it is saved', async () => {
    const { a, b } = await startPair({ lines: ['repl-diskless-sync-delay 0'] });
    await part({ a, b }, { onA: ['k'], onB: ['k'] });
    await follow(a, ...NOBODY);
    await follow(b, a.address, a.port);
    await follow(a, b.address, b.port);
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(a.decisions).toEqual([361, 225, 229, 222, 204]);
    await expectInOrder(a, b);
    expect(rescuedText(a)).toContain('by b');
  });

  test('both follow nobody and backup waits in vain: refused, both keep their data', async () => {
    const pair = await startPair({ toml: ['peer_master_timeout = "1s"'] });
    await follow(pair.a, ...NOBODY);
    await follow(pair.b, ...NOBODY);
    const told = await pair.b.told('backup', pair.a);
    expect(told).toMatchObject({ exitCode: 4, rule: 558, result: 'refused' });
    expect(told.hint).toContain('its master command');
    expect(pair.b.rules).toEqual([554, 558]);
  });

  test('fault has nothing to give up', async () => {
    const pair = await startPair();
    await follow(pair.a, pair.b.address, pair.b.port);
    expect(await pair.a.told('fault', pair.b)).toMatchObject({ exitCode: 0, rule: 560 });
    expect([await pair.a.role(), await pair.b.role()]).toEqual(['slave', 'slave']);
  });
});

describe('beside the master of the pair', () => {
  test.each([
    ['itself', (node: TestNode) => [node.address, node.port] as const],
    ['nobody', () => NOBODY],
  ])('local follows %s: it copies the data, then takes the role', async (_whom, upstream) => {
    const pair = await startPair();
    await follow(pair.b, ...upstream(pair.b));
    await pair.a.ask('SET', 'later', '1');
    expect(await pair.b.told('master', pair.a)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(pair.b.decisions).toEqual([310, 300, 204]);
    await expectInOrder(pair.b, pair.a);
    expect(await valuesOf(pair.b, ['later'])).toEqual({ later: '1' });
  });

  test('local follows nobody and has data of its own: all of it is in a file before it copies', async () => {
    const pair = await startPair({ linked: false });
    await pair.a.ask('SET', 'k', 'by a');
    await pair.b.ask('SET', 'k', 'by b');
    await follow(pair.b, ...NOBODY);
    expect(await pair.b.told('master', pair.a), pair.b.log).toMatchObject({ exitCode: 0, rule: 204 });
    expect(pair.b.decisions).toEqual([315, 319, 212, 300, 204]);
    await expectInOrder(pair.b, pair.a);
    expect(await valuesOf(pair.b, ['k'])).toEqual({ k: 'by a' });
    expect(rescuedText(pair.b)).toMatch(/^(REDIS|VALKEY)[^]*by b/);
  });

  test('local follows nobody: backup makes it follow the master', async () => {
    const pair = await startPair();
    await follow(pair.b, ...NOBODY);
    expect(await pair.b.told('backup', pair.a)).toMatchObject({ exitCode: 0, rule: 500 });
    expect(pair.b.decisions).toEqual([540, 500]);
    await expectInOrder(pair.a, pair.b);
  });
});

describe('a third server', () => {
  test('local follows a live master outside the pair: not ours to end, and said so', async () => {
    const pair = await startPair();
    const c = await stranger(pair);
    await follow(pair.b, c.address, c.port);
    const told = await pair.b.told('master', pair.a);
    expect(told).toMatchObject({ exitCode: 4, rule: 308, result: 'refused' });
    expect(told.message).toContain('a live master outside it');
    expect([await pair.a.role(), await pair.b.role()]).toEqual(['master', 'slave']);
  });

  test('a chain: local follows the peer, and the peer a live master outside the pair: refused', async () => {
    const pair = await startPair();
    const c = await stranger(pair);
    await follow(pair.a, c.address, c.port);
    expect(await pair.b.told('master', pair.a)).toMatchObject({ exitCode: 4, rule: 308 });
    expect(await pair.a.role()).toBe('slave');
  });

  test('a person who insists gets local promoted in the middle of a chain', async () => {
    const pair = await startPair();
    const c = await stranger(pair);
    await follow(pair.a, c.address, c.port);
    const told = await pair.b.told('promote', pair.a, ['--force']);
    expect(told).toMatchObject({ exitCode: 0 });
    expect(await pair.b.role()).toBe('master');
  });

  test('a person who insists gets the role at the first attempt: what local has is saved, and held back no longer', async () => {
    const pair = await startPair();
    const { a, b } = pair;
    const c = await stranger(pair);
    await c.ask('SET', 'c1', 'by c');
    await follow(b, c.address, c.port);
    await b.follows(c);
    const writer = await Writer.start(undefined, a.address, { port: a.port, writesPerS: 500, keyPrefix: 'w:' });
    await writer.ackedMore(50, 10_000);
    expect(await b.told('promote', a, ['--force']), b.log).toMatchObject({ exitCode: 0, rule: 204 });
    const written = await writer.end();
    expect(b.log).not.toContain('hand-over-way-failed');
    expect(b.decisions).toEqual([315, 319, 312, 300, 204]);
    await expectInOrder(b, a);
    expect(rescuedText(b)).toContain('c1');
    expect(await missingFrom(b.redis, written)).toEqual([]);
  });

  test('local is the master and the peer follows another server: left alone by master, reported by backup', async () => {
    const pair = await startPair({ toml: ['peer_master_timeout = "200ms"'] });
    const c = await stranger(pair);
    await follow(pair.b, c.address, c.port);
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0, rule: 206 });
    expect(await pair.a.told('backup', pair.b)).toMatchObject({ exitCode: 4, rule: 556 });
    expect(await pair.a.told('fault', pair.b)).toMatchObject({ exitCode: 0, rule: 552 });
    expect(await pair.a.role()).toBe('master');
  });

  test('a replica of the master beside the pair is neither counted nor moved by a hand-over', async () => {
    const pair = await startPair();
    const c = await stranger(pair);
    await follow(c, pair.a.address, pair.a.port);
    await c.follows(pair.a);
    expect(await pair.b.told('promote', pair.a)).toMatchObject({ exitCode: 0, rule: 204 });
    await expectInOrder(pair.b, pair.a);
    expect((await c.redis.view()).masterHost).toBe(pair.a.address);
  });
});

describe('a writable replica', () => {
  test('takes the role like any other', async () => {
    const pair = await startPair({ lines: ['replica-read-only no'] });
    expect(await pair.b.ask('SET', 'own', 'here')).toBe('OK');
    expect(await pair.b.told('master', pair.a)).toMatchObject({ exitCode: 0, rule: 204 });
    await pair.a.follows(pair.b);
    expect(await valuesOf(pair.b, ['own', 'seed:1'])).toEqual({ own: 'here', 'seed:1': '1' });
  });
});
