/** A check that was started by one with `--respawn`, its keeper, and may outlive it. */
import { writeSync } from 'node:fs';
import type { Checked } from '../app/check.ts';
import { RedishaError } from '../errors.ts';
import type { Place } from '../host/paths.ts';
import { isRunning } from '../host/process-table.ts';
import { readLastCheck } from '../host/state.ts';

/** Who started it, by their pids. */
export interface Starters {
  readonly keeper: number;
  /** Whose script the keeper is. */
  readonly keepalived: number;
}

const startersOf = (word: string): Starters => {
  const [, keeper, keepalived] = /^([1-9]\d{0,8}),([1-9]\d{0,8})$/.exec(word) ?? [];
  if (keeper !== undefined && keepalived !== undefined) {
    return { keeper: Number(keeper), keepalived: Number(keepalived) };
  }
  throw new RedishaError('USAGE', `--started-by needs two process ids, such as 12,34, not "${word}"`, {
    hint: 'it is for the checks that --respawn starts: redisha check --help',
  });
};

/** Its own time ends a check that is left alone only after so many times `--hold`: the next keeper may come late. */
const LEFT_HOLDS = 2;

/** Whether another process has become the parent. Source: getppid(2). */
const isLeft = ({ keeper }: Starters): boolean => process.ppid !== keeper;

/** Whether nobody needs a check any more that is left: keepalived is gone, too, or a check of another keeper has looked. */
const isFollowed = (place: Place, { keeper, keepalived }: Starters): boolean => {
  if (!isRunning(keepalived)) return true;
  const last = readLastCheck(place)?.keeper;
  return last !== undefined && last !== keeper;
};

/** The keeper hears that this check has looked, if it still listens. */
const sayLooked = (): void => {
  try {
    writeSync(1, 'looked\n');
  } catch {
    // It is gone, and this check goes on without it.
  }
};

interface Kept {
  readonly place: Place;
  /** Somebody has named the peer since this check began without one: the next one asks it. */
  readonly isPeerNews: () => boolean;
  readonly settle: (checked: Checked) => Promise<void>;
}

const parts = (starters: Starters, { place, isPeerNews, settle }: Kept) => {
  let hasSaid = false;
  return {
    isOver: () => (isLeft(starters) ? isFollowed(place, starters) : isPeerNews()),
    settle: async (checked: Checked) => {
      // Whoever follows has recorded that it looks, and that is to stand.
      if (isLeft(starters) && isFollowed(place, starters)) return;
      await settle(checked);
      if (!hasSaid) sayLooked();
      hasSaid = true;
    },
  };
};

/** What is different in such a check; `word` is `KEEPER,KEEPALIVED`. @throws {RedishaError} USAGE */
export const keptBy = (word: string) => {
  const starters = startersOf(word);
  return { keeper: starters.keeper, holds: LEFT_HOLDS, parts: (kept: Kept) => parts(starters, kept) };
};
