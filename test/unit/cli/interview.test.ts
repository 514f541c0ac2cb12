/** What the questions of `config` propose and refuse, with a person who answers from a list. */
import { describe, expect, test } from 'vitest';
import { interview } from '../../../src/cli/interview.ts';
import type { Questions } from '../../../src/cli/questions.ts';
import type { HostFacts } from '../../../src/cli/runtime.ts';
import { WentBack } from '../../../src/cli/went-back.ts';

const FACTS: HostFacts = {
  addresses: ['127.0.0.1', '10.0.0.1'],
  cards: [
    { name: 'lo', cidr: '127.0.0.1/8' },
    { name: 'eth0', cidr: '10.0.0.1/24' },
  ],
  ports: [6379],
  servers: [{ port: 6379, configFile: '/etc/redis/redis.conf', asksPassword: true }],
  isFile: (path) => path === '/etc/redis/redis.conf',
  routeTo: () => Promise.resolve({ address: '10.0.0.1', interface: 'eth0' }),
};

/** An empty answer agrees. What is refused is written down, and the next answer is for the same question. */
const person = (answers: readonly string[]) => {
  const left = [...answers];
  const refusals: string[] = [];
  const asked: string[] = [];
  const next = (message: string): string => {
    asked.push(message);
    const answer = left.shift() ?? '';
    if (answer === '<') throw new WentBack();
    return answer;
  };
  const questions: Questions = {
    text: (message, found, problem) => {
      for (;;) {
        const answer = next(message) || found;
        const why = problem(answer);
        if (why === undefined) return Promise.resolve(answer);
        refusals.push(why);
      }
    },
    choice: (message, choices) => {
      const answer = next(message);
      const chosen = choices.find(({ value }) => value === answer) ?? choices[0];
      if (chosen === undefined) throw new Error('no choice');
      return Promise.resolve(chosen.value);
    },
    yes: () => Promise.resolve(false),
  };
  return { questions, refusals, asked };
};

const ask = async (answers: readonly string[], facts: HostFacts = FACTS) => {
  const { questions, refusals, asked } = person(answers);
  return { options: await interview(questions, facts, {}), refusals, asked };
};

describe('what is refused while asking', () => {
  test.each([
    [
      'an address of another host',
      ['10.0.0.2', '10.0.0.7', '10.0.0.1'],
      /10\.0\.0\.7 is not an address of this host: it has 127/,
    ],
    [
      'an interface that is not there',
      ['10.0.0.2', '', 'eth9', 'eth0'],
      /no interface eth9 with an address: it has lo, eth0/,
    ],
    [
      'an address in no network of the interface',
      ['10.0.0.2', '', '', '', '', '10.9.0.9', '10.0.0.100'],
      /10\.9\.0\.9 is in no network of this host \(eth0 10\.0\.0\.1\/24\)/,
    ],
  ])('%s', async (_name, answers, says) => {
    const { refusals } = await ask(answers.at(-1) === '10.0.0.100' ? answers : [...answers, ...rest(answers.length)]);
    expect(refusals.join('\n')).toMatch(says);
  });
});

/** What follows until the virtual address, which has no default. */
function rest(given: number): readonly string[] {
  return [...Array.from({ length: 6 - given }, () => ''), '10.0.0.100'];
}

const PLAIN = ['10.0.0.2', '', '', '', '', '10.0.0.100'];

test('the redis.conf of the Redis that runs is proposed, and the password file where it asks for one', async () => {
  const { options } = await ask(PLAIN);
  expect(options).toMatchObject({
    nodes: '10.0.0.1,10.0.0.2',
    interface: 'eth0',
    redisConf: '/etc/redis/redis.conf',
    passwordFile: '/etc/redisha/password',
  });
  const [server] = FACTS.servers;
  const open = { ...FACTS, servers: [{ port: 6379, configFile: server?.configFile, asksPassword: false }] };
  expect((await ask(PLAIN, open)).options.passwordFile).toBeUndefined();
});

test('"<" asks the question before again, and forgets its answer', async () => {
  const { options, asked } = await ask([
    '<',
    '10.0.0.3',
    '<',
    '10.0.0.2',
    '',
    '',
    'other',
    '<',
    'this',
    '',
    '10.0.0.100',
  ]);
  expect(asked.filter((message) => message.startsWith('Address of the other node'))).toHaveLength(3);
  expect(options.nodes).toBe('10.0.0.1,10.0.0.2');
});
