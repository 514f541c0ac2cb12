/** How an error ends a command. */
import { expect, test } from 'vitest';
import { exitOfError } from '../../../src/cli/exits.ts';
import { RedishaError } from '../../../src/errors.ts';

test.each(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'])('what is used up on the host is no bug: %s', (code) => {
  const { code: exit, stderr } = exitOfError(Object.assign(new Error(`${code}: open`), { code }), false);
  expect(exit).toBe(6);
  expect(stderr).toMatch(new RegExp(String.raw`^redisha: this .* \(${code}\)\nhint: .*\n$`));
});

test('an error of any other code is a bug', () => {
  expect(exitOfError(Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' }), false).code).toBe(70);
});

test('words of others in an error control no terminal', () => {
  const error = new RedishaError('USAGE', 'not "\u001b[8m\u202e"', { hint: 'h' });
  expect(exitOfError(error, false).stderr).toBe('redisha: not "\\u001b[8m\\u202e"\nhint: h\n');
});
