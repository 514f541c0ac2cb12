/** Several ports behind one address: one command of keepalived settles all of them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair } from './lib/pair.ts';

/** Two pairs on the same two hosts, which have one directory and one configuration each. */
const startTwo = async () => {
  const [one, other] = [await startPair(), await startPair()];
  const ports = `${one.a.port},${other.a.port}`;
  const run = (command: string, on: TestNode, peer: TestNode, ...more: readonly string[]) =>
    on.runWith([command, on.address, peer.address, ports, ...more], peer);
  return { one, other, run };
};

test('the roles of all of them move, each in a turn of its own', async () => {
  const { one, other, run } = await startTwo();
  const { code, stdout, stderr } = await run('master', one.b, one.a);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const { b } of [one, other]) expect(stdout).toMatch(new RegExp(`^redisha master:${b.port}: done: `, 'm'));
  await expectInOrder(one.b, one.a);
  await expectInOrder(other.b, other.a);
  for (const { b } of [one, other]) {
    expect(one.b.log).toMatch(new RegExp(`INFO master:${b.port}\\[\\d+\\] end .*result=done`));
    expect(readdirSync(join(one.b.dir, 'state', String(b.port)))).toContain('journal.jsonl');
  }
});

test('one that cannot be settled holds up none of the others, and the code says so', async () => {
  const { one, other, run } = await startTwo();
  await one.b.redis.kill();
  const { code, stdout, stderr } = await run('master', one.b, one.a);
  expect(code).toBe(5);
  expect(stdout).toMatch(new RegExp(`^redisha master:${other.b.port}: done: `));
  expect(stderr).toMatch(new RegExp(`^redisha master:${one.b.port}: refused: `, 'm'));
  await expectInOrder(other.b, other.a);
});

test('notify and stop take the same words', async () => {
  const { one, other, run } = await startTwo();
  expect((await run('notify', one.b, one.a, 'INSTANCE', 'redis', 'MASTER', '100')).code).toBe(0);
  await expectInOrder(one.b, one.a);
  await expectInOrder(other.b, other.a);
  expect(await run('stop', one.b, one.a)).toMatchObject({
    code: 0,
    stdout: [one, other].map(({ b }) => `stop: recorded for port ${b.port}\n`).join(''),
  });
});
