/** What keepalived is told when the other master gives its role up. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { NodeView } from '../../../src/core/model.ts';
import { generateKeepalivedConf } from '../../../src/keepalived/generate.ts';
import { heirOf } from '../../../src/world/heir-haste.ts';
import { waitFor } from '../../lib/wait.ts';
import { master, replica, silent } from '../core/builders.ts';
import { blueprint } from '../keepalived/pair.ts';
import { temporaryDirectory } from '../temporary.ts';

const PAIR = { local: '127.0.0.1', peer: '10.0.0.2', port: 6379 };

const heard = (isHere: boolean) => {
  const directory = temporaryDirectory();
  const keepalivedConf = join(directory, 'keepalived.conf');
  writeFileSync(keepalivedConf, generateKeepalivedConf(blueprint(), 0).replaceAll('/run/redisha', directory));
  const claim = join(directory, '6379-claim');
  writeFileSync(claim, '0\n');
  const heir = heirOf({ pair: PAIR, keepalivedConf, isHere: () => isHere });
  return {
    tells: async (...views: readonly NodeView[]): Promise<string> => {
      for (const view of views) {
        heir('peer', view);
        heir('local', replica());
        await heir.ready();
      }
      return existsSync(claim) ? readFileSync(claim, 'utf8') : '';
    },
  };
};

test.each([
  ['the peer leads', [master()], false, '0\n'],
  ['it has given its role up', [master(), replica()], false, '254\n'],
  ['it was silent meanwhile', [master(), silent('frozen'), replica()], false, '254\n'],
  ['it has died', [master(), silent('refused')], false, '0\n'],
  ['nobody has seen it lead', [replica()], false, '0\n'],
  ['the address is here already', [master(), replica()], true, '0\n'],
] as const)('%s', async (_name, views, isHere, told) => {
  expect(await heard(isHere).tells(...views)).toBe(told);
});

test('what was told is taken back', async () => {
  const port = heard(false);
  expect(await port.tells(master(), replica())).toBe('254\n');
  await waitFor(
    'the end of the haste',
    { deadlineMs: 20_000, everyMs: 100 },
    () => port.tells(),
    (told) => told === '0\n',
  );
});
