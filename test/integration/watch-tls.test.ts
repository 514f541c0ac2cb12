/** The resident over TLS: a handshake needs the server's own time, which it may not have, and files of our own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Certificates, clientLines, makeCertificates, serverLines } from './lib/certificates.ts';
import { startPair, temporary } from './lib/pair.ts';
import { startFit, startResident } from './lib/resident.ts';
import { FIT, says, UNFIT } from './lib/told.ts';

const DEADLINE_MS = 10_000;
/** Longer than a connection and a look may take together, shorter than a server at work is waited for. */
const BUSY_US = 2_000_000;
const BUSY = `local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end
local untilUs = now() + ${BUSY_US}
repeat until now() > untilUs
return 1`;

const certified = async (): Promise<Certificates> =>
  makeCertificates(await temporary(), 'good', ['IP:127.0.0.1', 'IP:127.0.0.2']);

test('it begins while the server is at work on something long, and waits for it', async () => {
  const certificates = await certified();
  const { a, b } = await startPair({
    lines: (port) => serverLines(certificates, port),
    toml: clientLines(certificates),
  });
  expect(await a.check()).toMatchObject({ fit: true });
  const done = a.redis.askAll([['EVAL', BUSY, 0]], DEADLINE_MS);
  const { file } = await startResident(a, b);
  await says(file, FIT);
  await done;
  expect(a.log).not.toMatch(/ unfit /);
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
  const { file } = await startFit(a, b);
  await a.redis.kill();
  expect(await says(file, UNFIT)).toBe(UNFIT);
});
