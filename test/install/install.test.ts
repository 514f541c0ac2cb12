import { lstat, mkdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LEGACY_NAMES } from '../lib/legacy-names.ts';
import { run } from '../lib/process.ts';
import { type Bench, makeBench, script, tree } from './bench.ts';

const legacyNames = Object.keys(LEGACY_NAMES).toSorted();

/** Octal, as `chmod` has it. */
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o7777).toString(8);

const putScript = async ({ dest }: Bench, name: string, contents: string): Promise<void> => {
  await mkdir(join(dest, 'opt/sh'), { recursive: true });
  await writeFile(join(dest, 'opt/sh', name), contents, { mode: 0o750 });
};

/** The line of one of the old names that calls the executable. */
const lineOf = async ({ dest }: Bench, name: string): Promise<string | undefined> =>
  (await readFile(join(dest, 'opt/sh', name), 'utf8')).trimEnd().split('\n').at(-1);

describe('install.sh', () => {
  test('puts every file and directory in its place, with modes that do not hang on the umask', async () => {
    await using bench = await makeBench('script');
    const command = ['sh', join(bench.sources, 'install.sh'), '--destdir', bench.dest, '--user', 'root'];
    const done = await run(['sh', '-c', 'umask 0177; exec "$@"', 'sh', ...command]);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(await tree(bench.dest)).toEqual([
      'etc',
      'etc/logrotate.d',
      'etc/logrotate.d/redisha',
      'etc/redisha',
      'etc/redisha/redisha.toml.sample',
      'etc/systemd',
      'etc/systemd/system',
      'etc/systemd/system/keepalived.service.d',
      'etc/systemd/system/keepalived.service.d/redisha.conf',
      'etc/tmpfiles.d',
      'etc/tmpfiles.d/redisha.conf',
      'usr',
      'usr/local',
      'usr/local/bin',
      'usr/local/bin/redisha',
      'var',
      'var/lib',
      'var/lib/redisha',
      'var/log',
      'var/log/redisha',
    ]);
    expect(await modeOf(join(bench.dest, 'usr/local/bin/redisha'))).toBe('755');
    expect(await modeOf(join(bench.dest, 'etc/redisha'))).toBe('750');
    expect(await modeOf(join(bench.dest, 'var/lib/redisha'))).toBe('750');
    expect(await modeOf(join(bench.dest, 'var/log/redisha'))).toBe('750');
    expect(await modeOf(join(bench.dest, 'etc/logrotate.d/redisha'))).toBe('644');
    expect(await readFile(join(bench.dest, 'etc/logrotate.d/redisha'), 'utf8')).toContain('su root root');
    expect(await readFile(join(bench.dest, 'etc/tmpfiles.d/redisha.conf'), 'utf8')).toContain(
      'd /run/redisha 0755 root root -\n',
    );
    expect(done.stdout).toMatch(/^Next, on the host: \/usr\/local\/bin\/redisha config check$/m);
  });

  test('done again it changes nothing and says so', async () => {
    await using bench = await makeBench('script');
    await bench.installBelow('--legacy-dir', '/opt/sh');
    const executable = join(bench.dest, 'usr/local/bin/redisha');
    const before = await stat(executable);
    const done = await bench.installBelow('--legacy-dir', '/opt/sh');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain('unchanged: /usr/local/bin/redisha');
    expect(done.stdout).not.toMatch(/^(install|make|keep|record) /m);
    expect((await stat(executable)).ino).toBe(before.ino);
  });

  test('installs a newer executable over an older one, and never touches a configuration', async () => {
    await using bench = await makeBench('script');
    await bench.installBelow();
    const configuration = join(bench.dest, 'etc/redisha/redisha.toml');
    await writeFile(configuration, 'port = 7000\n');
    await bench.putExecutable(script('2.0.0'));
    await bench.installBelow();
    expect(await readFile(join(bench.dest, 'usr/local/bin/redisha'), 'utf8')).toContain('2.0.0');
    expect(await readFile(configuration, 'utf8')).toBe('port = 7000\n');
  });

  test('a check that runs meanwhile always finds a whole executable', async () => {
    await using bench = await makeBench('script');
    const padding = `: ${'x'.repeat(60)}\n`.repeat(50_000);
    const target = join(bench.dest, 'usr/local/bin/redisha');
    await bench.putExecutable(`${script('0.0.0')}${padding}exit 7\n`);
    await bench.installBelow();
    const installed = new AbortController();
    const codes = new Set<number | null>();
    const checks = (async () => {
      // One check after the other, as keepalived runs them.
      while (!installed.signal.aborted) codes.add((await run([target])).code);
    })();
    for (const version of ['1', '2', '3', '4']) {
      await bench.putExecutable(`${script(version)}${padding}exit 7\n`);
      expect(await bench.installBelow()).toMatchObject({ code: 0 });
    }
    installed.abort();
    await checks;
    expect([...codes]).toEqual([7]);
  });

  test('--dry-run says everything and does nothing', async () => {
    await using bench = await makeBench('script');
    await putScript(bench, 'redis_check.sh', 'old');
    const before = await tree(bench.dest);
    const done = await bench.installBelow('--legacy-dir', '/opt/sh', '--dry-run');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain('would: install /usr/local/bin/redisha (the executable)');
    expect(done.stdout).toContain('would: keep /opt/sh/redis_check.sh as redis_check.sh.before-redisha');
    expect(done.stdout).toContain('would: install /opt/sh/redis_stop.sh (redisha stop)');
    expect(done.stdout).not.toMatch(/^(install|make|keep|record) /m);
    expect(await tree(bench.dest)).toEqual(before);
  });

  test('--prefix moves the executable', async () => {
    await using bench = await makeBench('script');
    await bench.installBelow('--prefix=/opt/redisha/');
    expect(await modeOf(join(bench.dest, 'opt/redisha/bin/redisha'))).toBe('755');
  });
});

describe('the names of the old scripts', () => {
  test('stand for their commands, and a script that was there is kept whole', async () => {
    await using bench = await makeBench('script');
    await putScript(bench, 'redis_check.sh', 'the old check');
    await putScript(bench, 'unrelated.sh', 'not ours');
    const done = await bench.installBelow('--legacy-dir', '/opt/sh');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    for (const [name, command] of Object.entries(LEGACY_NAMES)) {
      expect(await lineOf(bench, name)).toBe(`exec /usr/local/bin/redisha ${command} "$@"`);
      expect(await modeOf(join(bench.dest, 'opt/sh', name))).toBe('755');
    }
    expect((await tree(join(bench.dest, 'opt/sh'))).filter((name) => !legacyNames.includes(name))).toEqual([
      'redis_check.sh.before-redisha',
      'unrelated.sh',
    ]);
    const kept = join(bench.dest, 'opt/sh/redis_check.sh.before-redisha');
    expect(await readFile(kept, 'utf8')).toBe('the old check');
    expect(await modeOf(kept)).toBe('750');
    expect(await readFile(join(bench.dest, 'opt/sh/unrelated.sh'), 'utf8')).toBe('not ours');
  });

  test('--uninstall puts the scripts back without being told where they are', async () => {
    await using bench = await makeBench('script');
    await putScript(bench, 'redis_check.sh', 'the old check');
    const before = await tree(bench.dest);
    await bench.installBelow('--legacy-dir', '/opt/sh');
    const done = await bench.installBelow('--uninstall');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(join(bench.dest, 'opt/sh/redis_check.sh'), 'utf8')).toBe('the old check');
    const left = (await tree(bench.dest)).filter((path) => !before.includes(path));
    expect(left.filter((path) => path.includes('redis'))).toEqual([]);
    expect(await bench.installBelow('--uninstall')).toMatchObject({ code: 0, stderr: '' });
  });

  test('a link that was there comes back as a link', async () => {
    await using bench = await makeBench('script');
    await mkdir(join(bench.dest, 'opt/sh'), { recursive: true });
    const link = join(bench.dest, 'opt/sh/redis_fault.sh');
    await symlink('/usr/share/elsewhere.sh', link);
    await bench.installBelow('--legacy-dir', '/opt/sh');
    await bench.installBelow('--uninstall');
    expect(await readlink(link)).toBe('/usr/share/elsewhere.sh');
  });

  test('another prefix turns them round, and a link to redisha made by hand is no script to keep', async () => {
    await using bench = await makeBench('script');
    await mkdir(join(bench.dest, 'opt/sh'), { recursive: true });
    await symlink('/usr/local/bin/redisha', join(bench.dest, 'opt/sh/redis_check.sh'));
    await bench.installBelow('--legacy-dir', '/opt/sh');
    expect(await lineOf(bench, 'redis_check.sh')).toBe('exec /usr/local/bin/redisha check "$@"');
    await bench.installBelow('--legacy-dir', '/opt/sh', '--prefix', '/opt/redisha');
    expect(await lineOf(bench, 'redis_check.sh')).toBe('exec /opt/redisha/bin/redisha check "$@"');
    expect(await tree(join(bench.dest, 'opt/sh'))).toEqual(legacyNames);
  });

  test('a second script in the way of the kept one is refused before anything is changed', async () => {
    await using bench = await makeBench('script');
    await putScript(bench, 'redis_check.sh', 'new');
    await putScript(bench, 'redis_check.sh.before-redisha', 'old');
    const before = await tree(bench.dest);
    const done = await bench.installBelow('--legacy-dir', '/opt/sh');
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(
      /^install\.sh: \/opt\/sh\/redis_check\.sh is a script, and .* move one of them away\n$/,
    );
    expect(await tree(bench.dest)).toEqual(before);
  });
});

describe('--uninstall', () => {
  test('leaves configuration, data and logs, and says so', async () => {
    await using bench = await makeBench('script');
    await bench.installBelow();
    await writeFile(join(bench.dest, 'etc/redisha/redisha.toml'), 'port = 7000\n');
    await writeFile(join(bench.dest, 'var/lib/redisha/journal.jsonl'), '{}\n');
    const done = await bench.installBelow('--uninstall');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect((await tree(bench.dest)).filter((path) => path.includes('redisha'))).toEqual([
      'etc/redisha',
      'etc/redisha/redisha.toml',
      'var/lib/redisha',
      'var/lib/redisha/journal.jsonl',
    ]);
    expect(done.stdout).toContain('note: /var/lib/redisha stays');
  });

  test('warns of each file of keepalived that calls what goes, and of none that does not', async () => {
    await using bench = await makeBench('script');
    await putScript(bench, 'redis_check.sh', 'the old check');
    await bench.installBelow('--legacy-dir', '/opt/sh');
    const files = {
      'keepalived.conf': '# "/usr/local/bin/redisha check"\ninclude conf.d/*.conf\ninclude "/etc/keepalived/more"\n',
      'conf.d/a.conf': 'script "/usr/local/bin/redisha check 127.0.0.1 6379"\n',
      'conf.d/b.conf': 'script "/opt/sh/redis_check.sh"\nscript "/usr/local/bin/redisha-old check"\n',
      more: '  notify_fault "/opt/sh/redis_fault.sh"\ninclude more\n',
    };
    await mkdir(join(bench.dest, 'etc/keepalived/conf.d'), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(bench.dest, 'etc/keepalived', name), text);
    const done = await bench.installBelow('--uninstall');
    expect(done.code).toBe(0);
    const rest = 'which is taken away: until that is changed keepalived finds nothing there';
    expect(done.stderr).toBe(
      `warning: /etc/keepalived/conf.d/a.conf still calls /usr/local/bin/redisha, ${rest}\n` +
        `warning: /etc/keepalived/more still calls /opt/sh/redis_fault.sh, ${rest}\n`,
    );
  });

  test('--dry-run removes nothing', async () => {
    await using bench = await makeBench('script');
    await bench.installBelow('--legacy-dir', '/opt/sh');
    const before = await tree(bench.dest);
    const done = await bench.installBelow('--uninstall', '--dry-run');
    expect(done.stdout).toContain('would: remove /usr/local/bin/redisha');
    expect(await tree(bench.dest)).toEqual(before);
  });
});

describe('wrong use', () => {
  test.each([
    [['--bogus'], 'unknown argument: --bogus'],
    [['--prefix'], '--prefix needs a value'],
    [['--prefix='], '--prefix needs a value'],
    [['--prefix', 'usr/local'], '--prefix needs an absolute path, not "usr/local"'],
    [['--legacy-dir', 'sh'], '--legacy-dir needs an absolute path, not "sh"'],
    [['--prefix', '/opt/a b'], '--prefix needs a path of letters, digits and ._+@- only, not "/opt/a b"'],
    [['--force'], '--force is for --uninstall'],
    [['--metrics=relative'], '--metrics needs an absolute path, not "relative"'],
    [['--metrics', '--uninstall'], '--uninstall takes the metrics away without being told'],
    [['--user', 'no-such-user', '--dry-run'], 'there is no user no-such-user on this host'],
  ])('%j is one line and exit code 2', async (args, message) => {
    await using bench = await makeBench('script');
    const done = await bench.install(args);
    expect(done).toMatchObject({ code: 2, stdout: '' });
    expect(done.stderr).toBe(`install.sh: ${message} (--help lists the options)\n`);
  });

  test('--help names every option', async () => {
    await using bench = await makeBench('script');
    const done = await bench.install(['--help']);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const source = await readFile(join(bench.sources, 'install.sh'), 'utf8');
    for (const option of new Set(source.match(/^ {4}(--[a-z-]+)\)/gm))) {
      expect(done.stdout).toContain(option.trim().replace(')', ''));
    }
  });

  test('without an executable and without npm it says what to do', async () => {
    await using bench = await makeBench('script');
    await rm(join(bench.sources, 'dist'), { recursive: true });
    await mkdir(join(bench.sources, 'scripts'));
    await writeFile(join(bench.sources, 'scripts/build.mjs'), '');
    const bin = join(bench.dest, '.bin');
    await mkdir(bin);
    for (const tool of ['dirname', 'id', 'rm']) {
      await symlink(`/usr/bin/${tool}`, join(bin, tool));
    }
    const done = await run([
      'env',
      '-i',
      `PATH=${bin}`,
      '/bin/sh',
      join(bench.sources, 'install.sh'),
      '--destdir',
      bench.dest,
    ]);
    expect(done).toMatchObject({ code: 1, stdout: '' });
    expect(done.stderr).toMatch(
      /^install\.sh: there is no .*dist\/redisha, and no Node\.js with npm to build it with: .*\n$/,
    );
    expect(await lstat(join(bench.dest, 'usr')).catch(() => undefined)).toBeUndefined();
  });
});
