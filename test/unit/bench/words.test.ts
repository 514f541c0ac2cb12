import { describe, expect, test } from 'vitest';
import { run } from '../../lib/process.ts';

/** Nothing is set up, and nothing begins: the words are read first. */
const words = (program: string, ...args: readonly string[]) => run(['node', `${program}/main.ts`, ...args], {});

describe.each(['bench', 'soak'])('npm run %s', (program) => {
  test('--help prints what it takes', async () => {
    const usage = expect.stringMatching(/^usage: npm run /) as string;
    expect(await words(program, '--help')).toMatchObject({ code: 0, stdout: usage, stderr: '' });
  });

  test.each([
    [['--nix'], "Unknown option '--nix'"],
    [['extra'], "Unexpected argument 'extra'"],
    [['--minutes', 'abc'], '--minutes takes a number above 0; got "abc"'],
  ])('%j: one line, what it takes, and exit code 2', async (args, why) => {
    const { code, stdout, stderr } = await words(program, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^[^\n]+\nusage: npm run /);
    expect(stderr.startsWith(why)).toBe(true);
  });
});
