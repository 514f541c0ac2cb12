import { expect, test } from 'vitest';
import { parseInfo, viewOfInfo, withCommandStats } from '../../../src/redis/info.ts';

const uptimeOf = (seconds: number): number =>
  viewOfInfo(parseInfo(`# Server\r\nuptime_in_seconds:${String(seconds)}\r\n`)).uptimeSeconds;

test('a server whose clock was set back is not taken for one that has just restarted', () => {
  expect(uptimeOf(12)).toBe(12);
  expect(uptimeOf(-3590)).toBeGreaterThan(1_000_000_000);
});

test.each([
  ['up a while ago', 7, 7],
  ['never up, from 6.2 on', -1, -1],
  ['never up, before 6.2', 1_796_008_342, -1],
])('a link that was %s', (_, told, seconds) => {
  const info = `# Replication\r\nrole:slave\r\nmaster_link_down_since_seconds:${String(told)}\r\n`;
  expect(viewOfInfo(parseInfo(info)).upstream?.linkDownSeconds).toBe(seconds);
});

test('a rescue that is attached shows at port 0, and is no replica', () => {
  const lines = [
    'role:master',
    'slave0:ip=10.0.0.2,port=6379,state=online,offset=7,lag=0',
    'slave1:ip=10.0.0.2,port=0,state=online,offset=7,lag=0',
  ];
  const { replicas } = viewOfInfo(parseInfo(`${['# Replication', ...lines].join('\r\n')}\r\n`));
  expect(replicas.map(({ endpoint }) => endpoint.port)).toEqual([6379]);
});

test.each([
  ['redis_version:7.0.15', { version: [7, 0, 15], program: { product: 'redis', version: [7, 0, 15] } }],
  [
    'redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2',
    { version: [7, 2, 4], program: { product: 'valkey', version: [9, 1, 2] } },
  ],
])('which program it is: %j', (lines, expected) => {
  expect(viewOfInfo(parseInfo(`${lines}\r\n`))).toMatchObject(expected);
});

const refused = (...lines: readonly string[]): number | undefined =>
  viewOfInfo(parseInfo(`${lines.join('\r\n')}\r\n`)).refusedCommands;

test('before 6.2 a server does not count all the commands that it refuses', () => {
  expect(refused('unexpected_error_replies:1')).toBeUndefined();
  expect(refused('unexpected_error_replies:1', 'total_error_replies:3')).toBe(1);
});

test.each([
  ['a full copy, and 614 bytes of stream since', 2406, 614, true],
  ['as much as it has of the stream: it went on from its own file', 614, 614, false],
  ['a demoted master, which has fed the stream itself', 614, 15_606, false],
  ['more than the backlog holds: nobody knows', 5_000_000, 1_048_576, false],
])('whether a replica had a full copy: %s', (_name, received, kept, expected) => {
  const lines = [
    'role:slave',
    `total_net_repl_input_bytes:${String(received)}`,
    'repl_backlog_active:1',
    'repl_backlog_size:1048576',
    `repl_backlog_histlen:${String(kept)}`,
  ];
  expect(viewOfInfo(parseInfo(`${lines.join('\r\n')}\r\n`)).hadFullCopy).toBe(expected);
});

test.each(['redis_mode', 'server_mode'])('a node of a cluster is known by %s', (name) => {
  const modeOf = (mode: string) => viewOfInfo(parseInfo(`# Server\r\n${name}:${mode}\r\n`)).mode;
  expect(['standalone', 'cluster', 'sentinel'].map(modeOf)).toEqual(['standalone', 'cluster', 'sentinel']);
});

const replicaLines = (...lines: readonly string[]) =>
  viewOfInfo(parseInfo(`${['# Replication', 'role:slave', 'master_link_status:down', ...lines].join('\r\n')}\r\n`));

test.each([
  ['was lost', '20', 20],
  ['never was up', '-1', -1],
  ['never was up, as Redis 6.0 tells it: since 1970', '1796007785', -1],
])('a link that %s', (_what, seconds, expected) => {
  const { upstream } = replicaLines(`master_link_down_since_seconds:${seconds}`);
  expect(upstream?.linkDownSeconds).toBe(expected);
});

test.each([
  ['REPLICAOF was called', 'cmdstat_replicaof:calls=1,usec=9,usec_per_call=9.00', true],
  ['SLAVEOF was called', 'cmdstat_slaveof:calls=2,usec=9,usec_per_call=4.50', true],
  ['neither was', 'cmdstat_info:calls=7,usec=9,usec_per_call=1.29', false],
])('a replica was told to follow: %s', (_what, line, expected) => {
  const view = withCommandStats(replicaLines(), parseInfo(`# Commandstats\r\n${line}\r\n`));
  expect(view.upstream?.isTold).toBe(expected);
});
