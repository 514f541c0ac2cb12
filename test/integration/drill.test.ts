/** `drill` where it does not begin, and where it is killed in the middle. That it measures right is shown on hosts. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KEYS, Terminal } from '../lib/terminal.ts';
import { waitFor } from '../lib/wait.ts';
import { clientLines, makeCertificates, serverLines } from './lib/certificates.ts';
import type { TestNode } from './lib/node.ts';
import { startPair, temporary } from './lib/pair.ts';

/** The address of the master itself stands for the virtual one: it is on this host, and stays. */
const at = ({ address }: TestNode): readonly string[] => ['--option', `vip=${address}`];

test('is refused before anything is done where it cannot be what was meant', async () => {
  const { a, b } = await startPair();
  const name = `${a.address}:${String(a.port)}`;
  const cases = [
    { options: [], code: 3, says: /virtual address is not known[^]*hint: vip =/ },
    { options: [...at(a), '--hard', 'melt'], code: 2, says: /--hard is freeze or kill, not "melt"/ },
    { options: [...at(a), '--yes-i-mean', name], code: 2, says: /--yes-i-mean is for --hard/ },
    { options: [...at(a), '--wait', '0'], code: 2, says: /--wait needs whole seconds/ },
    { options: [...at(a), '--hard', 'kill'], code: 2, says: new RegExp(`hint: .*--yes-i-mean ${name}`) },
    { options: [...at(a), '--hard', 'kill', '--yes-i-mean', 'x:1'], code: 4, says: /names x:1/ },
  ];
  for (const { options, code, says } of cases) {
    const done = await a.run('drill', b, options);
    expect(done, options.join(' ')).toMatchObject({ code, stderr: expect.stringMatching(says) as string });
  }
  const screen = new Terminal(['drill', ...a.words(b), ...at(a), '--hard', 'kill'], a.envFor(b));
  await screen.answer(`Type ${name} to kill its master`, '<', KEYS.enter);
  expect(await screen.end(), screen.text).toBe(130);
  expect(screen.text).toContain('given up, and nothing was done');
  await b.ask('REPLICAOF', 'NO', 'ONE');
  const done = await a.run('drill', b, at(a));
  expect(done).toMatchObject({
    code: 4,
    stdout: '',
    stderr: expect.stringMatching(/not in order[^]*hint: /) as string,
  });
  expect(await a.ask('DBSIZE')).toBe(await b.ask('DBSIZE'));
});

test('with a password and TLS, killed while the server is stopped: the server goes on', async () => {
  const certificates = await makeCertificates(await temporary(), 'good', ['IP:127.0.0.1', 'IP:127.0.0.2']);
  const { a, b } = await startPair({
    password: 'drill-secret',
    lines: (port) => serverLines(certificates, port),
    toml: [...clientLines(certificates), 'password = "drill-secret"'],
  });
  const name = `${a.address}:${String(a.port)}`;
  const drill = a.start('drill', b, [...at(a), '--hard', 'freeze', '--yes-i-mean', name]);
  const pid = (await a.redis.info('server')).get('process_id') ?? '';
  const state = () => /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];
  await waitFor('the server to be stopped', { deadlineMs: 30_000, everyMs: 20 }, state, (seen) => seen === 'T');
  drill.signal('SIGKILL');
  await waitFor('the server to go on', { deadlineMs: 20_000, everyMs: 20 }, state, (seen) => seen !== 'T');
  // What is left goes by itself.
  const keys = (await a.ask('KEYS', 'redisha:drill:*')) as readonly string[];
  for (const key of keys) expect(await a.ask('TTL', key)).toBeGreaterThan(0);
});
