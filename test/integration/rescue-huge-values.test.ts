/** Values that are larger than what redisha may take of the host's memory. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { SuffixContent } from '../../src/app/ports.ts';
import { runOk } from '../lib/process.ts';
import { digests, Parting } from './parting.ts';

const program = fileURLToPath(new URL('rescue-in-little-memory.ts', import.meta.url));
const MB = 1_000_000;
/** Less than the smallest of the values; measured: 167 MB, of which Node alone has some 80. */
const PEAK_BYTES_MAX = 256 * MB;

let parting: Parting;

afterEach(async () => {
  await parting.close();
});

interface Outcome {
  readonly content: SuffixContent;
  readonly file: string;
  readonly replay: string;
  readonly peakBytes: number;
}

/** A took values of so many megabytes since the two parted, among others. */
const rescuedAll = async (megabytes: readonly number[]): Promise<Outcome> => {
  // Before Redis 7.0 what is read out of the backlog lies in the buffer of the connection, which ends at 256 MB by default.
  parting = await Parting.start(['repl-backlog-size 1gb', 'client-output-buffer-limit replica 0 0 0']);
  await parting.join();
  await parting.part();
  const { a, b } = parting;
  const huge = "redis.call('SET', KEYS[1], string.rep(ARGV[1], 1000000))";
  for (const [at, size] of megabytes.entries())
    await a.redis.askAll([['EVAL', huge, 1, `huge:${String(at)}`, 'x'.repeat(size)]], 120_000);
  await a.redis.askAll([['SET', 'small', 'x'], ['MULTI'], ['RPUSH', 'list', 'x', 'y'], ['SET', 'k', 'v'], ['EXEC']]);
  const words = JSON.stringify({ range: await parting.range(a, 0), on: parting.endpoint(b) });
  const argv = [process.execPath, program, join(parting.directory, 'huge'), words];
  const outcome = JSON.parse(await runOk(argv, { timeoutMs: 120_000 })) as Outcome;
  console.log(`${megabytes.join(' + ')} MB: ${(outcome.peakBytes / MB).toFixed(0)} MB of memory at most`);
  return outcome;
};

describe('writes with values of hundreds of megabytes', { timeout: 300_000 }, () => {
  test('are read, saved and replayed in little memory', async () => {
    const { content, file, replay, peakBytes } = await rescuedAll([400]);
    const keys = ['huge:0', 'k', 'list', 'small'];
    expect(content).toEqual({ commands: 4, keys: keys.map((key) => `0/${key}`), removed: [], everything: undefined });
    expect(statSync(file).size).toBeGreaterThan(400 * MB);
    expect(replay).toBe('done');
    expect(peakBytes).toBeLessThan(PEAK_BYTES_MAX);
    const { a, b } = parting;
    expect(await digests(b, 0, ['k', 'list', 'small'])).toEqual(await digests(a, 0, ['k', 'list', 'small']));
    const ends = [
      ['STRLEN', 'huge:0'],
      ['GETRANGE', 'huge:0', -3, -1],
    ];
    expect(await b.redis.askAll(ends)).toEqual([400 * MB, 'xxx']);
  });

  test('are saved, and not replayed where that would be too much for one transaction', async () => {
    const { content, file, replay, peakBytes } = await rescuedAll([400, 400]);
    expect(content.keys).toHaveLength(5);
    expect(statSync(file).size).toBeGreaterThan(800 * MB);
    expect(replay).toBe('STEP_FAILED its 801 MB are too much for one transaction, which takes 536 MB');
    expect(peakBytes).toBeLessThan(PEAK_BYTES_MAX);
    expect(await parting.b.redis.ask('DBSIZE')).toBe(0);
  });
});
