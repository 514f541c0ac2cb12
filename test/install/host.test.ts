/** install.sh on a host: what it asks of one, and what keepalived will say to what it has installed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../lib/process.ts';
import { makeBench, onHost, whyNoHost } from './bench.ts';

const why = await whyNoHost();
const hasSetcap = (await run(['sh', '-c', 'command -v setcap && command -v getcap'])).code === 0;
const hasSystemd = (await run(['sh', '-c', 'command -v systemd-tmpfiles'])).code === 0;
if (why !== undefined) process.stderr.write(`install.sh is not tested on a host: ${why}\n`);

/** Lines that ask keepalived itself whether it would run the script at a path. */
const askKeepalived = `
keepalived_says() {
  cat >/etc/asked.conf <<CONF
global_defs {
  enable_script_security
  script_user root
}
vrrp_script asked {
  script "$1 127.0.0.1 6379"
}
vrrp_instance VI_1 {
  interface lo
  virtual_router_id 60
  virtual_ipaddress {
    192.0.2.115
  }
  track_script {
    asked
  }
}
CONF
  keepalived --config-test --use-file=/etc/asked.conf 2>&1 | grep 'script asked' || true
}
`;

describe.skipIf(why !== undefined)('on a host', () => {
  test('the executable runs, and the script user owns its data and may read the configuration, not change it', async () => {
    await using bench = await makeBench('built');
    const done = await onHost(
      bench,
      `make_script_user
      ./install.sh >&2
      env -i /usr/local/bin/redisha --version
      stat -c '%a %U:%G' /etc/redisha /var/lib/redisha /var/log/redisha /run/redisha
      as_user() { setpriv --reuid keepalived_script --regid keepalived_script --clear-groups "$@"; }
      as_user touch /var/log/redisha/redisha.log /var/lib/redisha/journal.jsonl
      as_user test -r /etc/redisha/redisha.toml.sample
      as_user test ! -w /etc/redisha
      grep ' keepalived_script keepalived_script$' /etc/logrotate.d/redisha`,
    );
    expect(done.stderr).not.toContain('warning');
    expect(done.code, done.stderr).toBe(0);
    const [version, ...rest] = done.stdout.trim().split('\n');
    expect(version).toMatch(/^redisha \d+\.\d+\.\d+ /);
    expect(rest).toEqual([
      '750 root:keepalived_script',
      '750 keepalived_script:keepalived_script',
      '750 keepalived_script:keepalived_script',
      '755 keepalived_script:keepalived_script',
      '    su keepalived_script keepalived_script',
      '    create 0640 keepalived_script keepalived_script',
    ]);
  });

  test('keepalived accepts what was installed, under its own name and under the old ones', async () => {
    await using bench = await makeBench('built');
    const done = await onHost(
      bench,
      `${askKeepalived}
      ./install.sh --legacy-dir /usr/local/redis/sh >/dev/null
      keepalived_says /usr/local/bin/redisha
      keepalived_says /usr/local/redis/sh/redis_check.sh`,
    );
    expect(done).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('keepalived calls the commands under the old names, with the arguments of its configuration', async () => {
    await using bench = await makeBench('script');
    await bench.putExecutable('#!/bin/sh\necho "$*" >>/usr/local/called\n');
    const done = await onHost(
      bench,
      `./install.sh --legacy-dir /usr/local/redis/sh >/dev/null
      : >/usr/local/called
      ip link add veth-a type veth peer name veth-b
      ip addr add 192.0.2.11/24 dev veth-a
      ip link set veth-a up
      ip link set veth-b up
      cat >/etc/asked.conf <<CONF
      global_defs {
        enable_script_security
        script_user root
      }
      vrrp_script chk_redis {
        script "/usr/local/redis/sh/redis_check.sh 127.0.0.1 6379"
        interval 1
      }
      vrrp_instance VI_1 {
        state BACKUP
        interface veth-a
        virtual_router_id 60
        virtual_ipaddress {
          192.0.2.115
        }
        track_script {
          chk_redis
        }
        notify_backup "/usr/local/redis/sh/redis_master_slave.sh 127.0.0.1 192.0.2.12 6379"
      }
CONF
      keepalived --vrrp --dont-fork --use-file=/etc/asked.conf --pid=/run/asked --vrrp_pid=/run/asked-vrrp >/dev/null 2>&1 &
      for try in $(seq 100); do
        [ "$(sort -u /usr/local/called | wc -l)" -lt 2 ] || break
        sleep 0.1
      done
      kill $!
      wait
      sort -u /usr/local/called`,
    );
    expect(done.stdout).toBe('backup 127.0.0.1 192.0.2.12 6379\ncheck 127.0.0.1 6379\n');
  });

  test.each([
    ['a directory that everybody may write to', 'chmod 0777 /usr/local/odd', true],
    ['a directory that a group may write to', 'chgrp games /usr/local/odd; chmod 0775 /usr/local/odd', true],
    ['a directory of somebody else', 'chown games /usr/local/odd', true],
    ["a directory that root's group may write to", 'chmod 0775 /usr/local/odd', false],
    ['a sticky directory', 'chmod 1777 /usr/local/odd', false],
  ])('it warns of %s exactly when keepalived would refuse it', async (_name, spoil, refused) => {
    await using bench = await makeBench('built');
    const done = await onHost(
      bench,
      `${askKeepalived}
      mkdir -p /usr/local/odd/bin
      ${spoil}
      ./install.sh --prefix /usr/local/odd >/dev/null
      keepalived_says /usr/local/odd/bin/redisha`,
    );
    expect(done.code, done.stderr).toBe(0);
    expect(done.stdout).toMatch(refused ? /Disabling track script asked due to insecure/ : /^$/);
    expect(done.stderr).toMatch(
      refused ? /^warning: keepalived with enable_script_security .*: \/usr\/local\/odd .*\n$/ : /^$/,
    );
  });

  test('a library that the host lacks is named with its package, and nothing is installed', async () => {
    await using bench = await makeBench('built');
    const done = await onHost(
      bench,
      `library=$(ldd dist/redisha | sed -n 's/.*libatomic.so.1 => \\([^ ]*\\).*/\\1/p')
      layer "$(dirname "$(readlink -f "$library")")"
      rm -f "$library"
      ! ./install.sh || exit 9
      test ! -e /usr/local/bin/redisha`,
    );
    expect(done).toMatchObject({ code: 0, stdout: '' });
    expect(done.stderr).toBe(
      'libatomic.so.1 is missing: install libatomic1 (Debian) or libatomic (RHEL)\n' +
        `install.sh: this host cannot run ${bench.sources}/dist/redisha\n`,
    );
  });

  test.each([
    [
      'an old glibc',
      "./redisha: /lib64/libc.so.6: version `GLIBC_2.27' not found (required by ./redisha)\n" +
        "./redisha: /lib64/libm.so.6: version `GLIBC_2.28' not found (required by ./redisha)\n" +
        "./redisha: /lib64/libstdc++.so.6: version `GLIBCXX_3.4.21' not found (required by ./redisha)\n",
      /^it needs glibc 2\.28 and this host has glibc \S+: it runs on Debian 10, .*\nlibstdc\+\+\.so\.6 is too old: /,
    ],
    ['musl', '/lib/ld-musl-x86_64.so.1: cannot load ./redisha\n', /^it needs glibc and this host has musl: /],
  ])('%s is named', async (_name, saidByLdd, expected) => {
    await using bench = await makeBench('built');
    await writeFile(join(bench.dest, 'said'), saidByLdd);
    const done = await onHost(
      bench,
      `printf '#!/bin/sh\\ncat ${bench.dest}/said; exit 1\\n' >/usr/local/bin/ldd
      chmod 0755 /usr/local/bin/ldd
      PATH=/usr/local/bin:$PATH ./install.sh`,
    );
    expect(done).toMatchObject({ code: 1, stdout: '' });
    expect(done.stderr).toMatch(expected);
  });

  test('an executable for another processor is named', async () => {
    await using bench = await makeBench('built');
    const header = (await readFile(join(bench.sources, 'dist/redisha'))).subarray(0, 64);
    header.writeUInt16LE(0xf3, 18);
    await bench.putExecutable(header);
    const done = await onHost(bench, './install.sh');
    expect(done).toMatchObject({ code: 1, stdout: '' });
    expect(done.stderr).toMatch(
      /^it is built for another processor and this host is \S+: build it on a host like this/,
    );
  });

  test('logrotate takes the file and rotates', async () => {
    await using bench = await makeBench('script');
    const done = await onHost(
      bench,
      `make_script_user
      ./install.sh >/dev/null
      echo line >/var/log/redisha/redisha.log
      chown keepalived_script:keepalived_script /var/log/redisha/redisha.log
      logrotate --force --state /var/lib/redisha-rotated /etc/logrotate.d/redisha
      stat -c '%n %a %U' /var/log/redisha/*`,
    );
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toBe(
      '/var/log/redisha/redisha.log 640 keepalived_script\n/var/log/redisha/redisha.log.1 644 keepalived_script\n',
    );
  });

  test.skipIf(!hasSystemd)('every boot with systemd makes the directory of the checks, for their user', async () => {
    await using bench = await makeBench('script');
    const done = await onHost(
      bench,
      `make_script_user
      ./install.sh >/dev/null
      rm -r /run/redisha
      systemd-tmpfiles --boot --create --prefix=/run/redisha
      stat -c '%a %U:%G' /run/redisha
      ./install.sh --uninstall >/dev/null
      test ! -e /etc/tmpfiles.d/redisha.conf`,
    );
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toBe('755 keepalived_script:keepalived_script\n');
  });

  test.skipIf(!hasSetcap)(
    'what keepalived starts may send packets of its own making, and nobody else may',
    async () => {
      await using bench = await makeBench('script');
      // A program that says what it may do: what it is given and what not does not depend on which program it is.
      await bench.putExecutable(await readFile('/bin/cat'));
      const done = await onHost(
        bench,
        `make_script_user
      as_user() { setpriv --reuid keepalived_script --regid keepalived_script --clear-groups "$@"; }
      right() { "$@" /usr/local/bin/redisha /proc/self/status | grep CapEff; }
      from_keepalived() { setpriv --inh-caps=+net_raw setpriv --reuid keepalived_script --regid keepalived_script --clear-groups "$@"; }
      ./install.sh 2>&1 | grep 'service.d\\|started again'
      cat /etc/systemd/system/keepalived.service.d/redisha.conf
      right as_user
      right from_keepalived
      from_keepalived cat /proc/self/status | grep CapEff
      ./install.sh 2>&1 | grep 'service.d\\|started again' || echo nothing
      setcap -r /usr/local/bin/redisha
      ./install.sh >/dev/null 2>&1
      right from_keepalived
      ./install.sh --uninstall >/dev/null
      test ! -e /etc/systemd/system/keepalived.service.d`,
      );
      expect(done.code, done.stderr).toBe(0);
      expect(done.stdout.split('\n')).toEqual([
        'install /etc/systemd/system/keepalived.service.d/redisha.conf (the role moves before systemd stops keepalived)',
        'note: keepalived can give redisha the right to tell clients that their address has moved once it is started again, the backup first: "systemctl restart keepalived"',
        '# Before systemd stops keepalived, the role goes to the other node. If it cannot go, keepalived is stopped all the same.',
        '[Service]',
        'ExecStop=-/usr/bin/timeout -k 1 7 /usr/local/bin/redisha step-down',
        '# redisha, which keepalived runs as keepalived_script, may tell clients that their address has moved. Nobody else gets this right.',
        'AmbientCapabilities=CAP_NET_RAW',
        'CapEff:\t0000000000000000',
        'CapEff:\t0000000000002000',
        'CapEff:\t0000000000000000',
        'nothing',
        'CapEff:\t0000000000002000',
        '',
      ]);
    },
  );

  test('somebody who is not root is told so', async () => {
    await using bench = await makeBench('script');
    const done = await onHost(bench, 'exec setpriv --reuid nobody --regid nogroup --clear-groups ./install.sh');
    expect(done).toMatchObject({ code: 1, stdout: '' });
    expect(done.stderr).toMatch(/^install\.sh: this needs root: /);
  });
});
