/** Which server knows the commands of which, and reads its copies: as it was seen on the real ones. */
import { expect, test } from 'vitest';
import type { ServerVersion } from '../../../src/core/program.ts';
import { knowsAllOf, readsCopyOf, serverText } from '../../../src/core/program.ts';

const programOf = (text: string): ServerVersion => {
  const [name, version = ''] = text.split(' ');
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return { product: name === 'Valkey' ? 'valkey' : 'redis', version: [major, minor, patch] };
};

const SERVERS = [
  'Redis 6.0.16',
  'Redis 7.0.15',
  'Redis 8.0.2',
  'Redis 8.6.3',
  'Valkey 8.0.1',
  'Valkey 8.1.1',
  'Valkey 9.1.2',
] as const;

/** The replicas of a master for which something holds. */
const replicasOf = (master: string, holds: typeof knowsAllOf): readonly string[] =>
  SERVERS.filter((replica) => replica !== master && holds(programOf(replica), programOf(master)));

test.each([
  ['Redis 6.0.16', ['Redis 7.0.15', 'Redis 8.0.2', 'Redis 8.6.3', 'Valkey 8.0.1', 'Valkey 8.1.1', 'Valkey 9.1.2']],
  ['Redis 7.0.15', ['Redis 8.0.2', 'Redis 8.6.3', 'Valkey 8.0.1', 'Valkey 8.1.1', 'Valkey 9.1.2']],
  ['Redis 8.0.2', ['Redis 8.6.3']],
  ['Redis 8.6.3', []],
  ['Valkey 8.0.1', ['Redis 8.0.2', 'Redis 8.6.3', 'Valkey 8.1.1', 'Valkey 9.1.2']],
  ['Valkey 8.1.1', ['Valkey 9.1.2']],
  ['Valkey 9.1.2', []],
])('every command of %s is known to %j', (master, replicas) => {
  expect(replicasOf(master, knowsAllOf)).toEqual(replicas);
});

test.each([
  ['Redis 6.0.16', ['Redis 7.0.15', 'Redis 8.0.2', 'Redis 8.6.3', 'Valkey 8.0.1', 'Valkey 8.1.1', 'Valkey 9.1.2']],
  ['Redis 7.0.15', ['Redis 8.0.2', 'Redis 8.6.3', 'Valkey 8.0.1', 'Valkey 8.1.1', 'Valkey 9.1.2']],
  ['Redis 8.0.2', ['Redis 8.6.3']],
  ['Redis 8.6.3', []],
  ['Valkey 8.0.1', ['Redis 8.0.2', 'Redis 8.6.3', 'Valkey 8.1.1', 'Valkey 9.1.2']],
  ['Valkey 8.1.1', ['Redis 8.0.2', 'Redis 8.6.3', 'Valkey 8.0.1', 'Valkey 9.1.2']],
  ['Valkey 9.1.2', ['Redis 8.0.2', 'Redis 8.6.3', 'Valkey 8.0.1', 'Valkey 8.1.1']],
])('a full copy from %s is read by %j', (master, replicas) => {
  expect(replicasOf(master, readsCopyOf)).toEqual(replicas);
});

test('a patch release knows what the others of its line know', () => {
  expect(knowsAllOf(programOf('Redis 8.0.2'), programOf('Redis 8.0.6'))).toBe(true);
  expect(knowsAllOf(programOf('Redis 7.0.15'), programOf('Redis 7.2.0'))).toBe(false);
  expect(serverText(programOf('Valkey 9.1.2'))).toBe('Valkey 9.1.2');
});
