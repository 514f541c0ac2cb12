/** What a command prints has nowhere to go: it must not look as if all had been said. */
import { describe, expect, test } from 'vitest';
import { startPair } from '../integration/lib/pair.ts';
import { type Finished, run } from '../lib/process.ts';
import { type Env, programArgv } from '../lib/program.ts';
import { openPlace } from './lib.ts';

/** `line` is a shell's, in which "$@" is redisha with `args`. */
const inShell = (line: string, args: readonly string[], env: Env = {}): Promise<Finished> =>
  run(['bash', '-c', line, 'bash', ...programArgv(args)], { env });

const onFullDisk = (args: readonly string[], env: Env = {}): Promise<Finished> =>
  inShell('"$@" > /dev/full', args, env);

const SAID = { code: 6, stderr: 'redisha: cannot write to standard output: ENOSPC\n' };

describe('standard output', () => {
  test.each([['--help'], ['--version'], ['config', 'show']])('on a full disk: %s %s', async (...args) => {
    expect(await onFullDisk(args)).toMatchObject(SAID);
  });

  test('where there is room for a part of it', async () => {
    const { dir } = await openPlace();
    const done = await inShell('trap "" XFSZ; ulimit -f 1; "$@" > "$DIR/help"', ['--help'], { DIR: dir });
    expect(done).toMatchObject({ code: 6, stderr: 'redisha: cannot write to standard output: EFBIG\n' });
  });

  test('of a change: the role moves all the same, with a note that is lost as well', async () => {
    const { a, b } = await startPair();
    await a.run('master', b);
    const done = await onFullDisk(['promote', ...b.words(a)], b.envFor(a));
    expect(done).toMatchObject(SAID);
    expect(await b.role()).toBe('master');
  });

  test('of a check: the exit code is the answer, and stays', async () => {
    const { a } = await startPair({ linked: false });
    const done = await onFullDisk(['check', a.address, String(a.port)], a.env);
    expect(done).toMatchObject({ ...SAID, code: 0 });
  });

  test('that nobody reads any more: no word about it', async () => {
    const done = await inShell('"$@" | exec true; exit "${PIPESTATUS[0]}"', ['config', 'show']);
    expect(done).toMatchObject({ code: 0, stderr: '' });
  });
});
