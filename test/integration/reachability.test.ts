/** However a server is reached: TLS, IPv6, names, another network; and what is said where it cannot be. */
import { describe, expect, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import { clientLines, makeCertificates, serverLines } from './lib/certificates.ts';
import type { TestNode } from './lib/node.ts';
import { openNetwork, whyNoNetwork } from './lib/network.ts';
import { expectInOrder, part, startPair, temporary, type TestPair } from './lib/pair.ts';
import { rescuedText } from './lib/rounds.ts';

const why = await whyNoNetwork();
if (why !== undefined) console.warn(`tests in a network of their own are skipped: ${why}`);

/** Hand-over there and back, a split that is rescued, and the check in between. */
async function expectALife({ a, b }: TestPair): Promise<void> {
  expect(await b.told('master', a), b.log).toMatchObject({ exitCode: 0, rule: 204 });
  expect(await a.told('backup', b)).toMatchObject({ exitCode: 0, rule: 500 });
  await expectInOrder(b, a);
  expect(await a.check()).toMatchObject({ fit: true, rule: 66 });
  expect(await b.check()).toMatchObject({ fit: true, rule: 38 });
  await part({ a: b, b: a }, { onA: ['met', 'b1'], onB: ['met', 'a1'] });
  expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
  await expectInOrder(b, a);
  expect(rescuedText(b)).toContain('a1');
}

describe('TLS', () => {
  test('a port that speaks nothing else and asks for certificates', async () => {
    const certificates = await makeCertificates(await temporary(), 'good', ['IP:127.0.0.1', 'IP:127.0.0.2']);
    const pair = await startPair({
      lines: (port) => serverLines(certificates, port),
      toml: clientLines(certificates),
    });
    await expectALife(pair);
  });

  test('certificates for a name, and addresses in keepalived.conf', async () => {
    const certificates = await makeCertificates(await temporary(), 'named', ['DNS:redis.test']);
    const lines = (port: number) => serverLines(certificates, port);
    const { a, b } = await startPair({ lines, toml: [...clientLines(certificates), 'tls_servername = "redis.test"'] });
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
    await expectInOrder(b, a);
    const { code, stderr } = await b.run('master', a, ['--option', 'tls_servername=other.test']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/other\.test/);
  });

  test('a server whose authority is not ours is not spoken to, but alive', async () => {
    const dir = await temporary();
    const names = ['IP:127.0.0.1', 'IP:127.0.0.2'];
    const [server, client] = [await makeCertificates(dir, 'good', names), await makeCertificates(dir, 'evil', names)];
    const lines = (port: number) => [...serverLines(server, port), 'tls-auth-clients no'];
    const { a, b } = await startPair({ lines, toml: clientLines(client), linked: false });
    const { code, stderr } = await b.run('master', a);
    expect(code).toBe(3);
    expect(stderr).toMatch(/certificate[^]*rule 100/);
    expect(await b.check()).toMatchObject({ fit: true, rule: 14 });
  });

  test('redisha without TLS at a port that has it, and with TLS at a port that has not', async () => {
    const certificates = await makeCertificates(await temporary(), 'good', ['IP:127.0.0.1', 'IP:127.0.0.2']);
    const lines = (port: number) => serverLines(certificates, port);
    const { a, b } = await startPair({ lines, linked: false });
    const plain = await b.run('master', a, ['--option', 'loading_timeout=200ms']);
    expect({ code: plain.code, stderr: plain.stderr }).toEqual({
      code: 5,
      stderr: expect.stringContaining('hint') as string,
    });
    const bare = await startPair({ toml: clientLines(certificates), linked: false });
    const secure = await bare.b.run('master', bare.a, ['--option', 'loading_timeout=200ms']);
    expect(secure.code).toBe(5);
  });
});

const byName = (node: TestNode, peer: TestNode): readonly string[] => ['localhost', peer.address, String(node.port)];

describe('names', () => {
  test('a name for the local server does as well as its address', async () => {
    const { a, b } = await startPair();
    const done = await a.runWith(['master', ...byName(a, b), '--json'], b);
    expect(JSON.parse(done.stdout)).toMatchObject({ exitCode: 0, rule: 204 });
    const backup = await a.runWith(['backup', ...byName(a, b), '--option', 'peer_master_timeout=1ms'], b);
    expect(backup.code).toBe(4);
    await expectInOrder(a, b);
  });

  test('a name for the peer, under which its replica knows it, is the peer', async () => {
    const { a, b } = await startPair({ linked: false });
    await a.ask('SET', 'k', 'v');
    await b.ask('REPLICAOF', 'localhost', a.port);
    const link = async () => (await b.redis.view()).linkUp;
    await waitFor('the link', { deadlineMs: 10_000 }, link, Boolean);
    const done = await b.runWith(['master', b.address, 'localhost', String(b.port), '--json'], a);
    expect(JSON.parse(done.stdout + done.stderr)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(b.decisions).toEqual([300, 204]);
    await expectInOrder(b, a);
  });

  test('a name that does not resolve: the local server is out of reach, a peer is as good as dead', async () => {
    const { a, b } = await startPair();
    const local = await b.runWith(['master', 'no-such-host.invalid', a.address, String(b.port)], a);
    expect({ code: local.code, stderr: local.stderr }).toEqual({
      code: 5,
      stderr: expect.stringContaining('does not resolve') as string,
    });
    const peer = await a.runWith(['master', a.address, 'no-such-host.invalid', String(a.port), '--json'], b);
    expect(JSON.parse(peer.stdout)).toMatchObject({ exitCode: 0, rule: 206 });
    expect(await a.role()).toBe('master');
  });
});

describe.runIf(why === undefined)('a network of its own', () => {
  test('IPv6, with and without brackets', async () => {
    const addresses = ['fd00::1', 'fd00::2'] as const;
    const enter = await openNetwork(addresses.map((address) => `${address}/128`));
    const pair = await startPair({ network: { enter, addresses } });
    await expectALife(pair);
    const { a, b } = pair;
    const done = await a.runWith(['master', '[fd00::1]', '[fd00::2]', String(a.port), '--json'], b);
    expect(JSON.parse(done.stdout)).toMatchObject({ exitCode: 0, rule: 204 });
    await expectInOrder(a, b);
  });

  test('a server in protected mode: said so, and nothing is done to it', async () => {
    const addresses = ['10.99.0.1', '10.99.0.2'] as const;
    const enter = await openNetwork(addresses.map((address) => `${address}/32`));
    const { a, b } = await startPair({
      network: { enter, addresses },
      linked: false,
      lines: ['protected-mode yes'],
      toml: ['sync_timeout = "300ms"', 'loading_timeout = "300ms"'],
    });
    const told = await b.told('master', a);
    expect(told).toMatchObject({ exitCode: 5, rule: 106 });
    expect(told.message).toMatch(/is in protected mode/);
    expect(await b.check()).toMatchObject({ fit: true, rule: 14 });
    expect([await a.role(), await b.role()]).toEqual(['master', 'master']);
  });
});
