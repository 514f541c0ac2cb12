/** What the doctor says of the words of a call is what the command makes of them where keepalived runs it. */
import { describe, expect, test } from 'vitest';
import { judgeCall } from '../../../src/cli/fitting.ts';
import { checkMeant, pairsMeant } from '../../../src/cli/meant.ts';
import type { Configured } from '../../../src/cli/runtime.ts';
import { RedishaError } from '../../../src/errors.ts';

const knowsName = (name: string): boolean => ['localhost', 'node-a', 'node-b'].includes(name);
const OPTIONS = { config: undefined, option: [], verbose: false };
const PAIR = { local: '127.0.0.1', peer: '10.0.0.2' };

/** Whether the command takes the words, on a host whose redisha.toml has that pair. */
const takes = async (command: string, words: readonly string[], pair: Partial<typeof PAIR>): Promise<boolean> => {
  const configured: Configured = { local: pair.local, peer: pair.peer, port: 6379, isPortSaid: false };
  const runtime = { knowsName, configured: () => Promise.resolve(configured) };
  try {
    await (command === 'check' ? checkMeant(runtime, words, OPTIONS) : pairsMeant(runtime, words, command, OPTIONS));
    return true;
  } catch (error) {
    if (error instanceof RedishaError) return false;
    throw error;
  }
};

describe.each([
  ['check', '127.0.0.1 6379', 'right'],
  ['check', '[::1] 6379', 'right'],
  ['check', 'node-a 6379', 'right'],
  ['check', 'redis.example.org 6379', 'right'],
  ['check', '', 'configured'],
  ['check', 'S3cretWord 6379', 'configured'],
  ['check', '6379 word@redis', 'configured'],
  ['check', '127.0.0.1', 'wrong'],
  ['check', 'word@redis.org 6379', 'wrong'],
  ['check', '127.0.0.1 10.0.0.2 6379', 'wrong'],
  ['master', '127.0.0.1 10.0.0.2 6379', 'right'],
  ['master', '127.0.0.1 10.0.0.2 6379,6380', 'right'],
  ['backup', 'node-a node-b 6379', 'right'],
  ['master', '', 'configured'],
  ['backup', 'S3cretWord 6379', 'configured'],
  ['stop', 'S3cretWord 6379', 'configured'],
  ['fault', '127.0.0.1', 'wrong'],
  ['master', '127.0.0.1 127.0.0.1 6379', 'wrong'],
  ['master', '127.0.0.1 10.0.0.2 6379 word', 'wrong'],
  ['stop', '127.0.0.1 10.0.0.2 word', 'wrong'],
])('%s %s', (command, line, fits) => {
  const words = line === '' ? [] : line.split(' ');
  test(`is ${fits}`, async () => {
    expect(judgeCall(knowsName)('/usr/local/bin/redisha', [command, ...words])).toMatchObject({ command, words, fits });
    expect(await takes(command, words, {}), 'nothing is configured').toBe(fits === 'right');
    expect(await takes(command, words, PAIR), 'a pair is configured').toBe(fits !== 'wrong');
  });
});

test.each([
  ['fault', 'right'],
  ['stop', 'right'],
  ['notify', 'wrong'],
  ['notify S3cretWord 6379', 'wrong'],
  ['notify 127.0.0.1 10.0.0.2 6379', 'right'],
  ['watch 127.0.0.1 10.0.0.2 VI_1=6379', 'right'],
  ['watch 127.0.0.1 10.0.0.2 6379', 'wrong'],
  ['master S3cretWord 10.0.0.2 6379', 'configured'],
  ['master --heal 127.0.0.1 10.0.0.2 6379', 'right'],
  ['check --for read 10.0.0.1 6379', 'right'],
  ['mastre 127.0.0.1 10.0.0.2 6379', 'wrong'],
])('redisha %s is %s', (line, fits) => {
  expect(judgeCall(knowsName)('/usr/local/bin/redisha', line.split(' ')).fits).toBe(fits);
});

test.each([
  ['master other-a other-b 6379', 'right'],
  ['check localhost 6379', 'right'],
  ['check other-a 6379', 'configured'],
])('in the file of another host, whose names are not known here: %s', (line, fits) => {
  expect(judgeCall(undefined)('/usr/local/bin/redisha', line.split(' ')).fits).toBe(fits);
});
