/** What a person has said of a node, and what stands until a person takes it back or its time is over. */

/** Who said so, when, and why. */
interface Said {
  /** The name of the user. */
  readonly by: string;
  /** By the wall clock. */
  readonly at: string;
}

/** The node is not to own the address. */
export interface Drained extends Said {
  readonly why: string | undefined;
}

/** Nothing is to move. */
export interface Paused extends Said {
  readonly why: string;
  readonly forMs: number;
  /** The boot in which it was said, and when, on the clock of that boot. */
  readonly boot: string;
  readonly sinceMs: number;
  /** When it ends, by the wall clock: for people, and as a number. */
  readonly until: string;
  readonly untilWallMs: number;
}

export interface Marks {
  readonly drained: Drained | undefined;
  readonly paused: Paused | undefined;
}

export const NO_MARKS: Marks = { drained: undefined, paused: undefined };

/** Longer a pair is not left to itself. */
export const PAUSE_MAX_MS = 24 * 3_600_000;

/** This moment, by both clocks. */
export interface Moment {
  readonly boot: string;
  /** Since the boot, whatever becomes of the wall clock. */
  readonly nowMs: number;
  readonly wallMs: number;
}

/**
 * How much is left of a pause; 0 where it is over.
 *
 * In the boot in which it began the clock of that boot alone counts: no change of the wall clock makes it longer or shorter. After
 * another boot only the wall clock tells, and may be wrong: then the pause ends as long after that boot as it was to last.
 */
export const pauseLeftMs = ({ boot, sinceMs, forMs, untilWallMs }: Paused, now: Moment): number => {
  const left = boot === now.boot ? sinceMs + forMs - now.nowMs : Math.min(untilWallMs - now.wallMs, forMs - now.nowMs);
  return left > forMs ? 0 : Math.max(0, left);
};

/** The marks that stand now. */
export const standing = ({ drained, paused }: Marks, now: Moment): Marks => ({
  drained,
  paused: paused === undefined || pauseLeftMs(paused, now) === 0 ? undefined : paused,
});

const because = (why: string | undefined): string => (why === undefined ? '' : `: ${why}`);

export const describeDrained = ({ by, at, why }: Drained): string => `drained by ${by} at ${at}${because(why)}`;

export const describePaused = ({ by, at, why, until }: PauseSaid): string =>
  `paused by ${by} at ${at} until ${until}: ${why}`;

/** Words of another node's pause, as they come in the name of a connection. */
export type PauseSaid = Pick<Paused, 'by' | 'at' | 'why' | 'until'>;

/** A name has no blanks and no letters beyond ASCII. Source: redis/src/networking.c validateClientName. */
export const PAUSE_PREFIX = 'redisha:paused:';

/** The name that the resident's connection to the other node has while this one is paused: there it is seen in CLIENT LIST. */
export const nameOfPause = ({ paused }: Marks): string | undefined =>
  paused === undefined
    ? undefined
    : PAUSE_PREFIX + [paused.until, paused.at, paused.by, paused.why].map(encodeURIComponent).join(':');

/** What such a name says; `undefined` where it is none. Anybody may give such a name to a connection, so it is only told. */
export const pauseInName = (name: string): PauseSaid | undefined => {
  if (!name.startsWith(PAUSE_PREFIX)) return undefined;
  try {
    const [until, at, by, why] = name.slice(PAUSE_PREFIX.length).split(':').map(decodeURIComponent);
    if (until === undefined || at === undefined || by === undefined || why === undefined) return undefined;
    return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(until) ? { until, at, by, why } : undefined;
  } catch {
    return undefined;
  }
};
