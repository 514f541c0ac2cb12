/** Who is meant by words that are no LOCAL PEER PORT, as the old scripts were called: a password is looked up by nobody. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { whyNoWorld } from '../lib/namespaces.ts';
import { run } from '../lib/process.ts';
import { programArgv } from '../lib/program.ts';
import { waitFor } from '../lib/wait.ts';
import { World } from '../lib/world.ts';
import { openPlace } from './lib.ts';

const SECRET = 'S3cretWord';
const LOCAL = '127.0.0.1';
const PEER = '127.0.0.2';

/** PORT is the port of a listener, which a command visits that means the configured pair. */
const openConfigured = async (toml: string) => {
  const place = await openPlace();
  writeFileSync(join(place.dir, 'redisha.toml'), toml.replace('PORT', String(place.port)));
  const withPort = (words: readonly string[]) => words.map((word) => (word === 'PORT' ? String(place.port) : word));
  return { place, runWords: (words: readonly string[]) => place.run(withPort(words)) };
};

const DRY = ['--dry-run', '--option', 'peer_master_timeout=1s'];

describe('none or two words mean the configured pair', () => {
  const pair = `local = "${LOCAL}"\npeer = "${PEER}"\n`;
  test.each([
    ['check, none', ['check'], `${pair}port = PORT\n`],
    ['check, a password and a port', ['check', SECRET, 'PORT'], pair],
    ['check, a port and a password', ['check', 'PORT', 'word@redis'], pair],
    ['check, two numbers of which one is the configured port', ['check', '12345', 'PORT'], `${pair}port = PORT\n`],
    ['master, none', ['master', ...DRY], `${pair}port = PORT\n`],
    ['master, a password and a port', ['master', SECRET, 'PORT', ...DRY], pair],
    ['master, the virtual address and a port', ['master', '10.99.0.50', 'PORT', ...DRY], pair],
    ['backup, a port and a password', ['backup', 'PORT', 'word@redis', ...DRY], pair],
    ['status, two', ['status', SECRET, 'PORT'], pair],
  ])('%s', async (_name, words, toml) => {
    const { place, runWords } = await openConfigured(toml);
    const { code, stdout, stderr } = await runWords(words);
    expect(code, stderr).not.toBe(2);
    expect(place.visits(), stdout + stderr).toBeGreaterThan(0);
    expect(stdout + stderr).not.toContain(SECRET);
  });
});

describe('where none is configured, nothing is asked and no word that may be a password is told', () => {
  test.each([
    [
      'check, none',
      ['check'],
      /check takes HOST PORT; got no words, .* none is configured; in keepalived\.conf the whole command/,
    ],
    [
      'check, a password and a port',
      ['check', SECRET, 'PORT'],
      /HOST is not an address, and this host does not know that name/,
    ],
    [
      'check, a port and a password',
      ['check', 'PORT', 'word@redis'],
      /HOST must be an IP address or a host name, not "\d+"/,
    ],
    ['check, two numbers', ['check', '7379', '6379'], /HOST must be an IP address or a host name, not "7379"/],
    ['check, no address of 4 numbers', ['check', '10.0.0.256', 'PORT'], /HOST must be an IP address or a host name/],
    [
      'master, none',
      ['master'],
      /master takes LOCAL PEER PORT; got no words, which mean the configured pair, and none is\s/,
    ],
    [
      'master, a password and a port',
      ['master', SECRET, 'PORT'],
      /got two words, which mean the configured pair, and none is/,
    ],
    ['master, a password as LOCAL', ['master', SECRET, PEER, 'PORT'], /LOCAL is not an address/],
    ['master, a password as PEER', ['master', LOCAL, SECRET, 'PORT'], /PEER is not an address/],
    ['master, a password as PORT', ['master', LOCAL, PEER, SECRET], /PORT must be a number from 1 to 65535\n/],
    [
      'backup, a password, a port and an address',
      ['backup', SECRET, '7379', '10.99.0.1'],
      /PEER must be .*, not "7379"/,
    ],
    ['stop, two', ['stop', SECRET, 'PORT'], /stop takes LOCAL PEER PORT; got two words/],
    ['a word too many', ['master', LOCAL, PEER, 'PORT', SECRET], /got "127\.0\.0\.1" "127\.0\.0\.2" "\d+" "…"/],
  ])('%s', async (_name, words, says) => {
    const { place, runWords } = await openConfigured('');
    const { code, stdout, stderr } = await runWords(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/S3cretWord|word@redis/);
    expect({ visits: place.visits(), made: place.made() }).toEqual({ visits: 0, made: [] });
  });
});

test('a mistake in a line of keepalived.conf is in the log, since keepalived tells it to nobody', async () => {
  const place = await openPlace();
  const keepalived = join(place.dir, 'keepalived');
  symlinkSync('/bin/sh', keepalived);
  const words = ['master', SECRET, '127.0.0.2'];
  const done = await run([keepalived, '-c', '"$@"; echo ended $?', 'sh', ...programArgv(words)], { env: place.env });
  expect(done.stdout).toBe('ended 2\n');
  expect(place.log()).toMatch(/ERROR master\[\d+\] usage .*master takes LOCAL PEER PORT; got two words/);
  expect(place.log()).not.toContain(SECRET);
});

const confFor = (port: number): string =>
  `vrrp_instance VI_1 {\n  notify_master "/usr/local/redis/sh/redis_master.sh ${LOCAL} ${PEER} ${String(port)}"\n}\n`;

test('status knows the pair from keepalived.conf before keepalived has said anything', async () => {
  const place = await openPlace();
  writeFileSync(join(place.dir, 'keepalived.conf'), confFor(place.port));
  const { code, stdout, stderr } = await place.run(['status']);
  expect(code, stderr).toBe(1);
  expect(stdout).toContain(`${LOCAL}:${String(place.port)}`);
  expect(stdout).toContain(`${PEER}:${String(place.port)}`);
});

test('a check of another port by hand makes no pair known, and a pair can be forgotten', async () => {
  const place = await openPlace();
  const [port, other] = [String(place.port), '1'];
  for (const line of [
    ['master', LOCAL, PEER, port, '-o', 'sync_timeout=1s'],
    ['check', LOCAL, other],
  ])
    await place.run(line);
  expect(existsSync(join(place.dir, 'state', other))).toBe(true);
  const known = await place.run(['status']);
  expect(known.stdout).toContain(`${LOCAL}:${port}`);

  const journal = join(place.dir, 'state', port, 'journal.jsonl');
  expect(readFileSync(journal, 'utf8')).not.toBe('');
  expect(await place.run(['forget', port])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^forgotten: port/) as string,
  });
  expect(existsSync(journal)).toBe(true);
  expect(await place.run(['status'])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('the pair is not known') as string,
  });

  writeFileSync(join(place.dir, 'keepalived.conf'), confFor(place.port));
  expect((await place.run(['forget', port])).stdout).toMatch(
    /was not known\nnote: .*keepalived\.conf still calls redisha/,
  );
});

const NAME_SERVER = `const { appendFileSync, writeFileSync } = require('node:fs');
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (message) => appendFileSync('/run/asked', message.toString('latin1').replace(/[^ -~]/g, '.') + '\\n'));
socket.bind(53, '127.0.0.1', () => writeFileSync('/run/asked', ''));`;

test.skipIf((await whyNoWorld([])) !== undefined)(
  'a name server hears of names with a dot, and never of a password',
  async () => {
    const world = await World.create();
    try {
      const host = await world.addHost('a', '10.99.0.1', 'eth0');
      rmSync(host.file('/etc/resolv.conf'), { force: true });
      writeFileSync(host.file('/etc/resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
      writeFileSync(host.file('/etc/nsswitch.conf'), 'hosts: files dns\n');
      mkdirSync(host.file('/run/redisha-test'));
      await host.spawn([process.execPath, '-e', NAME_SERVER]);
      const asked = () =>
        existsSync(host.file('/run/asked')) ? readFileSync(host.file('/run/asked'), 'utf8') : undefined;
      await waitFor('the name server', { deadlineMs: 10_000 }, asked, (seen) => seen !== undefined);
      const env = { REDISHA_STATE_DIR: '/run/redisha-test', REDISHA_LOG_FILE: '/run/redisha-test/log' };
      const words = [
        ['check', SECRET, '6379'],
        ['master', SECRET, PEER, '6379'],
        ['master', LOCAL, SECRET, '6379'],
        ['check', '7379', '6379'],
      ];
      for (const line of words) expect((await host.run(programArgv(line), { env })).code).toBe(2);
      expect(asked()).toBe('');
      await host.run(programArgv(['check', 'redis.example.org', '6379']), { env });
      expect(asked()).toContain('example');
    } finally {
      await world.close();
    }
  },
);
