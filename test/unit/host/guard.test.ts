/** The shell that guards a resident: a real one, and processes that stand for the resident. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Running } from '../../lib/process.ts';
import { waitFor } from '../../lib/wait.ts';
import { temporaryDirectory } from '../temporary.ts';

const PROCESS = fileURLToPath(new URL('guard-process.ts', import.meta.url));
const DEADLINE = { deadlineMs: 80_000, everyMs: 20 };

const commandLine = (pid: number): string => {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

const belonging = (directory: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandLine(pid).includes(directory));

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
};

const guarded = (todo: string, looks?: string) => {
  const directory = temporaryDirectory();
  const journal = join(directory, 'journal');
  writeFileSync(journal, `${todo}\n`);
  const running = new Running([process.execPath, PROCESS, looks ?? join(directory, 'looks'), journal]);
  onTestFinished(async () => {
    // Whatever is left may start another one while it is ended.
    await waitFor(
      'nobody',
      DEADLINE,
      () => belonging(directory),
      (pids) => {
        for (const pid of pids) signal(pid, 'SIGKILL');
        return pids.length === 0;
      },
    );
  });
  const residents = (): readonly number[] => readFileSync(journal, 'utf8').split('\n').slice(1, -1).map(Number);
  const has = (count: number) =>
    waitFor(`${String(count)} residents`, DEADLINE, residents, (all) => all.length >= count);
  const guards = () => belonging(directory).filter((pid) => commandLine(pid).startsWith('/bin/sh'));
  const hasGuard = () => waitFor('a guard', DEADLINE, guards, (all) => all.length === 1);
  return { running, residents, has, guards, hasGuard };
};

test('a resident that looks no more is ended and followed, one whose looks cannot be written is not', {
  timeout: 100_000,
}, async () => {
  const blind = guarded('blind');
  const mute = guarded('nothing', '/nowhere/looks');
  await mute.hasGuard();
  const [first, second] = await blind.has(2);
  expect([first, (await blind.running.ended).signal]).toEqual([blind.running.pid, 'SIGKILL']);
  expect(blind.residents()).toEqual([first, second]);
  expect([mute.running.over, mute.residents().length]).toEqual([false, 1]);
  mute.running.signal('SIGKILL');
  await mute.has(2);
});

test('one that fails is tried again', async () => {
  const { running, has, hasGuard } = guarded('fails');
  await hasGuard();
  running.signal('SIGKILL');
  await has(3);
  expect(await hasGuard()).toHaveLength(1);
});

test('one that has nothing to do ends, and so does the guard', async () => {
  const { running, has, hasGuard, guards } = guarded('done');
  await hasGuard();
  running.signal('SIGKILL');
  await has(2);
  expect(await waitFor('no guard', DEADLINE, guards, (all) => all.length === 0)).toEqual([]);
});
