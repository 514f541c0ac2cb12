/** What is asserted of every case. */
import { ok } from 'node:assert/strict';
import { Failure } from '../../src/redis/failure.ts';
import { RedishaError } from '../../src/errors.ts';

/** No case is as long on a machine that is busy with ten others. */
const CASE_MS = 5_000;

const UNCLEAN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\p{Cs}/u;

export const assertCleanWords = (words: string): void => {
  ok(!UNCLEAN.test(words), `unclean: ${JSON.stringify(words)}`);
};

/** Lines as they are printed. */
export const assertCleanLines = (lines: string): void => {
  assertCleanWords(lines.replaceAll(/[\n\t]/g, ''));
};

/** Every word in it, whatever its shape. */
export const assertCleanValue = (value: unknown): void => {
  assertCleanWords(JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? [...inner] : inner)) ?? '');
};

/** `use`, unless it throws what is meant for whoever called it. Anything else is thrown on. */
export const unlessRefused = <T>(use: () => T): T | undefined => {
  try {
    return use();
  } catch (error) {
    if (error instanceof Failure) assertCleanWords(error.message);
    else if (!(error instanceof RedishaError)) throw error;
    return undefined;
  }
};

/** True afterwards: `use` has ended within the time of a case. */
export const inTime = async (use: () => unknown): Promise<void> => {
  const fromMs = performance.now();
  await use();
  const tookMs = performance.now() - fromMs;
  ok(tookMs < CASE_MS, `took ${tookMs.toFixed(0)} ms`);
};
