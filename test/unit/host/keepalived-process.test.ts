import { expect, test } from 'vitest';
import { configIdIn } from '../../../src/host/keepalived-process.ts';

test.each([
  [['--dont-fork'], 'node-a'],
  [['-n', '-i', 'high'], 'high'],
  [['-ihigh'], 'high'],
  [['--config-id=high', '-n'], 'high'],
  [['--config-id', 'high'], 'high'],
  [['-i', 'low', '-i', 'high'], 'high'],
  [[], 'node-a'],
])('which lines are for this host: keepalived %j', (argv, id) => {
  expect(configIdIn(argv, 'node-a.example.org')).toBe(id);
});
