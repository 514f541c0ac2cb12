/** When clients are refused that come between two owners of an address. */
import { expect, test } from 'vitest';
import { refuseBetween } from '../../../src/app/refusals.ts';
import type { NodeView } from '../../../src/core/model.ts';
import { master, replica } from '../core/builders.ts';
import { recordingLog } from '../host/recording-log.ts';

const [open, closed] = [replica(), replica({ addressClosed: true })];
const silent: NodeView = { kind: 'refused', why: '' };

test.each([
  ['never closed', [master(), open, silent], 0],
  ['closed, and looked at often', [master(), closed, closed, closed], 1],
  ['closed, and not seen for a moment', [closed, silent, closed], 1],
  ['closed, open, closed again', [closed, open, closed], 2],
])('%s', (_name, views, times) => {
  let begun = 0;
  const seen = refuseBetween({
    refuse: () => {
      begun += 1;
      return Promise.resolve(undefined);
    },
    log: recordingLog().log,
  });
  for (const view of views) seen(view);
  expect(begun).toBe(times);
});
