/** Who may read what redisha writes, though keepalived starts it with a umask under which nobody could. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { part, startPair } from '../integration/lib/pair.ts';

/** Every directory and file below `dir`, with its mode. */
const modes = (dir: string): Record<string, string> => {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  const modeOf = (name: string): string => (statSync(join(dir, name)).mode & 0o777).toString(8);
  return Object.fromEntries(names.map((name) => [name, modeOf(name)]));
};

test('state and log are for the group to read, rescues for their owner alone', async () => {
  const pair = await startPair();
  const { a, b } = pair;
  await part(pair, { onA: ['met'], onB: ['met'] });
  expect((await a.run('master', b)).code).toBe(0);
  await a.check();
  expect((await a.run('stop', b)).code).toBe(0);
  expect(modes(join(a.dir, 'log'))).toEqual({ 'redisha.log': '640' });
  const found = modes(join(a.dir, 'state'));
  const place = String(a.port);
  const wrong = Object.entries(found).filter(([name, mode]) => {
    const isDirectory = statSync(join(a.dir, 'state', name)).isDirectory();
    const isRescue = name.startsWith(`${place}/rescue`);
    return mode !== (isDirectory ? (isRescue ? '700' : '750') : isRescue ? '600' : '640');
  });
  expect(wrong).toEqual([]);
  expect(Object.keys(found)).toEqual(
    expect.arrayContaining([
      `${place}/journal.jsonl`,
      `${place}/intents`,
      `${place}/rescue`,
      `${place}/last-check.json`,
    ]),
  );
});
