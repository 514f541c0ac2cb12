/** A check that stays: until when, and how keepalived hears of what it finds meanwhile. */
import type { Checked } from '../app/check.ts';
import type { Log } from '../app/ports.ts';
import type { WatchInput, WatchWorld } from '../app/watch.ts';
import { watch } from '../app/watch.ts';
import { duration } from '../config/kinds.ts';
import { RedishaError } from '../errors.ts';
import { every } from '../host/clock.ts';
import { openServerState } from '../host/process-table.ts';
import { tellKeepalived } from '../host/track-file.ts';

const UNTOLD_HINT =
  'its directory has to be there when keepalived starts, and belong to the user that the scripts run as';

/** @throws {RedishaError} USAGE */
export const holdOf = (word: string): number => {
  const holdMs = duration.read(word);
  if (holdMs !== undefined) return holdMs;
  throw new RedishaError('USAGE', `--hold needs ${duration.expects}, not "${word}"`, { hint: 'redisha check --help' });
};

interface Teller {
  readonly tell: (fit: boolean) => void;
  /** Rejects with HOST_FILE where the last verdict could not be told; by then that is in the log. */
  readonly assertTold: () => Promise<void>;
}

const logUntold = async (openLog: () => Promise<Log>, problem: string): Promise<void> => {
  const log = await openLog();
  log.error('keepalived-not-told', { problem, hint: UNTOLD_HINT });
};

/** What cannot be told is logged once. */
const openTeller = (trackFile: string, openLog: () => Promise<Log>): Teller => {
  let problem: string | undefined;
  let logging: Promise<void> | undefined;
  return {
    tell: (fit) => {
      problem = tellKeepalived(trackFile, fit);
      if (problem === undefined) return;
      logging ??= logUntold(openLog, problem);
    },
    assertTold: async () => {
      await logging;
      if (problem !== undefined) throw new RedishaError('HOST_FILE', problem, { hint: UNTOLD_HINT });
    },
  };
};

export interface Holding {
  readonly world: Omit<WatchWorld, 'every' | 'serverState' | 'tell'>;
  readonly input: WatchInput;
  readonly trackFile: string | undefined;
  readonly openLog: () => Promise<Log>;
}

/** @throws {RedishaError} HOST_FILE where keepalived could not be told of the last verdict. */
export const lookHeld = async ({ world, input, trackFile, openLog }: Holding): Promise<Checked> => {
  const teller = trackFile === undefined ? undefined : openTeller(trackFile, openLog);
  const checked = await watch({ ...world, serverState: openServerState(), every, tell: teller?.tell }, input);
  await teller?.assertTold();
  return checked;
};
