/** The name of a pair at the witness. */
import { expect, test } from 'vitest';
import { leaseKey, pairName } from '../../../src/redis/lease.ts';

test.each([
  ['10.0.0.100', 'redisha:licence:10.0.0.100:6379'],
  ['fd00::64', 'redisha:licence:fd00::64:6379'],
  ['FD00:0:0::0064', 'redisha:licence:fd00::64:6379'],
  ['::ffff:10.0.0.100', 'redisha:licence:10.0.0.100:6379'],
])('%s has one key, however it is written', (address, key) => {
  expect(leaseKey(pairName(address, 6379))).toBe(key);
});
