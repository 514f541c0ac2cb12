/** Each command line that the documents or `--help` show is one that the parser of command lines takes, word for word. */
import { expect, test } from 'vitest';
import type { Command } from '../../../src/cli/command.ts';
import { flagOf } from '../../../src/cli/option-kinds.ts';
import { runProgram } from '../../../src/cli/program.ts';
import type { PeoplesRuntime } from '../../../src/cli/runtime.ts';
import { commands } from '../../../src/commands.ts';
import { EXIT } from '../../../src/errors.ts';
import { generateKeepalivedConf } from '../../../src/keepalived/generate.ts';
import { read, tracked } from '../../lib/sources.ts';
import { blueprint } from '../keepalived/pair.ts';

/** What was typed has been understood as soon as a command asks for the world. */
const world = new Proxy(
  {},
  {
    get: () => () => {
      throw new Error('the world');
    },
  },
) as PeoplesRuntime;

/** Words that stand for what only the reader knows. */
const MEANT: readonly (readonly [RegExp, string])[] = [
  [/\bPORT\b/g, '6379'],
  [/\b(?:HOST|LOCAL)\b/g, '127.0.0.1'],
  [/\bPEER\b/g, '10.0.0.2'],
  [/\b(?:ADDRESS|NEW_VIP)(?=[ /]|$)/g, '10.0.0.100'],
  [/ \.\.\. /g, ' --vip 10.0.0.100 --nodes 10.0.0.1,10.0.0.2 '],
];

/** There is none here: `status --watch`, and what `config` asks for. */
const ON_A_TERMINAL = /--watch is for a terminal|config needs --vip ADDRESS and --nodes/;

/** As a shell reads it, without a remark behind it, a pipe or a redirection. */
const argsOf = (line: string): readonly string[] =>
  (line.replace(/\s{2,}.*$|\s+(?:[#|>&]|2>).*$/, '').match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [])
    .slice(1)
    .map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));

/** Why the line could not be typed as it stands. */
const wrongWith = async (line: string): Promise<string | undefined> => {
  const args = argsOf(MEANT.reduce((text, [word, value]) => text.replaceAll(word, value), line));
  const { code, stderr } = await runProgram(world, args);
  return code === EXIT.usage && !ON_A_TERMINAL.test(stderr) ? `${line}: ${stderr.trim()}` : undefined;
};

const flagsOf = ({ options }: Command): readonly string[] => Object.keys(options).map(flagOf);

/** A command by its name, or one of its options by its own. */
const isName = (line: string): boolean => {
  const [, name, option = '', more] = line.split(' ');
  const command = commands.find((one) => one.name === name);
  return command !== undefined && more === undefined && (option === '' || flagsOf(command).includes(option));
};

/** Of blocks, and of the text where it shows more than a name. */
const linesOf = (text: string): readonly string[] => [
  ...[...text.matchAll(/^ {4,}(?:sudo (?:-u \S+ )?)?(redisha [a-z-].*)$/gm)].map(([, line = '']) => line),
  ...[...text.matchAll(/`(?:sudo (?:-u \S+ )?)?(redisha [a-z-][^`]*)`/g)]
    .map(([, line = '']) => line.replaceAll(/\s+/g, ' '))
    .filter((line) => !isName(line) && !/[[…]|COMMAND/.test(line)),
];

/** What is told of the past need not work today. */
const pages = tracked.filter((path) => path.endsWith('.md') && !/^(?:CHANGELOG|findings)/.test(path));

test.each(commands)('the examples of $name can be typed as they stand', async ({ name, examples }) => {
  expect(examples.filter((line) => line.split(' ')[1] !== name)).toEqual([]);
  const wrong = await Promise.all(examples.map(wrongWith));
  expect(wrong.filter((line) => line !== undefined)).toEqual([]);
});

test.each(pages)('the command lines of %s can be typed as they stand', async (page) => {
  const wrong = await Promise.all(linesOf(read(page).text).map(wrongWith));
  expect(wrong.filter((line) => line !== undefined)).toEqual([]);
});

test('so can the one at the head of keepalived.conf, which makes the same files', async () => {
  const [, line = ''] = /^! +(redisha config -.*)$/m.exec(generateKeepalivedConf(blueprint(), 0)) ?? [];
  expect(line).toBe(blueprint().commandLine);
  expect(await wrongWith(line)).toBeUndefined();
});

test('there are such lines', () => {
  expect(pages.flatMap((page) => linesOf(read(page).text)).length).toBeGreaterThan(100);
});

test.each([
  ['redisha statsu', /unknown command 'statsu'.*status/],
  ['redisha status --wacth', /unknown option '--wacth'/],
  ['redisha forget', /PORT/],
  ['redisha rescue restore FILE --al', /unknown option '--al'/],
])('%s would be noticed', async (line, why) => {
  expect(await wrongWith(line)).toMatch(why);
});
