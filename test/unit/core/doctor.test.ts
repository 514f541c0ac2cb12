/** What this host and the two servers say: a line for each row that is not about files alone. */
import { describe, expect, test } from 'vitest';
import { DOCTOR, diagnoseFiles } from '../../../src/core/doctor/doctor.ts';
import type { DoctorFacts, HostSays, KeepalivedSaid, ServerSeen } from '../../../src/core/doctor/facts.ts';
import { at, call, FILE, host, instance, keepalived, other, redis, said, SCRIPT, server } from './doctor-builders.ts';

interface Seen {
  readonly conf?: Partial<KeepalivedSaid>;
  readonly host?: Partial<HostSays>;
  readonly servers?: readonly ServerSeen[];
  /** Of this host, and of the other one where its files were given. */
  readonly witness?: readonly (string | undefined)[];
}

const facts = (seen: Seen): DoctorFacts => ({
  own: {
    whose: 'own',
    isConfigured: false,
    toml: { witness: seen.witness?.[0] },
    keepalived: keepalived(seen.conf),
    redis: [],
  },
  peer:
    seen.witness?.length === 2
      ? { whose: 'peer', isConfigured: false, toml: { witness: seen.witness[1] }, keepalived: undefined, redis: [] }
      : undefined,
  host: host(seen.host),
  servers: seen.servers ?? [server(), other()],
  checkDeadlineMs: 1_200,
});

const CHECK = {
  name: 'chk',
  at: at(2),
  call: call({ keyword: 'script', command: 'check', words: ['127.0.0.1', '6379'] }),
  intervalMs: 2_000,
  timeoutMs: 2_000,
  fall: 3,
  fraction: undefined,
};
const OTHER_CHECK = {
  kind: 'script',
  name: 'other',
  at: at(4),
  weight: 0,
  isVerdict: false,
  unfitPriority: 200,
} as const;
const TRACK_FILE = { name: 'unfit', at: at(5), path: '/run/redisha/6379-unfit' };
const REAL_TIME = { at: at(6), isBounded: true };
const DIRECT = { at: at(40), address: '10.0.0.101', port: 6379, kind: 'DR', behind: [], sorry: undefined };
const NEW_WORD = { word: 'auth_hmac', block: 'vrrp_instance', at: at(16), since: [2, 4, 0], last: [2, 3, 4] };

const BOUND = [server({ countsReplicas: true }), other({ countsReplicas: true })];

/** What is seen, which row tells it, at which line (0: of no file), and how it is mended. */
const OPEN_TO_OTHERS = {
  path: SCRIPT,
  isThere: true,
  isLink: false,
  unsafe: ['/usr can be written by others than root (chmod go-w /usr)'],
};

const LINES: readonly (readonly [id: string, seen: Seen, line: number, says: RegExp, fix: RegExp])[] = [
  ['keepalived-mute', { host: { keepalived: { version: undefined, mute: 'no options' } } }, 0, /"no options"/, /touch/],
  [
    'other-file',
    { host: { keepalivedFile: { value: '/etc/k.conf', at: { file: '/etc/default/keepalived', line: 4 } } } },
    4,
    /started with \/etc\/k.conf/,
    /keepalived_conf = /,
  ],
  ['too-new-a-word', { conf: { unknown: [NEW_WORD] } }, 16, /needs keepalived 2.4.0, and this host has 2.2.7/, /newer/],
  [
    'interface-missing',
    { conf: { instances: [instance({ interface: said('eno1', 12) })] } },
    12,
    /no interface eno1/,
    /eth0/,
  ],
  [
    'no-check',
    { conf: { instances: [instance({ tracked: [OTHER_CHECK] })], checks: [CHECK] } },
    10,
    /^VI does not track the check chk, so the address stays at a dead Redis$/,
    /"track_script \{ chk \}" in VI/,
  ],
  ['address-outside', { host: { outside: ['VI 10.0.0.100'] } }, 15, /in no network of eth0/, /network of eth0/],
  [
    'source-not-here',
    { conf: { instances: [instance({ source: said('10.0.0.9', 17) })] } },
    17,
    /has 10.0.0.9/,
    /unicast_src_ip/,
  ],
  [
    'peer-is-here',
    { host: { addresses: ['10.0.0.2'] } },
    20,
    /names 10.0.0.2 as PEER, which is this host/,
    /other host/,
  ],
  [
    'script-missing',
    { host: { programs: [{ path: SCRIPT, isThere: false, isLink: false, unsafe: [] }] } },
    20,
    /no program/,
    /--legacy-dir \/usr\/local\/redis\/sh$/,
  ],
  [
    'script-is-link',
    { host: { programs: [{ path: SCRIPT, isThere: true, isLink: true, unsafe: [] }] } },
    20,
    /symbolic link/,
    /--legacy-dir/,
  ],
  [
    'script-unsafe',
    {
      host: {
        programs: [OPEN_TO_OTHERS],
      },
    },
    20,
    /disables .*: \/usr can be written by others than root$/,
    /^chmod go-w \/usr$/,
  ],
  [
    'script-changeable',
    {
      conf: { isStrict: false },
      host: {
        programs: [OPEN_TO_OTHERS],
      },
    },
    20,
    /^\/usr can be written by others than root: whoever changes it decides/,
    /^chmod go-w \/usr$/,
  ],
  ['user-missing', { conf: { scriptUser: said('nobody_here', 3) } }, 3, /no user nobody_here/, /useradd/],
  [
    'user-missing',
    { conf: { instances: [instance({ calls: [call({ user: 'S3cretWord' }), call({ keyword: 'notify_backup' })] })] } },
    20,
    /^(?!.*S3cretWord).*no such user/,
    /^(?!.*S3cretWord).*one pair of quotes/,
  ],
  [
    'track-directory',
    { conf: { trackFiles: [TRACK_FILE] }, host: { missingDirectories: ['/run/redisha'] } },
    5,
    /6379-unfit/,
    /install.sh/,
  ],
  [
    'masterauth-refused',
    { servers: [server(), other({ takesMasterauth: false })] },
    0,
    /10.0.0.2:6379 refuses the masterauth/,
    /CONFIG SET masterauth/,
  ],
  [
    'right-missing',
    { servers: [server({ user: 'redisha', denied: ['CONFIG SET'] })] },
    0,
    /user redisha may not run CONFIG SET/,
    /\+config\|set/,
  ],
  ['server-mode', { servers: [server({ mode: 'cluster' })] }, 0, /"cluster"/, /plain Redis/],
  [
    'copy-unreadable',
    { servers: [server({ server: redis(8, 0) }), other({ server: redis(6, 0) })] },
    0,
    /10.0.0.2:6379 runs Redis 6.0.0 and cannot read/,
    /upgrade 10.0.0.2:6379/,
  ],
  [
    'older-replica',
    { servers: [server({ server: redis(7, 2) }), other({ server: { product: 'valkey', version: [8, 1, 0] } })] },
    0,
    /127.0.0.1:6379 runs Redis 7.2.0 and drops/,
    /one version/,
  ],
  [
    'backlog-too-small',
    { servers: [server({ writtenPerSecond: 2 * 1024 ** 2, backlogBytes: 1024 ** 2 })] },
    0,
    /holds 0.5 s/,
    /repl-backlog-size 120mb/,
  ],
  ['clocks-apart', { servers: [server(), other({ aheadMs: -61_000 })] }, 0, /61 s behind/, /set-ntp/],
  [
    'witness-differs',
    { witness: ['10.0.0.3:6379', undefined], servers: BOUND },
    0,
    /of this host is 10\.0\.0\.3:6379, and that of the other host is none/,
    /both hosts/,
  ],
  [
    'witness-differs',
    { witness: ['10.0.0.3:6379', '10.0.0.4:6379'], servers: BOUND },
    0,
    /of the other host is 10\.0\.0\.4:6379/,
    /both hosts/,
  ],
  [
    'witness-not-bound',
    { witness: ['10.0.0.3:6379'], servers: [server({ countsReplicas: true }), other()] },
    0,
    /^10\.0\.0\.2:6379 counts no replicas/,
    /where CONFIG is closed/,
  ],
  ['unwritable', { host: { unwritable: [{ says: 'it is closed', fix: 'chown' }] } }, 0, /closed/, /chown/],
  ['no-room-for-rescue', { host: { freeBytes: 1e5 } }, 0, /has room for 98 KiB/, /state_dir/],
  [
    'no-program-for-rescue',
    { host: { programsOfServers: [redis(6, 0)] } },
    0,
    /what Redis 7.0.0 saves/,
    /install Redis 7.0.0/,
  ],
  [
    'real-time-at-reload',
    { conf: { realTime: REAL_TIME }, host: { mayOutliveRealTime: false } },
    6,
    /CAP_SYS_RESOURCE/,
    /restart/,
  ],
  ['selinux', { host: { hasSelinux: true } }, 0, /SELinux/, /ausearch/],
  ['arp', { conf: { virtualServers: [DIRECT] } }, 40, /arp_ignore is 0/, /arp_ignore = 1/],
  [
    'sentinel',
    { host: { sentinels: ['redis-sentinel *:26379 [sentinel]'] } },
    0,
    /runs on this host/,
    /one of the two/,
  ],
  ['overcommit', { host: { overcommit: 0 } }, 0, /cannot fork/, /= 1/],
];

test('a host that is right has nothing wrong, no risk and no note', () => {
  expect(diagnoseFiles(facts({}))).toEqual([]);
});

describe('one fact is told by one row', () => {
  test.each(LINES)('%s', (id, seen, line, says, fix) => {
    const found = diagnoseFiles(facts(seen));
    expect([...new Set(found.map((one) => one.id))]).toEqual([id]);
    const [first] = found;
    expect([first?.at?.line ?? 0, first?.says, first?.fix]).toEqual([
      line,
      expect.stringMatching(says),
      expect.stringMatching(fix),
    ]);
  });

  test('each row about the host and the servers has a line here', () => {
    const told = new Set(LINES.map(([id]) => id));
    const rows = DOCTOR.filter(({ title }) => title.includes('this host')).flatMap((part) => part.rows);
    expect(rows.map(({ id }) => id).filter((id) => !told.has(id))).toEqual([]);
  });
});

test('an id is one row', () => {
  const ids = DOCTOR.flatMap(({ rows }) => rows.map(({ id }) => id));
  expect(ids.toSorted()).toEqual([...new Set(ids)].toSorted());
});

test('the gravest comes first', () => {
  const seen = facts({ host: { overcommit: 0, freeBytes: 1e5 }, servers: [server({ mode: 'cluster' }), other()] });
  expect(diagnoseFiles(seen).map(({ severity }) => severity)).toEqual(['wrong', 'risk', 'note']);
});

test('nothing is claimed of a file that is not understood', () => {
  const unread = { problems: [`line 3 of ${FILE} is not understood: it is for one of several hosts`, 'and another'] };
  const found = diagnoseFiles(facts({ conf: { ...unread, scriptUser: said('nobody_here', 3), instances: [] } }));
  expect(found.map(({ id, at: place, says }) => [id, place?.line, says])).toEqual([
    ['not-understood', 3, expect.stringMatching(/\(and 1 more\); so redisha does not say what the file means$/)],
  ]);
});
