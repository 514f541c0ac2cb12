import { expect, test } from 'vitest';
import { parseInfo, viewOfInfo } from '../../../src/redis/info.ts';

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

test.each(['redis_mode', 'server_mode'])('a node of a cluster is known by %s', (name) => {
  const modeOf = (mode: string) => viewOfInfo(parseInfo(`# Server\r\n${name}:${mode}\r\n`)).mode;
  expect(['standalone', 'cluster', 'sentinel'].map(modeOf)).toEqual(['standalone', 'cluster', 'sentinel']);
});
