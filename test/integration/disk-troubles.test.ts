/** A disk that takes nothing: the work goes on without log, journal and notes, and nothing is overwritten without a rescue. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runIn, TROUBLES, whyNoTroubles } from './lib/disk-troubles.ts';
import { expectInOrder, part, startPair, temporary } from './lib/pair.ts';
import { valuesOf } from './lib/rounds.ts';

const why = await whyNoTroubles();
if (why !== undefined) console.warn(`troubles with a disk are not tested: ${why}`);

describe.runIf(why === undefined).each(TROUBLES)('$name', (trouble) => {
  test('under the log: it goes to standard error, with the reason, and the role moves', async () => {
    const { a, b } = await startPair();
    const done = await runIn(trouble, join(b.dir, 'log'), ['master', ...b.words(a)], b.envFor(a));
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toContain(`cannot write the log ${b.logFile}: ${trouble.code}`);
    expect(done.stderr).toMatch(/INFO master\[\d+\] end .*result=done/);
    expect(done.files).toEqual([]);
    expect((await a.run('backup', b)).code).toBe(0);
    await expectInOrder(b, a);
  });

  test('under journal and notes: the log says so, the role moves, and no file is half there', async () => {
    const { a, b } = await startPair();
    const state = join(b.dir, 'state');
    const done = await runIn(trouble, state, ['master', ...b.words(a)], b.envFor(a));
    expect(done.code, done.stderr).toBe(0);
    expect(b.log).toMatch(new RegExp(`WARN .*journal-not-written .*why=${trouble.code}`));
    expect(b.log).toMatch(new RegExp(`WARN .*memory-not-saved .*why=${trouble.code}`));
    expect(b.log).toMatch(new RegExp(`WARN .*not-announced .*${trouble.code}`));
    expect(done.files).toEqual([]);
    expect((await a.run('backup', b)).code).toBe(0);
    await expectInOrder(b, a);
  });

  test('under the last check: the verdict is given all the same', async () => {
    const { a } = await startPair();
    const words = ['check', a.address, String(a.port), '--json'];
    const done = await runIn(trouble, join(a.dir, 'state'), words, a.env);
    expect(done.code, done.stderr).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ fit: true, rule: 38 });
    expect(done.files).toEqual([]);
  });

  test('under the rescues: what both wrote is not overwritten, exit 4, and the writes of both are taken', async () => {
    const pair = await startPair();
    const { a, b } = pair;
    await part(pair, { onA: ['k'], onB: ['k'] });
    const done = await runIn(trouble, join(a.dir, 'state'), ['master', ...a.words(b)], a.envFor(b));
    expect(done.code, done.stderr).toBe(4);
    expect(done.stderr).toContain('rule 224');
    expect(done.files).toEqual([]);
    for (const [node, value] of [
      [a, 'by a'],
      [b, 'by b'],
    ] as const) {
      expect(await node.role()).toBe('master');
      expect(await valuesOf(node, ['k'])).toEqual({ k: value });
      expect(await node.redis.writesPaused()).toBe(false);
    }
    // With room again it is settled.
    expect((await a.run('master', b)).code).toBe(0);
    await expectInOrder(a, b);
  });

  test('under the files of config: exit 6, and none is half there', async () => {
    const out = join(await temporary(), 'out');
    const facts = ['--vip', '10.0.0.100', '--nodes', '10.0.0.1,10.0.0.2'];
    const args = ['config', ...facts, '--interface', 'lo', '--out', out];
    const done = await runIn(trouble, out, args, {});
    expect(done.code, done.stdout).toBe(6);
    expect(done.stderr).toContain(trouble.code);
    expect(done.files).toEqual([]);
  });
});
