/**
 * Which rescues go because there are more than the operator keeps. One that nobody has looked at may be the only copy of an
 * acknowledged write, and goes by the word of a person alone (invariant I3).
 */

/** How many rescues and how many bytes of them are kept; the newest always is. */
export interface Limits {
  readonly keep: number;
  readonly bytesMax: number;
}

export interface Stored {
  readonly file: string;
  readonly bytes: number;
  /** Somebody has looked at it, or all of it is in the pair. */
  readonly isSeen: boolean;
}

/** The oldest beyond the limits, of `stored`, which is ordered by age. `newest` is not among them, whatever the limits say. */
export const beyondLimits = <T extends Stored>(
  stored: readonly T[],
  { keep, bytesMax }: Limits,
  newest: string | undefined,
): readonly T[] => {
  let count = 0;
  let bytes = 0;
  const kept = (rescue: Stored): boolean => {
    count += 1;
    bytes += rescue.bytes;
    return count <= keep && bytes <= bytesMax;
  };
  const first = stored.filter(({ file }) => file === newest);
  const others = stored.filter(({ file }) => file !== newest).toReversed();
  for (const rescue of first) kept(rescue);
  const end = others.findIndex((rescue) => !kept(rescue));
  return end < 0 ? [] : others.slice(end);
};

/** Those of them that may go without a word. */
export const goByThemselves = <T extends Stored>(
  stored: readonly T[],
  limits: Limits,
  newest: string | undefined,
): readonly T[] => beyondLimits(stored, limits, newest).filter(({ isSeen }) => isSeen);

/** True where the rescues that may not go fill what the operator grants, so that no other one is to come. */
export const isFull = (stored: readonly Stored[], { bytesMax }: Limits): boolean => {
  const unseen = stored.filter(({ isSeen }) => !isSeen);
  return unseen.length > 0 && unseen.reduce((sum, { bytes }) => sum + bytes, 0) >= bytesMax;
};
