import { expect, test } from 'vitest';
import { didYouMean, nearest } from '../../../src/core/nearest.ts';

const COMMANDS = ['check', 'master', 'backup', 'status', 'drill', 'history', 'rescue', 'config', 'man'];

test.each([
  ['stauts', 'status'],
  ['STATUS', 'status'],
  ['histroy', 'history'],
  ['dril', 'drill'],
  ['Peer-Port', 'peer_port'],
])('nearest to %s is %s', (word, one) => {
  expect(nearest(word, [...COMMANDS, 'peer_port'])).toBe(one);
});

test.each([
  ['stauts', '; did you mean status?'],
  ['recsue', '; did you mean rescue?'],
  ['failover', ''],
  ['127.0.0.1', ''],
  ['x', ''],
  ['', ''],
])('after %j the question is "%s"', (word, question) => {
  expect(didYouMean(word, COMMANDS)).toBe(question);
});

test('a very long word takes no longer than a short one', () => {
  expect(didYouMean('s'.repeat(1_000_000), COMMANDS)).toBe('');
});

test('without any word to compare there is no answer', () => {
  expect(nearest('a', [])).toBeUndefined();
});
