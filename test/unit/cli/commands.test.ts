/** The table of commands, and the command lines that are read without a parser. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plainCommands } from '../../../scripts/plain-commands.mjs';
import { plainRun } from '../../../src/cli/plain.ts';
import { lineOf } from '../../../src/cli/plain-line.ts';
import { commands } from '../../../src/commands.ts';
import { root } from '../../lib/sources.ts';

test('each command is a file of its name, and each file is a command', () => {
  const files = readdirSync(join(root, 'src/cli/commands'));
  expect(files.toSorted()).toEqual(commands.map(({ name }) => `${name}.ts`).toSorted());
});

test.each(commands)('$name loads the file of its name', async (command) => {
  const file = (await import(join(root, 'src/cli/commands', `${command.name}.ts`))) as { run: unknown };
  expect(await command.load()).toBe(file.run);
});

test('no two options of a command have one letter', () => {
  for (const { options } of commands) {
    const letters = Object.values(options).flatMap(({ short }) => (short === undefined ? [] : [short]));
    expect(new Set(letters).size).toBe(letters.length);
  }
});

const MASTER = commands.find(({ name }) => name === 'master')?.options ?? {};
const WORDS = ['127.0.0.1', '127.0.0.2', '6379'];

describe('without a parser', () => {
  test.each([
    [WORDS, { words: WORDS, given: {} }],
    [['--heal', ...WORDS], { words: WORDS, given: { heal: true } }],
    [[...WORDS, '--heal', '--config', '/a'], { words: WORDS, given: { heal: true, config: '/a' } }],
    [['--option', 'a=1', ...WORDS, '--option', 'b=2'], { words: WORDS, given: { option: ['a=1', 'b=2'] } }],
    [['--config', '/a', '--config', '/b'], { words: [], given: { config: '/b' } }],
  ])('%j is read', (args, line) => {
    expect(lineOf(MASTER, args)).toEqual(line);
  });

  test.each([
    ['a letter', ['-v', ...WORDS]],
    ['a value behind =', ['--config=/a', ...WORDS]],
    ['a value that is missing', [...WORDS, '--config']],
    ['a value that looks like an option', ['--config', '--heal', ...WORDS]],
    ['what is of another command', ['--force', ...WORDS]],
    ['help', ['--help']],
    ['the end of the options', ['--', ...WORDS]],
  ])('%s is left to the parser', (_what, args) => {
    expect(lineOf(MASTER, args)).toBeUndefined();
  });

  test.each([
    ['check', '127.0.0.1', '6379'],
    ['check', '--for', 'read', '127.0.0.1', '6379'],
    ['watch', '127.0.0.1', '127.0.0.2', 'A=1', 'B=2', 'C=3', '/run/fifo'],
    ['master', ...WORDS],
    ['master'],
    ['master', 'word', '6379'],
    ['fault'],
    ['stop', ...WORDS],
    ['notify', ...WORDS, 'INSTANCE', 'VI_1', 'MASTER', '100'],
  ])('%s starts', (...args) => {
    expect(plainRun(args)).toBeDefined();
  });

  test.each([
    ['check', '127.0.0.1'],
    ['master', '127.0.0.1'],
    ['fault', '127.0.0.1'],
    ['status'],
    ['failover', ...WORDS],
    [],
  ])('%s does not', (...args) => {
    expect(plainRun(args)).toBeUndefined();
  });
});

test('the bundle that keepalived calls has its own commands, and no word for people', () => {
  const text = plainCommands();
  for (const { name, isPlain, details, examples } of commands) {
    expect(text.includes(`"name":"${name}"`)).toBe(isPlain);
    for (const told of [details, ...examples]) expect(text).not.toContain(told);
  }
});
