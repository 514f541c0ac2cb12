/** The snippets of docs/clients.md, as they stand there: they work, they outlast a replica, and they do not hang on a frozen server. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { PYTHON, whyNoLibrary } from '../lib/clients/libraries.ts';
import { Running } from '../lib/process.ts';
import { read, root } from '../lib/sources.ts';
import { waitFor } from '../lib/wait.ts';
import { startPair } from './lib/pair.ts';

const DEADLINE_MS = 30_000;

/** What an application does around the snippet: it subscribes, waits for an item, and increments whenever a line comes. */
const DRIVERS: Readonly<Record<string, string>> = {
  'ioredis.mjs': `
import { createInterface } from 'node:readline';
const say = (text) => console.log(text);
const redis = connect();
await redis.incr('n');
redis.on('close', () => say('connection ended'));
const subscriber = connect();
subscriber.on('message', (_channel, text) => say('heard ' + text));
await subscriber.subscribe('news');
nextItem(connect(), 'jobs').then((item) => say('item ' + item));
say('ready');
for await (const _line of createInterface(process.stdin)) redis.incr('n').then((n) => say('n=' + n), (error) => say('failed ' + error.message));
`,
  'node-redis.mjs': `
import { createInterface } from 'node:readline';
const say = (text) => console.log(text);
const client = await connect();
await client.incr('n');
client.on('error', () => say('connection ended'));
const subscriber = await connect();
await subscriber.subscribe('news', (text) => say('heard ' + text));
nextItem(await connect(), 'jobs').then((item) => say('item ' + item));
say('ready');
for await (const _line of createInterface(process.stdin)) withPatience(() => client.incr('n')).then((n) => say('n=' + n), (error) => say('failed ' + error.message));
`,
  'redis_py.py': `
import sys
import threading
def say(text):
    print(text, flush=True)
def listen():
    for text in messages("news"):
        say(f"heard {text}")
def work():
    say(f"item {next_item('jobs')}")
client.incr("n")
threading.Thread(target=listen, daemon=True).start()
threading.Thread(target=work, daemon=True).start()
say("ready")
for _ in sys.stdin:
    try:
        say(f"n={client.incr('n')}")
    except redis.TimeoutError:
        say("connection ended")
`,
  'bullmq.mjs': `
import { Redis } from 'ioredis';
const redis = new Redis(connection);
console.log('n=' + (await redis.incr('n')));
redis.disconnect();
`,
};

const snippets = new Map(
  [...read('docs/clients.md').text.matchAll(/^```(?:js|python)\n(?:\/\/|#) (\S+)\n([^]*?)^```$/gm)].map(
    ([, name = '', text = '']) => [name, text],
  ),
);

/** Where the packages of this project are found. */
function started(name: string, address: string, port: number): Running {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'redisha-snippet-'));
  const file = join(directory, name);
  writeFileSync(file, `${snippets.get(name)}${DRIVERS[name]}`);
  const interpreter = name.endsWith('.py') ? PYTHON : process.execPath;
  const program = new Running([interpreter, file], { REDIS_HOST: address, REDIS_PORT: String(port) });
  onTestFinished(async () => {
    await program.stop('SIGKILL');
    rmSync(directory, { recursive: true });
  });
  return program;
}

const said = (program: Running, words: string) => program.said(words, DEADLINE_MS, (text) => text === words);

test('each snippet of the page has an application around it', () => {
  expect([...snippets.keys()].toSorted()).toEqual(Object.keys(DRIVERS).toSorted());
});

test('bullmq.mjs has options that ioredis takes', async () => {
  const { a } = await startPair();
  await expect(said(started('bullmq.mjs', a.address, a.port), 'n=1')).resolves.toBeDefined();
});

/** It works; a write that a replica refuses is carried out later; a frozen server ends the connection, and then it goes on. */
async function outlasts(name: string): Promise<void> {
  const { a } = await startPair();
  const { redis } = a;
  const program = started(name, a.address, a.port);
  const wait = <T>(what: string, look: () => T | Promise<T>): Promise<T> =>
    waitFor(`${name}: ${what}`, { deadlineMs: DEADLINE_MS }, look, Boolean);
  // A subscription that is still on its way is waited for.
  const told = async (text: string): Promise<void> => {
    await wait('somebody who hears', () => redis.ask('PUBLISH', 'news', text));
    await said(program, `heard ${text}`);
  };
  await said(program, 'ready');
  await told('early');
  await redis.ask('RPUSH', 'jobs', 'first');
  await said(program, 'item first');

  await redis.ask('REPLICAOF', '127.0.0.1', 1);
  program.write('increment\n');
  await wait('a refused write', async () => (await redis.info('errorstats')).get('errorstat_READONLY'));
  await redis.ask('REPLICAOF', 'NO', 'ONE');
  await said(program, 'n=2');

  redis.freeze();
  const before = program.lines.length;
  program.write('increment\n');
  await wait('the end', () => program.lines.slice(before).some(({ text }) => text === 'connection ended'));
  redis.thaw();
  program.write('increment\n');
  await program.said('an answer', DEADLINE_MS, (text) => /^n=[345]$/.test(text));
  await told('late');
}

const whyNoPython = whyNoLibrary('redis-py');

test.skipIf(whyNoPython !== undefined)(`redis_py.py can be tried here ${whyNoPython ?? ''}`, () => {
  expect(snippets.has('redis_py.py')).toBe(true);
});

test('they work, have patience with a replica, and do not hang on a frozen server', async () => {
  const names = ['ioredis.mjs', 'node-redis.mjs', ...(whyNoPython === undefined ? ['redis_py.py'] : [])];
  const tried = await Promise.allSettled(names.map(outlasts));
  expect(tried).toEqual(names.map(() => ({ status: 'fulfilled', value: undefined })));
});
