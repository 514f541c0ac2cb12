/** Why it failed over, as the node that took over tells it afterwards; and the program that people are told by. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import { startPair, temporary } from './lib/pair.ts';
import { startFit } from './lib/resident.ts';

const WAIT = { deadlineMs: 30_000, everyMs: 100 };

interface Line {
  readonly kind: string;
  readonly title?: string;
  readonly entry?: Readonly<Record<string, unknown>>;
}

const objectsIn = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

/** Writes down what it is told, and then hangs. */
const hangingHook = async (): Promise<{ readonly path: string; readonly told: () => readonly object[] }> => {
  const directory = await temporary();
  const [path, file] = [join(directory, 'tell.sh'), join(directory, 'told')];
  writeFileSync(path, `#!/bin/sh\ncat >>'${file}'\nsleep 600 & wait\n`);
  chmodSync(path, 0o755);
  return { path, told: () => (existsSync(file) ? objectsIn(readFileSync(file, 'utf8')) : []) };
};

test('a killed Redis: from the first bad look to the first write, and a hook that hangs is in nobody’s way', async () => {
  const { path, told } = await hangingHook();
  const toml = [`on_event = "${path}"`, 'on_event_timeout = "1s"'];
  const { a, b } = await startPair({ ownPorts: true, promptCopies: true, toml });
  await a.run('master', b);
  const resident = await startFit(b, a);
  await a.redis.kill();
  const why = async (): Promise<readonly Line[]> => {
    const { stdout } = await b.runWith(['history', 'why', '--json', '-o', `port=${String(b.port)}`], a);
    return stdout === '' ? [] : objectsIn(stdout);
  };
  await waitFor(
    'the bad look in the journal',
    WAIT,
    () => b.journal,
    (lines) => lines.some(({ inOrder }) => inOrder === false),
  );
  resident.says('MASTER');
  await waitFor(
    'b as the master',
    WAIT,
    () => b.role(),
    (role) => role === 'master',
  );
  const seen = await waitFor(
    'the first write in the history',
    WAIT,
    async () => {
      await b.redis.ask('SET', 'written', 'since');
      return why();
    },
    (lines) => lines.some(({ kind }) => kind === 'first-write-seen'),
  );
  expect(seen.map(({ kind }) => kind).filter((kind) => kind !== 'look' && kind !== 'claim')).toEqual([
    'chain',
    'first-bad-look',
    'keepalived',
    'decision',
    'promoted',
    'end',
    'first-write-seen',
  ]);
  expect(seen[0]).toMatchObject({ title: 'local became the master' });
  expect(seen.find(({ kind }) => kind === 'decision')?.entry).toMatchObject({ rule: 340, event: 'plan' });

  if (process.getuid?.() !== 0) return;
  const events = await waitFor('what people are told', WAIT, told, (lines) => lines.length > 0);
  expect(events[0]).toMatchObject({ format: 1, event: 'role-changed', port: b.port, leader: 'local', rule: 340 });
  const log = await waitFor(
    'the end of the program in the log',
    WAIT,
    () => b.log,
    (text) => text.includes('hook-failed'),
  );
  expect(log).toMatch(
    /hook-failed of=role-changed why=".* took longer than 1000 ms \(on_event_timeout\), and was ended"/,
  );
});
