/**
 * Do the writes of two sides meet? Two series of writes whose keys do not meet commute, so replaying one after the other
 * gives a dataset that holds every write of both, whatever the order was. Where they meet, nobody can know the order. A key
 * that both only removed is gone in any order: each server removes by itself what has run out, once the two are apart.
 */

/** The keys that one side wrote, and why it may have been any key. */
export interface Written {
  readonly keys: readonly string[];
  /** Those of them to which nothing else was done than to remove them. */
  readonly removed: readonly string[];
  readonly everything: string | undefined;
}

/** The keys that both wrote, or the reason why any key may be among them; empty where the two are apart. */
export const meetingKeys = (one: Written | undefined, other: Written | undefined): readonly string[] => {
  if (one === undefined || other === undefined) return [];
  const wide = one.everything ?? other.everything;
  if (wide !== undefined) return [`any key (${wide})`];
  const theirs = new Set(other.keys);
  const [gone, theirGone] = [new Set(one.removed), new Set(other.removed)];
  return one.keys.filter((key) => theirs.has(key) && !(gone.has(key) && theirGone.has(key)));
};
