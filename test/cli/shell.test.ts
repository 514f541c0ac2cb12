/** What redisha prints for man and for shells is what these understand. */
import { expect, test } from 'vitest';
import { bashScript, completed } from '../../src/cli/completion.ts';
import { keysPage, programPage } from '../../src/cli/manual.ts';
import { flagOf } from '../../src/cli/option-kinds.ts';
import { SHELLS } from '../../src/cli/options.ts';
import { commands } from '../../src/commands.ts';
import { PROFILE_NAMES } from '../../src/core/blueprint.ts';
import { EXIT } from '../../src/errors.ts';
import { keysTold } from '../../src/config/told.ts';
import { run, runOk } from '../lib/process.ts';
import { redisha } from '../lib/program.ts';

const EDITION = { version: '1.2.3', day: '2026-08-13' };

/** As a terminal shows it, on one line. */
const shown = async (page: string): Promise<string> => {
  const groff = ['groff', '-ww', '-man', '-Tutf8', '-P-cbou', '-rHY=0'];
  const { code, stdout, stderr } = await run(groff, { input: page });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.replaceAll('‐', '-').replaceAll('−', '-').replaceAll('’', "'").replace(/\s+/g, ' ');
};

test('redisha(1) has every command, option, example and exit code, and groff finds nothing to warn of', async () => {
  const text = await shown(programPage(commands, EDITION));
  for (const { name, words, options, examples } of commands) {
    expect(text).toContain(` redisha ${name} [options] `);
    for (const { name: word } of words) expect(text).toContain(word);
    for (const [option, { short }] of Object.entries(options))
      expect(text).toContain(` ${short === undefined ? '' : `-${short}, `}${flagOf(option)} `);
    for (const example of examples) expect(text).toContain(example);
  }
  for (const code of Object.values(EXIT)) expect(text).toMatch(new RegExp(` ${String(code)} [A-Z]`));
});

test('redisha.toml(5) has every key with its default, and groff finds nothing to warn of', async () => {
  const text = await shown(keysPage(keysTold(), EDITION));
  for (const { key, preset, expects } of keysTold()) {
    expect(text).toContain(` ${key}${preset === undefined ? '' : ` (${preset})`} `);
    expect(text).toContain(`It takes ${expects}.`);
  }
});

test.each([['man'], ['man', 'redisha'], ['man', 'redisha.toml'], ...SHELLS.map((shell) => ['completion', shell])])(
  '%s %s prints',
  async (...words) => {
    const { code, stdout, stderr } = await redisha(words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('redisha');
  },
);

/** What bash offers in the place of the last word. */
const offered = async (...words: readonly string[]): Promise<readonly string[]> => {
  const script = `${bashScript(completed(commands, keysTold()))}
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_redisha
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = await runOk(['bash', '-euc', script, 'bash', 'redisha', ...words]);
  return said.split('\n').filter((line) => line !== '');
};

test.each([
  ['a command', ['sta'], ['status']],
  ['every command', [''], [...commands.map(({ name }) => name), '--help', '--version']],
  ['an option', ['config', '--pro'], ['--profile']],
  ['a profile', ['config', '--profile', ''], PROFILE_NAMES],
  ['a profile behind =', ['config', '--profile', '=', 'f'], ['fast']],
  ['a profile directly behind =', ['config', '--profile', '='], PROFILE_NAMES],
  ['a key', ['status', '-o', 'on_st'], ['on_stale=']],
  ['no password on a command line', ['status', '--option', 'passw'], ['password_file=']],
  ['a word of config', ['config', 's'], ['show']],
  ['an action', ['rescue', 'pr'], ['prune']],
  ['a file', ['rescue', 'show', '/etc/host'], expect.arrayContaining(['/etc/hosts']) as string[]],
  ['a directory', ['doctor', '--files', '/et'], ['/etc']],
  ['a shell', ['completion', ''], SHELLS],
  ['nothing where nobody can know', ['config', '--vip', ''], []],
  ['nothing for a command that does not exist', ['nonsense', '--'], []],
])('bash completes %s', async (_what, words, offers) => {
  expect(await offered(...words)).toEqual(offers);
});
