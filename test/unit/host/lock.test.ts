import { chmodSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isLocked, takeLock } from '../../../src/host/lock.ts';
import { Running, runOk } from '../../lib/process.ts';
import { waitFor } from '../../lib/wait.ts';
import { temporaryDirectory, unusedPort } from '../temporary.ts';

const withoutFiles = fileURLToPath(new URL('lock-without-files.ts', import.meta.url));
const program = fileURLToPath(new URL('lock-process.ts', import.meta.url));

/** Another process that has the lock, with keepalived's umask. */
const start = async (port: number, directory: string): Promise<Running> => {
  const command = `umask 0177; exec "${process.execPath}" "${program}" ${String(port)} "${directory}"`;
  const running = new Running(['sh', '-c', command]);
  onTestFinished(async () => {
    running.closeInput();
    await running.ended;
  });
  const said = await waitFor(
    'a word of the process',
    { deadlineMs: 10_000, everyMs: 5 },
    () => running.lines.map(({ text }) => text),
    (lines) => lines.length > 0,
  );
  expect(said).toEqual(['acquired']);
  return running;
};

const taken = async (port: number, directory: string) => {
  const release = await takeLock(port, directory);
  if (release === undefined) throw new Error(`the lock of port ${String(port)} is held`);
  return release;
};

describe.each([
  ['a file of the run directory', () => temporaryDirectory()],
  ['a name of the kernel, where there is no run directory', () => join(temporaryDirectory(), 'none')],
])('the lock, as %s', (_, somewhere) => {
  test('is had once, and is free again when its owner lets it go', async () => {
    const [port, directory] = [unusedPort(), somewhere()];
    expect(await isLocked(port, directory)).toBe(false);
    const release = await taken(port, directory);
    expect(await takeLock(port, directory)).toBeUndefined();
    expect(await isLocked(port, directory)).toBe(true);
    await release();
    expect(await isLocked(port, directory)).toBe(false);
    await (await taken(port, directory))();
  });

  test('of one port says nothing of another', async () => {
    const directory = somewhere();
    const [one, other] = [unusedPort(), unusedPort()];
    const release = await taken(one, directory);
    expect(await isLocked(other, directory)).toBe(false);
    await Promise.all([release(), (await taken(other, directory))()]);
  });

  test('is freed by the kernel when its owner is killed, and is seen while its owner is stopped', async () => {
    const [port, directory] = [unusedPort(), somewhere()];
    const owner = await start(port, directory);
    expect(await takeLock(port, directory)).toBeUndefined();
    process.kill(owner.pid, 'SIGSTOP');
    expect(await isLocked(port, directory)).toBe(true);
    process.kill(owner.pid, 'SIGKILL');
    await owner.ended;
    expect(await isLocked(port, directory)).toBe(false);
    await (await taken(port, directory))();
  });

  test('may be had by somebody where this process can open no file to find out', async () => {
    const [port, directory] = [unusedPort(), somewhere()];
    await (await taken(port, directory))();
    const said = await runOk([
      'sh',
      '-c',
      `ulimit -n 60; exec "${process.execPath}" "${withoutFiles}" ${String(port)} "${directory}"`,
    ]);
    expect(said).toBe('false EMFILE true\n');
  });

  test('is had by one of many that want it at the same moment, again and again', async () => {
    const [port, directory] = [unusedPort(), somewhere()];
    for (let round = 0; round < 20; round += 1) {
      const had = (await Promise.all(Array.from({ length: 8 }, () => takeLock(port, directory)))).filter(
        (release) => release !== undefined,
      );
      expect(had).toHaveLength(1);
      await had[0]?.();
    }
  });
});

describe('the file of the lock', () => {
  test('is for its owner alone, and stays empty', async () => {
    const [port, directory] = [unusedPort(), temporaryDirectory()];
    const release = await taken(port, directory);
    const { mode, size } = lstatSync(join(directory, `${String(port)}-lock`));
    expect([mode & 0o777, size]).toEqual([0o600, 0]);
    expect(readdirSync(directory)).toEqual([`${String(port)}-lock`]);
    await release();
  });

  test('belongs to whom the directory belongs to, also where root was first', async () => {
    const [port, directory] = [unusedPort(), temporaryDirectory()];
    await runOk(['chown', 'nobody', directory]);
    await (await taken(port, directory))();
    expect(lstatSync(join(directory, `${String(port)}-lock`)).uid).toBe(lstatSync(directory).uid);
  });

  test('is no link: what it leads to is neither made nor opened', async () => {
    const [port, directory] = [unusedPort(), temporaryDirectory()];
    symlinkSync(join(directory, 'elsewhere'), join(directory, `${String(port)}-lock`));
    await expect(takeLock(port, directory)).rejects.toMatchObject({ code: 'HOST_FILE' });
    expect(lstatSync(join(directory, 'elsewhere'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('cannot be taken by another user', async () => {
    const [port, parent] = [unusedPort(), temporaryDirectory()];
    const directory = join(parent, 'run');
    mkdirSync(directory);
    chmodSync(parent, 0o755);
    chmodSync(directory, 0o755);
    await (await taken(port, directory))();
    const file = join(directory, `${String(port)}-lock`);
    await expect(runOk(['setpriv', '--reuid=65534', '--clear-groups', 'sh', '-c', `exec 3<>${file}`])).rejects.toThrow(
      /Permission denied/,
    );
  });

  test('that holds something else is an error that says what to look at', async () => {
    const [port, directory] = [unusedPort(), temporaryDirectory()];
    writeFileSync(join(directory, `${String(port)}-lock`), 'not a database, and longer than its head is.'.repeat(9));
    await expect(takeLock(port, directory)).rejects.toMatchObject({ code: 'HOST_FILE' });
  });
});
