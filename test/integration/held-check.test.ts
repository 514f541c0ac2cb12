/** A check that is held: it answers the moment the verdict changes, and not for what is only slow. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Running } from '../lib/process.ts';
import { startRedisha } from '../lib/program.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { startPair } from './lib/pair.ts';

/** Long enough that a held check which ends by itself cannot be taken for one that answered. */
const HOLD_MS = 20_000;

/** A script that keeps the whole server busy for a second of its own clock. */
const A_SECOND = `local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end
local untilUs = now() + 1000000
repeat until now() > untilUs
return 1`;

const start = (node: TestNode, hold: string): Running =>
  startRedisha(['check', '--hold', hold, node.address, String(node.port)], node.env);

const over = (check: Running, deadlineMs: number): Promise<boolean> =>
  waitFor('the end of the check', { deadlineMs, everyMs: 10 }, () => check.over, Boolean);

/** The server is asked for its role by the check more than once: it is held. */
const held = async (node: TestNode): Promise<void> => {
  const calls = async (): Promise<number> =>
    Number(/calls=(\d+)/.exec((await node.redis.info('commandstats')).get('cmdstat_role') ?? '')?.[1] ?? 0);
  const before = await calls();
  await waitFor('a held check', { deadlineMs: 10_000, everyMs: 20 }, calls, (count) => count > before + 1);
};

const heldOn = async (node: TestNode): Promise<Running> => {
  await over(start(node, '10ms'), 10_000);
  const check = start(node, `${String(HOLD_MS)}ms`);
  await held(node);
  return check;
};

describe('a held check', () => {
  test('answers at once when it is the first, and after its time when nothing changes', async () => {
    const { a } = await startPair();
    const first = start(a, `${String(HOLD_MS)}ms`);
    await over(first, HOLD_MS / 2);
    expect((await first.ended).code).toBe(0);
    const startedMs = performance.now();
    const second = start(a, '1500ms');
    await over(second, HOLD_MS);
    expect((await second.ended).code).toBe(0);
    expect(performance.now() - startedMs).toBeGreaterThan(1400);
  });

  test('answers at once when Redis is killed', async () => {
    const { a } = await startPair();
    const check = await heldOn(a);
    await a.redis.kill();
    await over(check, HOLD_MS / 2);
    expect((await check.ended).code).toBe(1);
    expect(check.text).toContain('refuses connections');
  });

  test('does without ROLE where the ACL forbids it', async () => {
    const { a } = await startPair();
    await a.redis.ask('ACL', 'SETUSER', 'looker', 'on', '>sesame', 'resetkeys', '-@all', '+info');
    const env = { ...a.env, REDISHA_USERNAME: 'looker', REDISHA_PASSWORD: 'sesame' };
    const words = ['check', '--hold', `${String(HOLD_MS)}ms`, a.address, String(a.port)];
    await over(startRedisha(words, env), HOLD_MS / 2);
    await a.redis.ask('ACL', 'LOG', 'RESET');
    const check = startRedisha(words, env);
    const denied = (): Promise<unknown> => a.redis.ask('ACL', 'LOG');
    await waitFor('a question for the role', { deadlineMs: 10_000 }, denied, (log) => String(log).includes('role'));
    await a.redis.kill();
    await over(check, HOLD_MS / 2);
    expect((await check.ended).code).toBe(1);
  });

  test('answers soon when Redis is frozen, and again when it is asked anew', async () => {
    const { a } = await startPair();
    const check = await heldOn(a);
    a.redis.freeze();
    await over(check, HOLD_MS / 2);
    expect((await check.ended).code).toBe(1);
    expect(check.text).toContain('does not answer');
    a.redis.thaw();
    const next = start(a, `${String(HOLD_MS)}ms`);
    await over(next, HOLD_MS / 2);
    expect((await next.ended).code).toBe(0);
  });

  test('is not alarmed by a command that takes a second', async () => {
    const { a } = await startPair();
    await over(start(a, '10ms'), 10_000);
    const check = start(a, '6s');
    await held(a);
    const connection = a.connect();
    onTestFinished(() => connection.close());
    await connection.send('EVAL', A_SECOND, 0);
    await over(check, HOLD_MS);
    expect((await check.ended).code).toBe(0);
  });

  test.each([
    ['at once, for the server says so', ['+xread'], 1],
    ['where the ACL lets nobody wait for it', ['-xread'], 0],
  ])('answers when the role is taken away under the address, %s', async (_how, right, blocked) => {
    const { a, b } = await startPair();
    await a.redis.ask('ACL', 'SETUSER', 'default', ...right);
    await a.run('master', b);
    const check = await heldOn(a);
    expect((await a.redis.info('clients')).get('blocked_clients')).toBe(String(blocked));
    await b.run('promote', a);
    await over(check, HOLD_MS / 2);
    expect((await check.ended).code).toBe(1);
    expect(check.text).toContain('the address follows');
  });

  test('dies of SIGTERM, which keepalived must not take for success', async () => {
    const { a } = await startPair();
    const check = await heldOn(a);
    await check.stop('SIGTERM', 5_000);
    expect((await check.ended).code).not.toBe(0);
  });

  test('refuses a duration that is none', async () => {
    const { a } = await startPair({ linked: false });
    const check = start(a, 'soon');
    await over(check, 10_000);
    expect((await check.ended).code).toBe(2);
  });
});
