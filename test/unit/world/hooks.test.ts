/** A program of `on_event` that cannot be run. */
import { expect, test } from 'vitest';
import { hooksOf } from '../../../src/world/hooks.ts';
import { waitFor } from '../../lib/wait.ts';
import { recordingLog } from '../host/recording-log.ts';

type For = Parameters<typeof hooksOf>[1];

test.each([
  ['who stays says so soon', true, [['warn', 'hook-failed', { why: '/nowhere/tell cannot be run: ENOENT' }]]],
  ['a command does not look at it before it has done its work', false, []],
])('%s', async (_name, stays, expected) => {
  const { log, lines } = recordingLog();
  const settings = { files: { onEventTimeoutMs: 1000, stateDir: '/nowhere' } } as For['settings'];
  const pair = { local: '127.0.0.1', peer: '10.0.0.2', port: 6379 };
  hooksOf('/nowhere/tell', { settings, pair, log, last: undefined, stays });
  await waitFor(
    'what it says',
    { deadlineMs: 20_000, everyMs: 5 },
    () => lines.length,
    (count) => count === expected.length,
  );
  expect(lines).toEqual(expected);
});
