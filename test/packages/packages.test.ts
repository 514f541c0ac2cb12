/** What npm run package makes, installed, upgraded, removed and purged on Debian systems of their own. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOk } from '../lib/process.ts';
import { read, root as sources } from '../lib/sources.ts';
import { waitFor } from '../lib/wait.ts';
import { Root, type Wanted, whyNoRoots } from './roots.ts';

const ARCH =
  process.arch === 'arm64' ? { debian: 'arm64', machine: 'aarch64' } : { debian: 'amd64', machine: 'x86_64' };
const MADE = join(sources, 'dist/packages');
const endings = [`_${ARCH.debian}.deb`, `.${ARCH.machine}.rpm`, `_${ARCH.debian}.oci.tar`];

/** Those of this processor. */
const made = (existsSync(MADE) ? readdirSync(MADE) : []).filter((name) =>
  endings.some((ending) => name.endsWith(ending)),
);

const why = made.length === endings.length ? await whyNoRoots() : 'nobody has made them: npm run test:packages';

/** The libraries and the programs that the package only recommends: they are there, as apt would have it. */
const NEEDED = ['libatomic1', 'libstdc++6', 'libcap2-bin', 'logrotate', 'keepalived', 'redis-server'];
const DEBIAN_12: Wanted = { suite: 'bookworm', packages: [...NEEDED, 'rpm'] };
const DEBIAN_13: Wanted = { suite: 'trixie', packages: [...NEEDED, 'zsh', 'fish', 'mandoc'] };

const given = mkdtempSync(join(tmpdir(), 'redisha-packages-'));
afterAll(() => {
  rmSync(given, { recursive: true, force: true });
});

const DEB = `/given/${made.find((name) => name.endsWith('.deb')) ?? ''}`;
const RPM = `/given/${made.find((name) => name.endsWith('.rpm')) ?? ''}`;

/** The same package with a greater number. */
const newer = async (): Promise<void> => {
  const script = `cd "$1"
dpkg-deb --raw-extract redisha_*.deb newer
sed -i 's/^Version: .*/Version: 9.0.0/' newer/DEBIAN/control
dpkg-deb --root-owner-group -Zzstd -z1 --build newer newer.deb >/dev/null
rm -r newer`;
  await runOk(['sh', '-euc', script, 'sh', given], { timeoutMs: 60_000 });
};

beforeAll(async () => {
  if (why !== undefined) return;
  for (const name of made) copyFileSync(join(MADE, name), join(given, name));
  await newer();
}, 120_000);

const KEPT = '/etc/redisha/redisha.toml /var/lib/redisha/6379/rescue/20260813T101500Z-local-3f2a9c01-4711.rdb';

/** Types on a terminal of its own, as a person would, and prints what zsh shows then. */
const COMPLETE_ZSH = `zmodload zsh/zpty
zpty terminal zsh -f -i
zpty -w terminal 'autoload -Uz compinit; compinit -D -u; print ready-is-"it"'
zpty -r -m terminal said '*ready-is-it*'
zpty -w -n terminal $'redisha config --profile \\t'
zpty -r -m terminal said '*fast*'
print -r -- $said
`;

/** What a section of README.md has a person type. */
const typedIn = (heading: string): readonly string[] => {
  const section =
    read('README.md')
      .text.split(/^## /m)
      .find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return section.split('\n').flatMap((line) => /^ {4}(\S.*)$/.exec(line)?.[1] ?? []);
};

/** There is no systemd in a root. What "systemctl restart UNIT …" does there, without it. */
const SYSTEMCTL = `#!/bin/sh
set -eu
[ "$1" = restart ]
shift
for unit in "$@"; do
  pid=$(cat /run/redis/$unit.pid /run/$unit.pid 2>/dev/null || true)
  if [ -n "$pid" ]; then kill $pid; while [ -e /proc/$pid/exe ]; do :; done; fi
  case $unit in
    redis-server) install -d -o redis /run/redis; setpriv --reuid redis --regid redis --init-groups redis-server /etc/redis/redis.conf ;;
    keepalived) keepalived ;;
  esac
done
`;

/** Where nobody types anything more. */
const inOrder = (root: Root): Promise<{ readonly code: number | null }> =>
  waitFor(
    'a pair in order',
    { deadlineMs: 60_000, everyMs: 200 },
    () => root.run('redisha status'),
    ({ code }) => code === 0,
  );

const OWNED = `stat -c '%n %a %U:%G' /etc/redisha /var/lib/redisha /var/log/redisha /run/redisha`;

describe.skipIf(why !== undefined)(`packages (${why ?? 'on Debian systems of their own'})`, () => {
  test.each([DEBIAN_12, DEBIAN_13])(
    'on $suite the .deb is installed, upgraded, removed and purged',
    async (wanted) => {
      await using root = await Root.open(wanted, given);
      await root.said(`dpkg -i ${DEB}`);
      expect(await root.said('redisha --version')).toMatch(/^redisha \d/);
      expect((await root.said(OWNED)).trim().split('\n')).toEqual([
        '/etc/redisha 750 root:redisha',
        '/var/lib/redisha 750 redisha:redisha',
        '/var/log/redisha 750 redisha:redisha',
        '/run/redisha 755 redisha:redisha',
      ]);
      expect(await root.said('cat /etc/tmpfiles.d/redisha.conf')).toContain('d /run/redisha 0755 redisha redisha -');
      expect(await root.said('getcap /usr/bin/redisha')).toMatch(/cap_net_raw[=+]ei/);
      expect(await root.said('cat /etc/systemd/system/keepalived.service.d/redisha.conf')).toContain(
        '/usr/bin/redisha step-down',
      );
      await root.said('logrotate --debug /etc/logrotate.d/redisha');
      expect(await root.said('dpkg --verify redisha')).toBe('');
      expect(await root.said("dpkg-query -W -f '${Depends}' redisha")).toContain('libc6 (>= 2.28)');
      const bill = await root.said('cat /usr/share/doc/redisha/sbom.cdx.json');
      for (const name of ['commander', 'picocolors', 'smol-toml', 'openssl', 'v8'])
        expect(bill).toContain(`"name": "${name}"`);

      const config = 'redisha config --vip 10.9.0.9/24 --nodes 10.9.0.1,10.9.0.2 --out /tmp/pair';
      await root.said(config);
      expect(await root.said('cat /tmp/pair/node1/keepalived.conf')).toContain('"/usr/bin/redisha master 127.0.0.1');
      await root.said('redis-server --port 6379 --daemonize yes --save ""');
      await root.said('until redis-cli ping >/dev/null 2>&1; do :; done; redisha check 127.0.0.1 6379');

      await root.said(`mkdir -p /var/lib/redisha/6379/rescue; touch ${KEPT}`);
      await root.said('echo "port = 6379" >/etc/redisha/redisha.toml');
      await root.said('dpkg -i /given/newer.deb');
      expect(await root.said('getcap /usr/bin/redisha')).toMatch(/cap_net_raw[=+]ei/);
      expect(await root.said('cat /etc/redisha/redisha.toml')).toBe('port = 6379\n');

      await root.said('dpkg --remove redisha');
      await root.said(`ls ${KEPT}`);
      const left = 'ls /usr/bin/redisha /etc/logrotate.d/redisha /etc/tmpfiles.d/redisha.conf /usr/share/redisha';
      expect((await root.run(left)).stdout).toBe('');

      const purged = await root.run('dpkg --purge redisha');
      expect(purged).toMatchObject({ code: 0 });
      expect(purged.stderr).toContain('/var/lib/redisha stays, because it holds rescued writes');
      expect((await root.run('ls -d /etc/redisha /var/log/redisha /run/redisha')).stdout).toBe('');
      await root.said('ls /var/lib/redisha/6379/rescue/*.rdb');
    },
    120_000,
  );

  test.each([DEBIAN_12, DEBIAN_13])(
    'on two hosts of $suite README.md leads from nothing to a pair that works',
    async (suite) => {
      await using one = await Root.open(suite, given);
      await using two = await Root.open(suite, given);
      await Root.link(one, '192.168.72.11/24', two, '192.168.72.128/24');
      writeFileSync(join(given, 'systemctl'), SYSTEMCTL, { mode: 0o755 });
      const lines = typedIn('A new pair, from a package');
      expect(lines.length).toBeGreaterThan(8);
      for (const [root, node] of [
        [one, 'node1'],
        [two, 'node2'],
      ] as const) {
        const typed = lines.map((line) =>
          line
            .replace('/dev/stdin', '/given/typed')
            .replace('_amd64.deb', `_${ARCH.debian}.deb`)
            .replaceAll('node1', node),
        );
        writeFileSync(join(given, 'typed'), 'a-secret\n');
        // apt asks a person, who says yes.
        await root.said(
          `echo 'APT::Get::Assume-Yes "true";' >/etc/apt/apt.conf.d/yes; cp /given/systemctl /usr/local/bin`,
        );
        await root.said(`cd /given\nPATH=/usr/local/bin:$PATH\n${typed.join('\n')}`);
      }
      await inOrder(one);
      await inOrder(two);
      for (const root of [one, two]) await root.said('redisha config check; redisha doctor');
      const ask = 'redis-cli -h 192.168.72.115 -a a-secret --no-auth-warning';
      expect(await two.said(`${ask} SET before 1`)).toBe('OK\n');
      expect(await one.said(`${ask} WAIT 1 5000`)).toBe('1\n');
      const leads = (await one.said('ip -brief address show dev eth0 2>/dev/null || hostname -I')).includes(
        '192.168.72.115',
      )
        ? one
        : two;
      await leads.said('kill -9 $(cat /run/redis/redis-server.pid)');
      const other = leads === one ? two : one;
      await waitFor(
        'a write at the other node',
        { deadlineMs: 60_000, everyMs: 100 },
        () => other.run(`${ask} SET after 1`),
        ({ stdout }) => stdout === 'OK\n',
      );
      expect(await other.said(`${ask} GET before`)).toBe('1\n');
    },
    240_000,
  );

  test('the scripts of before come back when the package goes, and nothing stays of it where nothing was rescued', async () => {
    await using root = await Root.open(DEBIAN_12, given);
    await root.said('mkdir -p /usr/local/redis/sh; echo "#!/bin/sh" >/usr/local/redis/sh/redis_check.sh');
    await root.said(`dpkg -i ${DEB}`);
    await root.said('/usr/share/redisha/install.sh --legacy-dir /usr/local/redis/sh');
    expect(await root.said('cat /usr/local/redis/sh/redis_check.sh')).toContain('exec /usr/bin/redisha check');
    await root.said('dpkg --purge redisha');
    expect(await root.said('cat /usr/local/redis/sh/redis_check.sh')).toBe('#!/bin/sh\n');
    const left = '/etc/redisha /var/lib/redisha /var/log/redisha /usr/share/redisha /usr/share/doc/redisha';
    expect((await root.run(`ls -d ${left}`)).stdout).toBe('');
  }, 120_000);

  test('beside an older one of install.sh the package says which of the two keepalived runs, and what to type', async () => {
    await using root = await Root.open(DEBIAN_12, given);
    const older = '/usr/local/bin/redisha';
    await root.said(`cp /bin/true ${older}; mkdir -p /etc/keepalived /etc/redisha /usr/local/redis/sh`);
    const alone = await root.run(`dpkg -i ${DEB}`);
    expect(alone.stderr).toContain(`warning: keepalived does not run ${older}: rm ${older}`);
    await root.said(`echo 'notify_fault "${older} fault"' >/etc/keepalived/keepalived.conf`);
    await root.said(`echo 'exec ${older} check "$@"' >/usr/local/redis/sh/redis_check.sh`);
    await root.said('echo /usr/local/redis/sh >/etc/redisha/legacy-dirs');
    const { stderr } = await root.run('dpkg -i /given/newer.deb');
    for (const file of ['/etc/keepalived/keepalived.conf', '/usr/local/redis/sh/redis_check.sh'])
      expect(stderr).toContain(`warning: keepalived runs ${older}, because ${file} names it`);
    expect(stderr).toContain('write /usr/bin/redisha there');
    await root.said(`rm ${older}`);
    expect((await root.run(`dpkg -i ${DEB}`)).stderr).not.toContain(older);
  }, 120_000);

  test('what a host runs its scripts as already, the package takes', async () => {
    await using root = await Root.open(DEBIAN_12, given);
    await root.said('useradd --system keepalived_script');
    await root.said(`dpkg -i ${DEB}`);
    expect(await root.said("stat -c '%U' /var/lib/redisha")).toBe('keepalived_script\n');
  }, 120_000);

  test('manual pages and completions are found by man, zsh and fish', async () => {
    await using root = await Root.open(DEBIAN_13, given);
    await root.said(`dpkg -i ${DEB}`);
    const lint = 'mandoc -T lint -W warning';
    for (const page of ['man1/redisha.1', 'man5/redisha.toml.5'])
      expect((await root.run(`zcat /usr/share/man/${page}.gz | ${lint}`)).stdout).toBe('');
    expect(await root.said(`fish -c 'complete -C "redisha config --profile "'`)).toMatch(/^balanced\b[^]*^fast\b/m);
    expect(await root.said(`fish -c 'complete -C "redisha sta"'`)).toMatch(/^status\t/m);
    writeFileSync(join(given, 'complete.zsh'), COMPLETE_ZSH);
    expect(await root.said('zsh -f /given/complete.zsh')).toMatch(/article[^]*fast/);
  }, 120_000);

  test('the .rpm is installed and removed, with its files where that family has them', async () => {
    await using root = await Root.open(DEBIAN_12, given);
    const requires = await root.said(`rpm -qp --requires ${RPM}`);
    expect(requires).toMatch(/^libatomic\.so\.1/m);
    expect(requires).toMatch(/^libc\.so\.6\(GLIBC_2\.28\)/m);
    // Debian's database of packages is not that of rpm, which therefore misses the libraries.
    await root.said(`rpm --install --force-debian --nodeps ${RPM}`);
    expect(await root.said('redisha --version')).toMatch(/^redisha \d/);
    expect(await root.said(OWNED)).toContain('/var/lib/redisha 750 redisha:redisha');
    await root.said('ls /usr/share/zsh/site-functions/_redisha /usr/share/man/man1/redisha.1.gz');
    await root.said('echo "port = 6379" >/etc/redisha/redisha.toml; rpm --erase --force-debian redisha');
    expect(await root.said('cat /etc/redisha/redisha.toml')).toBe('port = 6379\n');
    expect((await root.run('ls -d /usr/bin/redisha /etc/logrotate.d/redisha /usr/share/redisha')).stdout).toBe('');
  }, 120_000);

  test('redisha runs in the root of the image, which has no shell', async () => {
    const dir = mkdtempSync(join(given, 'image-'));
    const script = `cd "$1"; tar -xf ../redisha_*.oci.tar; mkdir root
for blob in blobs/sha256/*; do [ "$(sha256sum <"$blob" | cut -d " " -f 1)" = "\${blob##*/}" ]; done
tar -xzf "$(ls -S blobs/sha256/* | head -n 1)" -C root
chroot root /usr/bin/redisha --version
chroot root /usr/bin/redisha config show | head -n 1
! chroot root /bin/sh -c true 2>/dev/null`;
    expect(await runOk(['sh', '-euc', script, 'sh', dir], { timeoutMs: 60_000 })).toMatch(/^redisha \d[^]*^local /m);
  }, 120_000);
});
