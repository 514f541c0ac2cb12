/** A check that stays, over TLS: a handshake needs the server's own time, which it may not have, and files of our own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Running } from '../lib/process.ts';
import { startRedisha } from '../lib/program.ts';
import { waitFor } from '../lib/wait.ts';
import { type Certificates, clientLines, makeCertificates, serverLines } from './lib/certificates.ts';
import type { TestNode } from './lib/node.ts';
import { startPair, temporary } from './lib/pair.ts';

const DEADLINE_MS = 10_000;
/** Longer than a connection and a look may take together, shorter than a server at work is waited for. */
const BUSY_US = 2_000_000;
const BUSY = `local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end
local untilUs = now() + ${BUSY_US}
repeat until now() > untilUs
return 1`;

const certified = async (): Promise<Certificates> =>
  makeCertificates(await temporary(), 'good', ['IP:127.0.0.1', 'IP:127.0.0.2']);

const started = (node: TestNode, hold: string): Running => {
  const check = startRedisha(['check', '--hold', hold, node.address, String(node.port)], node.env);
  onTestFinished(() => check.stop('SIGKILL', 5000));
  return check;
};

test('it begins while the server is at work on something long, and waits for it', async () => {
  const certificates = await certified();
  const { a } = await startPair({
    lines: (port) => serverLines(certificates, port),
    toml: clientLines(certificates),
  });
  expect(await a.check()).toMatchObject({ fit: true });
  const done = a.redis.askAll([['EVAL', BUSY, 0]], DEADLINE_MS);
  const check = started(a, '10ms');
  expect((await check.ended).code, check.text).toBe(0);
  await done;
});

test('files of its own that are no certificates: the server is alive, and then it is not', async () => {
  const certificates = await certified();
  const cert = join(await temporary(), 'cut-off.crt');
  writeFileSync(cert, '-----BEGIN CERTIFICATE-----\nMIIB');
  const { a, b } = await startPair({
    lines: (port) => serverLines(certificates, port),
    toml: clientLines({ ...certificates, cert }),
  });
  const found = await a.check();
  expect(found).toMatchObject({ fit: true, rule: 14 });
  expect(found.why).toMatch(/tls_cert_file or tls_key_file cannot be used: /);
  const refused = await b.run('master', a);
  expect({ code: refused.code, stderr: refused.stderr }).toEqual({
    code: 3,
    stderr: expect.stringContaining('TLS files') as string,
  });
  const check = started(a, '20s');
  await a.redis.kill();
  await waitFor('the end of the check', { deadlineMs: DEADLINE_MS, everyMs: 10 }, () => check.over, Boolean);
  expect((await check.ended).code).toBe(1);
});
