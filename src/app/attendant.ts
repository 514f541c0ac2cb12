/** The resident that a check starts for `redis_check.sh` of `install.sh --legacy-dir`: when one is missing. */

/** A script asks so often at least that still asks. */
const ASKED_MS = 10_000;
/** Where nobody has looked for so long, nobody looks. */
const BLIND_S = 5;

export interface Asked {
  /** How long ago a script has asked; `undefined` where none ever did. */
  readonly askedMs: number | undefined;
  /** How long ago somebody has looked for it. */
  readonly secondsSinceLook: number | undefined;
}

/** A script asks, and nobody looks for it. */
export const isAttendantMissing = ({ askedMs, secondsSinceLook = BLIND_S }: Asked): boolean =>
  askedMs !== undefined && askedMs < ASKED_MS && secondsSinceLook >= BLIND_S;
