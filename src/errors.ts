/**
 * Every way in which redisha fails on purpose, and the exit code of each.
 *
 * A fact of the world (the peer is down, a replica lags) is a value in an observation, never an error. An error is an
 * operation that could not be done; what is neither is a bug and exits 70 with a stack.
 */

/**
 * Exit codes of every command. 0 and 1 are the verdicts of `check`, which may also fail as any other command does;
 * keepalived takes all but 0 for unfit.
 */
export const EXIT = {
  done: 0,
  unfit: 1,
  usage: 2,
  configuration: 3,
  refused: 4,
  unreachable: 5,
  midway: 6,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;

/** What each exit code means, and what to do then: the table in docs/commands.md. */
export const EXIT_WORDS: Readonly<Record<keyof typeof EXIT, readonly [means: string, remedy: string]>> = {
  done: ['done, or fit', ''],
  unfit: [
    'unfit (`check`), not in order (`status`), something is wrong (`doctor`), the master lacks something, or may (`rescue diff`), a promise was not kept (`drill`), drained and not safe to stop (`drain`)',
    'read what it prints',
  ],
  usage: ['usage: the words or options are wrong', '`redisha COMMAND --help`'],
  configuration: [
    'configuration: a wrong key or value, credentials rejected, a right is missing',
    'the message names it',
  ],
  refused: [
    'refused by a safety rule, the pair is not in order (`drill`), the rescue failed, or files of `config` differ and none was ' +
      'written',
    'the hint names the next step',
  ],
  unreachable: ["Redis unreachable or too slow, or the command's time was up", 'look at the Redis it names'],
  midway: [
    'a step failed midway, the link did not come up, a file of the host could not be used, or what was to be printed ' +
      'could not be written',
    'run the command again',
  ],
  bug: ['a bug in redisha', 'report it with the stack, which is also in the log (`bug`)'],
  interrupted: ['interrupted by SIGINT', 'what was held back has been released'],
  terminated: [
    'ended by SIGTERM or SIGHUP, as keepalived does when it stops; a check, which holds nothing back, dies of SIGHUP ' +
      'itself, and a shell says 129; `watch` does not end by SIGHUP',
    'the same',
  ],
};

/** The code of each error, with the exit code that it ends in. */
export const ERROR_EXITS = {
  USAGE: EXIT.usage,
  CONFIG_INVALID: EXIT.configuration,
  CREDENTIALS_REJECTED: EXIT.configuration,
  PERMISSION_MISSING: EXIT.configuration,
  REFUSED_BY_RULE: EXIT.refused,
  RESCUE_FAILED: EXIT.refused,
  REDIS_UNREACHABLE: EXIT.unreachable,
  REDIS_TIMEOUT: EXIT.unreachable,
  STEP_FAILED: EXIT.midway,
  DONE_IN_PART: EXIT.midway,
  HAND_OVER_ABORTED: EXIT.midway,
  SITUATION_CHANGED: EXIT.midway,
  COMMAND_UNAVAILABLE: EXIT.midway,
  LINK_DOWN: EXIT.midway,
  HOST_FILE: EXIT.midway,
  HOST_SPENT: EXIT.midway,
  BUDGET_SPENT: EXIT.unreachable,
  INTERRUPTED: EXIT.terminated,
} as const;

export type ErrorCode = keyof typeof ERROR_EXITS;

/** For what cannot be written where the resident tells what it finds. */
export const RUN_DIRECTORY_HINT = 'its directory must belong to the user that keepalived runs redisha as';

/** What to type next where this user may not read what redisha keeps. */
export const UNREADABLE_HINT = 'run it as the user that keepalived runs redisha as, mostly root';

/** What failed, on what and why (`message`), what to type next (`hint`), and the error below it (`cause`). */
/** The executable has several bundles, and each of them has its own copy of this class: an error of one is an error of all. */
const OURS = Symbol.for('redisha.error');

export class RedishaError extends Error {
  static override [Symbol.hasInstance](error: unknown): boolean {
    return typeof error === 'object' && error !== null && OURS in error;
  }

  readonly code: ErrorCode;
  readonly hint: string | undefined;

  get [OURS](): true {
    return true;
  }

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RedishaError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The exit code that an error of any sort ends in. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof RedishaError ? ERROR_EXITS[error.code] : EXIT.bug;

export const isCode = (error: unknown, ...codes: ErrorCode[]): error is RedishaError =>
  error instanceof RedishaError && codes.includes(error.code);
