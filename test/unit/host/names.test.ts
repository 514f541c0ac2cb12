import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { knowsName } from '../../../src/host/names.ts';

test.each([
  ['localhost', true],
  ['LocalHost', true],
  [hostname(), true],
  ['S3cretWord', false],
  ['', false],
])('whether this host knows %j by itself', (name, isKnown) => {
  expect(knowsName(name)).toBe(isKnown);
});
