/** A host and two servers that are right, as the doctor sees them. */
import type { CallSaid, HostSays, InstanceSaid, KeepalivedSaid, ServerSeen } from '../../../src/core/doctor/facts.ts';
import type { ServerVersion } from '../../../src/core/program.ts';

export const FILE = '/etc/keepalived/keepalived.conf';
export const at = (line: number) => ({ file: FILE, line });
export const said = <T>(value: T, line: number) => ({ value, at: at(line) });

export const SCRIPT = '/usr/local/redis/sh/redis_master.sh';

export const call = (change: Partial<CallSaid> = {}): CallSaid => ({
  keyword: 'notify_master',
  at: at(20),
  program: SCRIPT,
  command: 'master',
  words: ['127.0.0.1', '10.0.0.2', '6379'],
  isUnquoted: false,
  fits: 'right',
  takes: 'LOCAL PEER PORT',
  user: undefined,
  ...change,
});

export const instance = (change: Partial<InstanceSaid> = {}): InstanceSaid => ({
  name: 'VI',
  at: at(10),
  initialState: 'BACKUP',
  master: undefined,
  priority: said(200, 11),
  nopreempt: undefined,
  isNopreempt: false,
  interface: said('eth0', 12),
  virtualRouterId: said(60, 13),
  advertMs: said(1_000, 14),
  version: said(2, 10),
  addresses: [{ address: '10.0.0.100', prefix: 24, at: at(15) }],
  source: undefined,
  unicastPeers: undefined,
  authentication: undefined,
  tracked: [{ kind: 'script', name: 'chk', at: at(2), weight: 0, isVerdict: true, unfitPriority: 200 }],
  undefined: [],
  calls: [call(), call({ keyword: 'notify_backup', command: 'backup', at: at(21) })],
  later: [],
  isInGroup: false,
  ports: [6379],
  ...change,
});

export const keepalived = (change: Partial<KeepalivedSaid> = {}): KeepalivedSaid => ({
  file: FILE,
  problems: [],
  routerId: said('A', 2),
  scriptUser: said('root', 3),
  isStrict: true,
  startupScript: undefined,
  realTime: undefined,
  sampleMail: [],
  unknown: [],
  instances: [instance()],
  twice: [],
  checks: [],
  trackFiles: [],
  resident: undefined,
  virtualServers: [],
  ...change,
});

export const host = (change: Partial<HostSays> = {}): HostSays => ({
  keepalived: { version: [2, 2, 7], mute: undefined },
  keepalivedFile: undefined,
  users: ['root', 'redis'],
  interfaces: ['lo', 'eth0'],
  addresses: ['127.0.0.1', '10.0.0.1'],
  outside: [],
  programs: [{ path: SCRIPT, isThere: true, isLink: false, unsafe: [] }],
  missingDirectories: [],
  unwritable: [],
  freeBytes: 1e12,
  stateDir: '/var/lib/redisha',
  programsOfServers: [redis(8, 0)],
  mayOutliveRealTime: true,
  hasSelinux: false,
  arp: { ignore: 0, announce: 0 },
  sentinels: [],
  overcommit: 1,
  ...change,
});

export function redis(major: number, minor: number): ServerVersion {
  return { product: 'redis', version: [major, minor, 0] };
}

export const server = (change: Partial<ServerSeen> = {}): ServerSeen => ({
  whose: 'own',
  endpoint: '127.0.0.1:6379',
  port: 6379,
  server: redis(7, 0),
  mode: 'standalone',
  usedBytes: 1e6,
  backlogBytes: 64 * 1024 ** 2,
  writtenPerSecond: 0,
  denied: [],
  user: 'default',
  countsReplicas: false,
  aheadMs: 0,
  takesMasterauth: undefined,
  ...change,
});

export const other = (change: Partial<ServerSeen> = {}): ServerSeen =>
  server({ whose: 'peer', endpoint: '10.0.0.2:6379', writtenPerSecond: undefined, ...change });
