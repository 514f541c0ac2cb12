/** The word that somebody most likely meant, who typed another one. */

/** Number of letters to add, to remove or to change. */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

const WORD_MAX = 64;

const plain = (text: string): string => text.slice(0, WORD_MAX).toLowerCase().replaceAll('-', '_');

/** Of `known` the word with the fewest letters that differ; capitals do not count, and `-` is as good as `_`. */
export const nearest = <T extends string>(word: string, known: readonly T[]): T | undefined => {
  const measured = known.map((one) => ({ one, far: distance(plain(word), plain(one)) }));
  return measured.reduce<{ one: T | undefined; far: number }>((best, next) => (next.far < best.far ? next : best), {
    one: undefined,
    far: Infinity,
  }).one;
};

/** A question to add to a message about a wrong word; empty where nothing is like it. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const one = nearest(word, known);
  if (one === undefined) return '';
  const far = distance(word.slice(0, WORD_MAX).toLowerCase(), one);
  return far <= Math.max(1, Math.floor(one.length / 2)) && far < one.length ? `; did you mean ${one}?` : '';
};
