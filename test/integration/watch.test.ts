/** The resident tells keepalived by a file: soon when a server dies, and not when it is only slow. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { startPair } from './lib/pair.ts';
import { startFit, startResident } from './lib/resident.ts';
import { DEADLINE_MS, FIT, logged, read, says, UNFIT } from './lib/told.ts';

/** A script that keeps the whole server busy for a second of its own clock. */
const A_SECOND = `local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end
local untilUs = now() + 1000000
repeat until now() > untilUs
return 1`;

const evaluated = async (node: TestNode, script: string): Promise<void> => {
  const connection = node.connect();
  onTestFinished(() => connection.close());
  await connection.send('EVAL', script, 0);
};

describe('the verdict', () => {
  test('is told at the start, when Redis dies, and when it is back', async () => {
    const { a, b } = await startPair();
    const { file, started } = await startFit(a, b);
    await a.redis.kill();
    await says(file, UNFIT);
    await b.run('promote', a, ['--force']);
    await a.redis.start();
    await a.redis.ask('REPLICAOF', b.address, b.port);
    await says(file, FIT);
    expect(started.over).toBe(false);
    await logged(a, 'refuses connections');
  });

  test('what was unfit is so for a second, however short it was', async () => {
    const { a, b } = await startPair();
    const { file } = await startFit(a, b);
    a.redis.freeze();
    await says(file, UNFIT);
    const sinceMs = performance.now();
    a.redis.thaw();
    await says(file, FIT);
    expect(performance.now() - sinceMs).toBeGreaterThan(900);
    expect(a.log).toContain('does not answer');
  });

  test('does without ROLE where the ACL forbids it', async () => {
    const { a, b } = await startPair();
    await a.redis.ask('ACL', 'SETUSER', 'looker', 'on', '>sesame', 'resetkeys', '-@all', '+info');
    await a.redis.ask('ACL', 'LOG', 'RESET');
    const { file } = await startFit(a, b, { env: { REDISHA_USERNAME: 'looker', REDISHA_PASSWORD: 'sesame' } });
    const denied = (): Promise<unknown> => a.redis.ask('ACL', 'LOG');
    await waitFor('a question for the role', { deadlineMs: DEADLINE_MS }, denied, (log) =>
      String(log).includes('role'),
    );
    await a.redis.kill();
    expect(await says(file, UNFIT)).toBe(UNFIT);
  });
});
