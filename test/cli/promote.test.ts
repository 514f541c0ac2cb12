/** `promote`, the command of a person: which pair it is about, when it refuses, and what its answer means. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startPair } from '../integration/lib/pair.ts';
import { waitFor } from '../lib/wait.ts';
import { openPlace } from './lib.ts';

test('without words is about the pair that keepalived told of last', async () => {
  const { a, b } = await startPair();
  expect((await b.run('backup', a)).code).toBe(0);
  const { code, stdout, stderr } = await b.runWith(['promote'], a, { REDISHA_PORT: String(b.port) });
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/note: .*keepalived\.conf[^]*redisha promote: done/);
  expect([await a.role(), await b.role()]).toEqual(['slave', 'master']);
});

test('without words is about the pair that the configuration names', async () => {
  const { a, b } = await startPair();
  const lines = [`local = "${b.address}"`, `peer = "${a.address}"`, `port = ${b.port}`];
  writeFileSync(join(b.dir, 'redisha.toml'), `${lines.join('\n')}\n`);
  expect((await b.runWith(['promote'], a)).code).toBe(0);
  expect(await b.role()).toBe('master');
});

test('is about the only port that this host knows, and assumes none of several', async () => {
  const { a, b } = await startPair();
  expect((await b.run('backup', a)).code).toBe(0);
  const other = join(b.dir, 'state', '1');
  mkdirSync(join(other, 'intents'), { recursive: true });
  const refused = await b.runWith(['promote'], a);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toBe(`redisha: which of the ports 1, ${b.port} is meant is not said\nhint: --option port=1\n`);
  expect(await b.role()).toBe('slave');
  rmSync(other, { recursive: true });
  expect((await b.runWith(['promote'], a)).code).toBe(0);
  expect(await b.role()).toBe('master');
});

test.each([
  ['fault', 'is in FAULT'],
  ['stop', 'has stopped'],
])('after %s of keepalived: exit 4, and nothing has moved', async (command, words) => {
  const { a, b } = await startPair();
  expect((await b.run(command, a)).code).toBe(0);
  const tried = await b.run('promote', a, ['--dry-run']);
  expect(tried).toMatchObject({ code: 0 });
  expect(tried.stdout).toMatch(new RegExp(`^note +it would be refused: keepalived ${words} on this host`, 'm'));
  const stderr = expect.stringMatching(
    new RegExp(`${words} on this host[^]*hint: try again once keepalived runs`),
  ) as string;
  expect(await b.run('promote', a)).toMatchObject({ code: 4, stderr });
  expect([await a.role(), await b.role()]).toEqual(['master', 'slave']);
  expect((await b.run('promote', a, ['--force'])).code).toBe(0);
  expect(await b.role()).toBe('master');
});

test('that a newer command of keepalived ends: 0 only where the role is here then', async () => {
  const { a, b } = await startPair();
  expect((await b.run('backup', a)).code).toBe(0);
  const intents = join(b.dir, 'state', String(b.port), 'intents');
  const said = () => readdirSync(intents).map((name) => readFileSync(join(intents, name), 'utf8'));
  const announced = (command: string, count: number) =>
    waitFor(
      `${command} to begin`,
      { deadlineMs: 10_000, everyMs: 20 },
      () => said().filter((text) => text.includes(`"${command}"`)).length,
      (found) => found === count,
    );
  b.redis.freeze();
  const promoting = b.run('promote', a);
  await announced('promote', 1);
  const yielding = b.run('backup', a);
  await announced('promote', 0);
  b.redis.thaw();
  const stderr = expect.stringMatching(
    /a newer command of keepalived ended it, and the role is not here\nhint: run it again/,
  ) as string;
  expect(await promoting).toMatchObject({ code: 6, stderr });
  await yielding;
  expect([await a.role(), await b.role()]).toEqual(['master', 'slave']);
});

test('of a pair that nobody told of: exit 3, and how to say it', async () => {
  const place = await openPlace();
  const { code, stderr } = await place.run(['promote']);
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr: expect.stringMatching(/the pair is not known[^]*hint: redisha promote LOCAL/) as string,
  });
});
