/**
 * What a rescue holds, back in the live master. A key that the master has is never changed unless that was said in so many
 * words, and every value keeps the time that it had left to live.
 */
import { RedishaError } from '../errors.ts';
import type { KeyBatch, OpenedRescue, RescueFile, TargetKeys } from './ports/rescues.ts';
import type { OnProgress } from './rescue-diff.ts';
import { assertNotAborted, NAMED_MAX } from './rescue-diff.ts';

/** Which keys, and what becomes of those that the master has. */
export type Choice =
  | { readonly kind: 'only-missing' }
  /** Those that match, if they are missing. */
  | { readonly kind: 'keys'; readonly pattern: string }
  | { readonly kind: 'overwrite' };

export interface Restored {
  /** Keys that were written, or would be. */
  readonly restored: number;
  /** Of these, keys that the master had. */
  readonly replaced: number;
  /** Keys that were left as the master has them. */
  readonly kept: number;
  /** Keys of the rescue that expired meanwhile. */
  readonly expired: number;
  /** Keys that the master refused: it cannot read their values. */
  readonly refused: number;
}

export interface RefusedKey {
  readonly database: number;
  readonly key: Buffer;
}

/**
 * A suffix holds commands. Of a key that was there before, it shows only what was changed; to put that in the place of the
 * master's value would destroy the rest.
 * @throws {RedishaError} REFUSED_BY_RULE
 */
export const assertAllowed = ({ form, name }: RescueFile, choice: Choice): void => {
  if (form === 'dataset' || choice.kind !== 'overwrite') return;
  throw new RedishaError('REFUSED_BY_RULE', `${name} holds commands, not values: it cannot overwrite whole keys`, {
    hint: 'use --replay to carry out its commands on the master, or --only-missing',
  });
};

type Sums = { -readonly [K in keyof Restored]: Restored[K] };

/** What was done so far, for whoever has to tell it also where it breaks off. */
export interface Attempt {
  readonly sums: Sums;
  /** Some of the keys that the master refused. */
  readonly refused: RefusedKey[];
  /** Some keys were sent to the target: where it breaks off, how many of these it took is not known. */
  begun: boolean;
}

export const newAttempt = (): Attempt => ({
  sums: { restored: 0, replaced: 0, kept: 0, expired: 0, refused: 0 },
  refused: [],
  begun: false,
});

/** With what `exist` said a moment ago: RESTORE itself decides, unless it may replace. */
const restoreBatch = async (
  rescue: OpenedRescue,
  target: TargetKeys,
  batch: KeyBatch,
  choice: Choice,
  attempt: Attempt,
  dryRun: boolean,
): Promise<void> => {
  const { sums } = attempt;
  const there = await target.exist(batch);
  const replace = choice.kind === 'overwrite';
  const wanted = batch.keys.filter((_key, index) => replace || there[index] !== true);
  sums.kept += batch.keys.length - wanted.length;
  if (wanted.length === 0) return;
  if (dryRun) {
    sums.restored += wanted.length;
    if (replace) sums.replaced += there.filter(Boolean).length;
    return;
  }
  const some: KeyBatch = { ...batch, keys: wanted };
  const values = await rescue.values(some);
  attempt.begun = true;
  const ends = await target.restore(some, values, replace);
  for (const [index, end] of ends.entries()) {
    if (end === 'kept') sums.kept += 1;
    else if (end === 'gone') sums.expired += 1;
    else if (end === 'refused') {
      sums.refused += 1;
      const key = wanted[index];
      if (key !== undefined && attempt.refused.length < NAMED_MAX) attempt.refused.push({ ...batch, key });
    } else {
      sums.restored += 1;
      if (replace && there[index] === true) sums.replaced += 1;
    }
  }
};

/**
 * True afterwards: every key of the choice is in the target, from the rescue or from before. To be cut off anywhere and
 * begun anew does no harm.
 */
export const restore = async (
  rescue: OpenedRescue,
  target: TargetKeys,
  choice: Choice,
  attempt: Attempt,
  { dryRun, signal, onProgress }: { dryRun: boolean; signal: AbortSignal; onProgress: OnProgress },
): Promise<Restored> => {
  let done = 0;
  for await (const batch of rescue.present(choice.kind === 'keys' ? choice.pattern : undefined)) {
    assertNotAborted(signal);
    await restoreBatch(rescue, target, batch, choice, attempt, dryRun);
    done += batch.keys.length;
    onProgress(done, rescue.keyCount);
  }
  return attempt.sums;
};
