/** install.sh on a host whose keepalived calls redisha already: whom the files belong to, and what may not be taken away. */
import { describe, expect, test } from 'vitest';
import { makeBench, onHost, whyNoHost } from './bench.ts';

const why = await whyNoHost();

/** keepalived.conf, and a file that it includes; the users of the tests. */
const prepare = `
make_script_user
useradd --system --no-create-home pair_user
configure() {
  mkdir -p /etc/keepalived/conf.d
  echo 'include conf.d/*.conf' >/etc/keepalived/keepalived.conf
  printf '%s\\n' "$@" >/etc/keepalived/conf.d/global.conf
}
owners() { stat -c '%U:%G' /etc/redisha /var/lib/redisha /var/log/redisha /run/redisha | paste -sd ' ' -; }
`;

const noteOf = (user: string, reason: string): string =>
  `note: the scripts run as ${user}, ${reason} (--user names another)\n`;
const ownersOf = (user: string): string => `root:${user} ${user}:${user} ${user}:${user} ${user}:${user}\n`;

describe.skipIf(why !== undefined)('the user of the scripts', () => {
  test.each([
    [
      'the owner of what is there',
      `configure 'script_user keepalived_script'; ./install.sh --user pair_user >/dev/null`,
      'pair_user',
      'who owns /var/lib/redisha',
    ],
    [
      'the script_user of keepalived.conf',
      `configure 'global_defs {' '  script_user pair_user games' '}'`,
      'pair_user',
      'the script_user of /etc/keepalived/keepalived.conf',
    ],
    [
      'no user that the host does not have',
      `configure '# script_user pair_user' 'script_user nobody_knows'`,
      'keepalived_script',
      'whom keepalived takes where it is not told',
    ],
  ])('%s', async (_name, before, user, reason) => {
    await using bench = await makeBench('script');
    const done = await onHost(bench, `${prepare}${before}\n./install.sh | grep 'scripts run as'\nowners`);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toBe(noteOf(user, reason) + ownersOf(user));
  });

  test('--user goes before them', async () => {
    await using bench = await makeBench('script');
    const done = await onHost(
      bench,
      `${prepare}configure 'script_user keepalived_script'
      ./install.sh >/dev/null
      ./install.sh --user pair_user | grep 'scripts run as' || owners`,
    );
    expect(done).toMatchObject({ code: 0, stderr: '', stdout: ownersOf('pair_user') });
  });
});

describe.skipIf(why !== undefined)('--uninstall while keepalived runs', () => {
  test('changes nothing as long as keepalived calls what would go, but for --force', async () => {
    await using bench = await makeBench('script');
    const done = await onHost(
      bench,
      `${prepare}configure 'script "/usr/local/redis/sh/redis_check.sh 127.0.0.1 6379"'
      ./install.sh --legacy-dir /usr/local/redis/sh >/dev/null
      cp "$(command -v sleep)" /usr/local/keepalived
      setpriv --pdeathsig KILL /usr/local/keepalived 60 &
      trap "kill $!" EXIT
      until [ "$(cat /proc/$!/comm)" = keepalived ]; do :; done
      ! ./install.sh --uninstall || exit 9
      test -x /usr/local/bin/redisha
      test -x /usr/local/redis/sh/redis_check.sh
      ./install.sh --uninstall --force >/dev/null
      test ! -e /usr/local/bin/redisha`,
    );
    expect(done).toMatchObject({ code: 0, stdout: '' });
    const call = '/etc/keepalived/conf.d/global.conf still calls /usr/local/redis/sh/redis_check.sh';
    expect(done.stderr).toBe(
      `${call}\ninstall.sh: keepalived runs: change its configuration and reload it, or stop it, and then run this again ` +
        `(or now, with --force)\nwarning: ${call}, which is taken away: until that is changed keepalived finds nothing there\n`,
    );
  });

  test('is done where keepalived calls other programs', async () => {
    await using bench = await makeBench('script');
    const done = await onHost(
      bench,
      `${prepare}configure 'script "/usr/local/bin/other"'
      ./install.sh >/dev/null
      cp "$(command -v sleep)" /usr/local/keepalived
      setpriv --pdeathsig KILL /usr/local/keepalived 60 &
      trap "kill $!" EXIT
      ./install.sh --uninstall >/dev/null
      test ! -e /usr/local/bin/redisha`,
    );
    expect(done).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});
