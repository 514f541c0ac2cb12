/** What redisha does not follow it says, and no file keeps it busy. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readKeepalivedConf } from '../../../src/keepalived/parse.ts';
import { temporaryDirectory } from '../temporary.ts';

/** The problems with the name of the file taken out. */
const problemsOf = (content: string, configId: string | undefined = 'high'): readonly string[] => {
  const directory = temporaryDirectory();
  const file = join(directory, 'k.conf');
  writeFileSync(file, content);
  writeFileSync(join(directory, 'a.inc'), 'vrrp_version 3\n');
  return (readKeepalivedConf(file, () => configId)?.problems ?? ['unread']).map((problem) =>
    problem.replaceAll(file, 'k.conf'),
  );
};

const said = (line: number, why: string): string => `line ${String(line)} of k.conf is not understood: ${why}`;

describe('what is not understood is said, with its line', () => {
  test.each([
    ['a sequence', '\n~SEQ(X, 1, 3) 10.0.0.$X', 2, 'redisha does not follow ~SEQ and ~LST'],
    ['a number by chance', 'priority ${_RANDOM 1 9}', 1, 'only keepalived knows what is put in here'],
    ['the environment', 'router_id ${_ENV HOME}', 1, 'only keepalived knows what is put in here'],
    ['an open quote', 'notify "a', 1, 'a quote is not closed'],
    [
      'what two versions take in two ways',
      'router_id a\\#b',
      1,
      'keepalived 2.1 takes "\\#" for a letter, and 2.2 for a comment',
    ],
    ['a line that goes on', 'router_id a \\\nb', 1, 'only a definition goes on in the next line'],
    [
      'a comment in a definition',
      '$A= \\\nb \\\n# x\nc',
      3,
      'keepalived 2.1 goes on with the definition after a comment, and 2.2 does not',
    ],
    [
      'a condition in a definition',
      '$A=@high\n$A router_id b',
      2,
      'keepalived before 2.3 misreads a condition in a definition',
    ],
    [
      'an include in a definition',
      '$A= \\\nrouter_id a \\\ninclude a.inc\n$A',
      4,
      'keepalived 2.1 and 2.2 follow this include in different ways',
    ],
    ['quotes around an include', 'include "a.inc"', 1, 'keepalived takes quotes and blanks for a part of the name'],
    ['all directories', 'include /etc/**/*.conf', 1, 'redisha does not look into so many directories'],
    ['many directories', 'include /*/*/*/a', 1, 'redisha does not look into so many directories'],
    ['braces in braces', `include /${'{a,b}'.repeat(30)}`, 1, 'redisha does not look into so many directories'],
    ['a line that is too long', `router_id ${'a'.repeat(1_020)}`, 1, 'it is so long that keepalived cuts it in two'],
    ['a block of a word that nobody knows', 'unknown {\n}', 1, '"unknown" has no block that redisha knows'],
    ['such a block in an instance', 'vrrp_instance V {\nfoo { bar }\n}', 2, '"foo" has no block that redisha knows'],
    ['a block without a brace', 'vrrp_instance V {\ntrack_script c\nnopreempt\n}', 2, 'its block is missing'],
    ['a brace too many', 'a\n}', 2, 'a brace is closed that was not opened'],
    ['a brace without a word', '{', 1, 'a brace without a word before it'],
  ])('%s', (_name, content, line, why) => {
    expect(problemsOf(content)[0]).toBe(said(line, why));
  });

  test('a block that is not closed', () => {
    expect(problemsOf('global_defs {')).toEqual(['k.conf is not understood: a block is not closed']);
  });

  test('for which host the lines are, where no keepalived runs', () => {
    const why = 'it is for one of several hosts (@), and no keepalived runs here that was told for which (-i)';
    expect(problemsOf('@high a\nb', '')).toEqual([]);
    const file = join(temporaryDirectory(), 'k.conf');
    writeFileSync(file, 'a\n@high b\n');
    expect(readKeepalivedConf(file, () => undefined)?.problems).toEqual([
      `line 2 of ${file} is not understood: ${why}`,
    ]);
  });
});

describe('no file keeps redisha busy', () => {
  const doubling = Array.from(
    { length: 40 },
    (_, at) => `$A${String(at)}=\${A${String(at + 1)}}\${A${String(at + 1)}}`,
  );
  test.each([
    ['a definition that names itself', '$A=$A$A\nrouter_id $A'],
    ['one that keepalived itself never ends with', '$A=${A}\nrouter_id ${A}'],
    ['definitions that double', `${doubling.join('\n')}\n$A40=x\nrouter_id \${A0}`],
    ['several lines that name themselves', '$A= \\\n $A \\\n $A \\\n a\n$A'],
    [
      'several lines in several lines',
      [
        '$A0= \\\n a \\\n b',
        ...Array.from({ length: 30 }, (_, at) => `$A${at + 1}= \\\n $A${at} \\\n $A${at} \\\n x`),
        '$A30',
      ].join('\n'),
    ],
    ['a file that includes itself', 'include k.conf\ninclude k.conf'],
    ['more lines than anybody writes', 'a\n'.repeat(30_000)],
  ])('%s', (_name, content) => {
    const problems = problemsOf(content);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(20);
  });
});

test('an include passes over what keepalived passes over: what is not there, directories, what may be executed', () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'k.conf');
  mkdirSync(join(directory, 'd.inc'));
  for (const [name, mode] of [
    ['run.inc', 0o755],
    ['a.inc', 0o644],
  ] as const) {
    writeFileSync(join(directory, name), `${name}\n`);
    chmodSync(join(directory, name), mode);
  }
  symlinkSync('/nowhere', join(directory, 'link.inc'));
  writeFileSync(file, 'include *.inc\ninclude none.inc\ninclude none*.inc\n');
  const conf = readKeepalivedConf(file, () => undefined);
  expect(conf).toMatchObject({ statements: [{ words: ['a.inc'] }], problems: [] });
});
