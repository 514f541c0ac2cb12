/** What a merge needs is loaded late, and the build leaves out of it what nobody asks: the executable still merges. */
import { expect, test } from 'vitest';

process.env['REDISHA_BIN'] = 'dist/redisha';
const { part, startPair } = await import('../integration/lib/pair.ts');

test('the executable examines what two masters wrote, and merges it', async () => {
  const { a, b } = await startPair();
  await part({ a, b }, { onA: ['a1'], onB: ['b1'] });
  expect(await a.run('master', b)).toMatchObject({ code: 0, stderr: '' });
  expect(a.log).not.toContain('ERROR');
  expect(await a.ask('MGET', 'a1', 'b1')).toEqual(['by a', 'by b']);
});
