/** The words after `npm run … --`: what they may be, and what is said where they are wrong. */

/** One of `all`. @throws with a sentence */
export function choice<const T extends string>(flag: string, word: string, all: readonly T[]): T {
  const found = all.find((one) => one === word.trim());
  if (found === undefined) throw new Error(`${flag} takes ${all.join(', ')}; got "${word}"`);
  return found;
}

/** @throws with a sentence */
export function positive(flag: string, word: string): number {
  const number = Number(word);
  if (!Number.isFinite(number) || number <= 0) throw new Error(`${flag} takes a number above 0; got "${word}"`);
  return number;
}

/** @throws with a sentence */
export function count(flag: string, word: string): number {
  if (!/^[1-9]\d*$/.test(word)) throw new Error(`${flag} takes a whole number above 0; got "${word}"`);
  return Number(word);
}

/** What Node says of a word that it does not know, without its advice. */
const firstSentence = (message: string): string => message.split(/\.? To specify |\n/)[0] ?? message;

/** What `read` makes of `words`. Where they are wrong, or ask for help, that is printed and the process ends. */
export function fromWords<T>(usage: string, words: readonly string[], read: (words: readonly string[]) => T): T {
  if (words.some((word) => word === '--help' || word === '-h')) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  try {
    return read(words);
  } catch (error) {
    process.stderr.write(`${firstSentence((error as Error).message)}\n${usage}\n`);
    process.exit(2);
  }
}
