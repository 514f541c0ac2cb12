/** dist/redisha as keepalived meets it: whatever the environment and the directory, it runs and says nothing beside. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { copyFile, link, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { whyNoWorld } from '../lib/namespaces.ts';
import { Running, run } from '../lib/process.ts';

const root = join(import.meta.dirname, '..', '..');
const executable = join(root, 'dist', 'redisha');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
const [, commit = ''] = (await readFile(join(root, 'dist', 'redisha.inputs'), 'utf8')).trim().split(' ');

const mountable = (await whyNoWorld([])) === undefined && process.getuid?.() === 0;

const expected = {
  code: 0,
  signal: null,
  stdout: `redisha ${version} (commit ${commit}, Node ${process.version})\n`,
  stderr: '',
};

/** Runs a command line in a shell that has nothing of our environment but what it sets itself. */
const bare = (line: string) => run(['env', '-i', '/bin/sh', '-c', line, executable]);

/** It takes a connection, and says nothing until the test does. */
const silentServer = async () => {
  const connected = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      connected.resolve(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, port, asked: connected.promise };
};

describe('redisha --version', () => {
  test('names the version, the commit that the sources come from and the Node inside, which is the one of the tests', async () => {
    expect(await run([executable, '--version'])).toEqual(expected);
  });

  test('has nothing in it of what the kernel said on the machine that built it', async () => {
    const bytes = await readFile(executable);
    // Lines of /proc/net/unix, and the id of the boot.
    for (const said of [
      ': 00000003 00000000 00000000 0001 03',
      await readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ])
      expect(bytes.includes(said.trim())).toBe(false);
  });

  test('needs no environment', async () => {
    expect(await bare('exec "$0" --version')).toEqual(expected);
  });

  test.each([
    'NODE_OPTIONS=--bogus',
    'NODE_OPTIONS="--require /nonexistent.js --trace-warnings"',
    'NODE_PENDING_DEPRECATION=1',
    'NODE_NO_WARNINGS=0',
    'NODE_EXTRA_CA_CERTS=/nonexistent',
    'NODE_TLS_REJECT_UNAUTHORIZED=0',
    'NODE_REDIRECT_WARNINGS=/nonexistent/warnings',
    'NODE_PATH=/nonexistent',
    'NODE_DEBUG=net,tls,timer,module NODE_DEBUG_NATIVE=http2',
    'NODE_CHANNEL_FD=63 NODE_UNIQUE_ID=1 NODE_TEST_CONTEXT=child-v8',
    'NODE_USE_SYSTEM_CA=1 NODE_USE_ENV_PROXY=1 UV_THREADPOOL_SIZE=1',
    'OPENSSL_CONF=/nonexistent SSL_CERT_FILE=/nonexistent',
    'NODE_ENV=development',
    'NO_COLOR=1 FORCE_COLOR=1',
    'DEBUG="*"',
    'LC_ALL=xx_XX.nonexistent TZ=Nowhere/Land',
    'HOME=/nonexistent PATH=',
  ])('%s in the environment changes nothing', async (variables) => {
    expect(await bare(`${variables} exec "$0" --version`)).toEqual(expected);
  });

  test('takes no orders from the environment at work either, and writes nothing for them', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'redisha-executable-'));
    try {
      const place = `REDISHA_STATE_DIR=${directory} REDISHA_LOG_FILE=${directory}/log`;
      const orders = `NODE_V8_COVERAGE=${directory}/coverage NODE_DEBUG=net,timer NODE_REDIRECT_WARNINGS=${directory}/warnings`;
      const done = await bare(`${place} ${orders} exec "$0" check 127.0.0.1 1`);
      expect(done).toMatchObject({
        code: 1,
        stderr: '',
        stdout: expect.stringContaining('connection refused') as unknown,
      });
      expect((await readdir(directory)).toSorted()).not.toContain('warnings');
      expect(await readdir(join(directory, 'coverage')).catch(() => [])).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test.each(['/', '/proc', '/usr/bin'])('is the same in %s', async (directory) => {
    expect(await bare(`cd ${directory} && exec "$0" --version`)).toEqual(expected);
  });

  test('is the same in a directory that is gone', async () => {
    const line = 'd=$(mktemp -d) && cd "$d" && rmdir "$d" && exec "$0" --version';
    expect(await bare(`PATH=/usr/bin:/bin; ${line}`)).toEqual(expected);
  });

  test("runs under keepalived's umask", async () => {
    expect(await bare('umask 0177; exec "$0" --version')).toEqual(expected);
  });

  test('runs with every standard stream closed', async () => {
    expect(await bare('exec "$0" --version <&- >&- 2>&-')).toEqual({ ...expected, stdout: '' });
  });

  test('runs through a link and as a copy somewhere else', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'redisha-executable-'));
    try {
      const linked = join(directory, 'linked');
      await symlink(executable, linked);
      expect(await run([linked, '--version'])).toEqual(expected);
      const copied = join(directory, 'redisha');
      await link(executable, copied).catch(() => copyFile(executable, copied));
      expect(await run([copied, '--version'])).toEqual(expected);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('remembers nothing of the build: neither the environment nor what was done once then', async () => {
    const shown = await bare('exec "$0" config show --json');
    const { options } = JSON.parse(shown.stdout) as { options: Record<string, { from: string }> };
    expect(options).toHaveProperty('state_dir');
    expect(Object.values(options).filter(({ from }) => from !== 'default')).toEqual([]);
    const other = await bare('REDISHA_STATE_DIR=/srv/state exec "$0" config show --json');
    expect(other.stdout).toContain('/srv/state');
  });

  test.runIf(mountable)('knows the boot of the host that it runs on', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'redisha-executable-'));
    try {
      await writeFile(join(directory, 'boot_id'), 'b0075a3e-0000-4000-8000-000000000000\n');
      const check = `REDISHA_STATE_DIR=${directory} REDISHA_LOG_FILE=${directory}/log exec "$0" check 127.0.0.1 1`;
      const line = `mount --bind ${directory}/boot_id /proc/sys/kernel/random/boot_id && ${check}`;
      const done = await run(['unshare', '-m', '/bin/sh', '-c', line, executable]);
      expect(done).toMatchObject({ code: 1, stderr: '' });
      expect(await readFile(join(directory, '1', 'last-check.json'), 'utf8')).toContain('b0075a3e');
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('goes on when it gets the signals by which keepalived writes down what it knows', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'redisha-executable-'));
    const { server, asked, port } = await silentServer();
    const place = {
      REDISHA_STATE_DIR: directory,
      REDISHA_LOG_FILE: join(directory, 'log'),
      REDISHA_CONFIG: '/dev/null',
    };
    const patience = { REDISHA_CHECK_DEADLINE: '30s', REDISHA_COMMAND_TIMEOUT: '30s' };
    try {
      const running = new Running([executable, 'check', '127.0.0.1', String(port)], { ...place, ...patience });
      const socket = await asked;
      for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGUSR1'] as const) process.kill(running.pid, signal);
      socket.end();
      expect(await running.ended).toMatchObject({ code: 1, signal: null });
      expect(running.text).not.toContain('Debugger');
    } finally {
      server.close();
      await rm(directory, { recursive: true });
    }
  });

  test.runIf(mountable)('ends in its time although the name server does not answer', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'redisha-executable-'));
    const nobody = createSocket('udp4');
    try {
      nobody.bind(53, '127.0.53.9');
      await once(nobody, 'listening');
      await writeFile(join(directory, 'resolv.conf'), 'nameserver 127.0.53.9\noptions timeout:30 attempts:5\n');
      const place = `REDISHA_STATE_DIR=${directory} REDISHA_LOG_FILE=${directory}/log REDISHA_PEER=peer.example.org`;
      const check = `${place} exec "$0" check 127.0.0.1 1`;
      const line = `mount --bind ${directory}/resolv.conf /etc/resolv.conf && ${check}`;
      const done = await run(['unshare', '-m', '/bin/sh', '-c', line, executable], { timeoutMs: 25_000 });
      expect(done).toMatchObject({ code: 1, stderr: '' });
    } finally {
      nobody.close();
      await rm(directory, { recursive: true });
    }
  });

  test('an error of the bundle that stays keeps its exit code in the one that was started', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'redisha-executable-'));
    try {
      const config = join(directory, 'redisha.toml');
      await writeFile(config, 'nonsense = 1\n');
      const done = await run([executable, 'watch', '127.0.0.1', '127.0.0.2', '1', '--config', config]);
      expect(done).toMatchObject({ code: 3, stderr: expect.stringContaining('unknown key nonsense') as string });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test.each(['redisha.cjs', 'people.cjs', 'watch.cjs'])(
    'needs none of the files that %s was built from',
    async (file) => {
      // The bundle names them in its comments at most; a require() of one would only fail elsewhere.
      const bundle = await readFile(join(root, 'dist', file), 'utf8');
      expect(bundle).not.toContain(root);
      const required = [...bundle.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name ?? '');
      const { builtinModules } = await import('node:module');
      expect(required.filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))).toEqual([]);
    },
  );
});
