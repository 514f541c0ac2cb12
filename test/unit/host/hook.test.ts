/** A program that the settings name: what it gets, how long it may take, and which are refused. */
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runHook } from '../../../src/host/hook.ts';
import { run } from '../../lib/process.ts';
import { waitFor } from '../../lib/wait.ts';
import { temporaryDirectory } from '../temporary.ts';

const ROOT = process.getuid?.() === 0;
const LONG_MS = 60_000;

const programOf = (text: string, mode = 0o755) => {
  const directory = temporaryDirectory();
  const path = join(directory, 'tell.sh');
  writeFileSync(path, text.replaceAll('HERE', directory), { mode });
  chmodSync(path, mode);
  return { directory, program: { path, timeoutMs: LONG_MS, ownedBy: directory } };
};

test.skipIf(!ROOT)('gets the event on its standard input, and nothing of the environment', async () => {
  process.env['REDISCLI_AUTH'] = 'hunter2';
  const { directory, program } = programOf('#!/bin/sh\ncat >HERE/in\nenv >HERE/env\npwd >HERE/pwd\n');
  expect(await runHook(program, '{"event":"fit"}\n')).toBeUndefined();
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  expect([read('in'), read('pwd')]).toEqual(['{"event":"fit"}\n', '/\n']);
  expect(read('env')).toMatch(/^PATH=/m);
  expect(read('env')).not.toContain('hunter2');
});

test.skipIf(!ROOT)('gets the words that it is called with', async () => {
  const { program } = programOf('#!/bin/sh\ntest "$1" = 10.0.0.2 && test "$2" = 6379\n');
  expect(await runHook({ ...program, args: ['10.0.0.2', '6379'] })).toBeUndefined();
  expect(await runHook(program)).toMatch(/ended with exit code 1$/);
});

test.skipIf(!ROOT).each<[name: string, text: string, why: RegExp]>([
  ['fails', '#!/bin/sh\nexit 3\n', /ended with exit code 3$/],
  ['is ended by a signal', '#!/bin/sh\nkill -9 $$\n', /ended with SIGKILL$/],
  ['has no interpreter', '#!/nowhere\n', /exit code 127: a program that it needs is not there$/],
  ['closes its standard input', '#!/bin/sh\nexec <&-\nexit 0\n', /^$/],
])('one that %s', async (_name, text, why) => {
  expect((await runHook(programOf(text).program, 'x'.repeat(200_000))) ?? '').toMatch(why);
});

/** Whether a process of this host has the word in its command line. */
const runs = (word: string): boolean =>
  readdirSync('/proc').some((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(word);
    } catch {
      return false;
    }
  });

test.skipIf(!ROOT)('one that takes too long is ended with all that it has started', async () => {
  const word = `4000.${String(process.pid)}`;
  const { program } = programOf(`#!/bin/sh\nsleep ${word} &\nsleep ${word}\n`);
  expect(await runHook({ ...program, timeoutMs: 1000, timeoutKey: 'on_event_timeout' })).toMatch(
    /took longer than 1000 ms \(on_event_timeout\), and was ended$/,
  );
  await waitFor(
    'both to be gone',
    { deadlineMs: 20_000 },
    () => runs(word),
    (isThere) => !isThere,
  );
});

const HANGING = fileURLToPath(new URL('hook-on-a-hanging-disk.ts', import.meta.url));

test.skipIf(!ROOT || !existsSync('/dev/fuse'))(
  'one on a disk that does not answer keeps nobody, nor the one after it',
  async () => {
    const directory = temporaryDirectory();
    // A file system whose server has been started and never says a word.
    const mount =
      'exec 3<>/dev/fuse; mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 none "$1"; exec "$2" "$3" "$1/tell.sh"';
    const words = ['unshare', '--mount', 'sh', '-c', mount, 'sh', directory, process.execPath, HANGING];
    const { stdout, stderr } = await run(words, { timeoutMs: 30_000 });
    const late = `${directory}/tell.sh cannot be run: the disk does not answer`;
    expect(stdout, stderr).toBe(`${late}\n${late}\nthe file was read, and time went on\n`);
  },
);

test('one that is not there, is no file or may not be run', async () => {
  const { directory, program } = programOf('#!/bin/sh\n', 0o644);
  expect(await runHook({ ...program, path: join(directory, 'none') }, '')).toMatch(/none cannot be run: ENOENT$/);
  expect(await runHook({ ...program, path: directory }, '')).toMatch(/is not a file$/);
  expect(await runHook(program, '')).toMatch(/cannot be run: EACCES$/);
});

test.skipIf(!ROOT)('one that others may write is refused', async () => {
  const { directory, program } = programOf('#!/bin/sh\ntouch HERE/ran\n', 0o757);
  expect(await runHook(program, '')).toMatch(/tell\.sh can be written by others than root \(chmod go-w/);
  expect(existsSync(join(directory, 'ran'))).toBe(false);
});
