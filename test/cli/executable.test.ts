/** dist/redisha as keepalived meets it: whatever the environment and the directory, it runs and says nothing beside. */
import { copyFile, link, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { whyNoWorld } from '../lib/namespaces.ts';
import { run } from '../lib/process.ts';

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
    'NODE_ENV=development',
    'NO_COLOR=1 FORCE_COLOR=1',
    'DEBUG="*"',
    'LC_ALL=xx_XX.nonexistent TZ=Nowhere/Land',
    'HOME=/nonexistent PATH=',
  ])('%s in the environment changes nothing', async (variables) => {
    expect(await bare(`${variables} exec "$0" --version`)).toEqual(expected);
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

  test.each(['redisha.cjs', 'people.cjs'])('needs none of the files that %s was built from', async (file) => {
    // The bundle names them in its comments at most; a require() of one would only fail elsewhere.
    const bundle = await readFile(join(root, 'dist', file), 'utf8');
    expect(bundle).not.toContain(root);
    const required = [...bundle.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name ?? '');
    const { builtinModules } = await import('node:module');
    expect(required.filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))).toEqual([]);
  });
});
