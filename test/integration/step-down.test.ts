/** `step-down` on real servers: when it has nothing to do, when it refuses, and that it always ends. Its clients: on hosts, `e2e/clients`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Finished } from '../lib/process.ts';
import { nowMs, waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';

/** The address of a, which this host has, stands for the virtual one. */
const HERE = ['--option', 'vip=127.0.0.1'];
const NOWHERE = ['--option', 'vip=127.0.0.77'];
/** It ends by itself within 5 s. The rest is what a machine that is shared with the other tests may add. */
const LIMIT_MS = 20_000;

const rolesOf = ({ a, b }: TestPair): Promise<readonly string[]> => Promise.all([a.role(), b.role()]);

/** It has ended by itself, before anybody would end it. */
const timely = async (node: TestNode, peer: TestNode, options: readonly string[] = HERE): Promise<Finished> => {
  const startMs = nowMs();
  const done = await node.run('step-down', peer, options);
  expect(nowMs() - startMs, done.stdout + done.stderr).toBeLessThan(LIMIT_MS);
  return done;
};

const refuses = async (node: TestNode, peer: TestNode, why: RegExp): Promise<void> => {
  const done = await timely(node, peer);
  expect(done.code, done.stdout + done.stderr).not.toBe(0);
  expect(done.stderr).toMatch(why);
  expect(await node.role()).toBe('master');
  expect(await node.ask('SET', 'k', 'v'), 'nothing holds its writes').toBe('OK');
};

test('the role goes to the peer with every write, and nothing is left behind', async () => {
  const pair = await startPair({ promptCopies: true });
  const { a, b } = pair;
  await a.ask('SET', 'mine', 'too');
  expect(await timely(a, b, NOWHERE)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^redisha step-down: nothing to do: the address 127\.0\.0\.77 is not on/) as string,
  });
  expect(await timely(b, a)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^redisha step-down: nothing to do: the local Redis does not lead \(replica/,
    ) as string,
  });
  expect(await rolesOf(pair)).toEqual(['master', 'slave']);

  expect(await timely(a, b)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^redisha step-down: the peer leads \(\d+ ms\); the address follows/) as string,
  });
  await expectInOrder(b, a);
  expect(await b.ask('GET', 'mine')).toBe('too');
  expect(existsSync(join(a.dir, 'state', String(a.port), 'drained.json'))).toBe(false);
  expect(a.journal.map(({ event }) => event)).toContain('stepped-down');
  expect(await a.check()).toMatchObject({ fit: true });
});

test('both nodes at the same moment: one leads, and the other follows', async () => {
  const pair = await startPair({ promptCopies: true });
  const { a, b } = pair;
  await Promise.all([timely(a, b), timely(b, a)]);
  const [roleOfA] = await rolesOf(pair);
  await (roleOfA === 'master' ? expectInOrder(a, b) : expectInOrder(b, a));
});

test('whoever cannot take over is left alone, and whoever is frozen holds up nobody', async () => {
  const { a, b } = await startPair({ promptCopies: true });
  expect((await a.run('pause', b, ['--for', '1h', '--reason', 'new switch'])).code).toBe(0);
  await refuses(a, b, /the role stays at this node: it is paused by .*: new switch\nhint: redisha resume/);
  expect((await a.run('resume', b)).code).toBe(0);

  // As a drained replica says it.
  await b.configure({ 'replica-priority': '1000100' });
  await refuses(a, b, /the peer is drained, so it would not take the address/);
  await b.configure({ 'replica-priority': '100' });

  b.redis.freeze();
  await refuses(a, b, /the role stays at this node: the peer /);
  b.redis.thaw();
  await b.redis.kill();
  await refuses(a, b, /the role stays at this node: the peer refuses/);

  await b.redis.start([...b.lines, `replicaof ${a.address} ${a.port}`]);
  await b.follows(a);
  a.redis.freeze();
  expect(await timely(a, b)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing to do: the local Redis does not lead') as string,
  });
  a.redis.thaw();
  await waitFor(
    'the answer of the one that was frozen',
    { deadlineMs: 20_000, everyMs: 50 },
    () => a.role(),
    (role) => role === 'master',
  );
});
