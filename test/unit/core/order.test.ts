/** The table of `status`: each line says what is seen, what is not in order about it, and what to type next. */
import { expect, test } from 'vitest';
import { findingsOf, ORDER } from '../../../src/core/order.ts';
import { NO_MARKS } from '../../../src/core/marks.ts';
import { AS_DRAINED, IN_ORDER, LINES } from './order-lines.ts';

test.each(LINES)('%s', (_name, given, code, says, next) => {
  const all = findingsOf(given);
  expect(all.map((one) => one.code)).toContain(code);
  const [one] = all.filter((each) => each.code === code);
  expect(one?.says).toMatch(says);
  expect(one?.next).toMatch(next);
});

test('a drained node is in FAULT and told unfit: that is said once', () => {
  expect(findingsOf(AS_DRAINED).map(({ code }) => code)).toEqual(['drained']);
  expect(findingsOf({ ...AS_DRAINED, marks: NO_MARKS }).map(({ code }) => code)).toEqual(['vrrp', 'told-unfit']);
});

test.each(IN_ORDER)('in order: %s', (_name, given) => {
  expect(findingsOf(given)).toEqual([]);
});

test('every row is the answer to some line above', () => {
  const hit = new Set(LINES.map(([, , code]) => code));
  expect(ORDER.map(({ code }) => code).filter((code) => !hit.has(code))).toEqual([]);
});
