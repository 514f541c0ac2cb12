/**
 * Words of a server, cleaned where they enter. They come from another host and end up on a screen, in a log, in the journal or
 * in the name of a file.
 */

import { printable } from '../printable.ts';

/** No server needs more words to say what is wrong. */
const WORDS_MAX = 200;

/** Words of a server as they may be shown, logged and written down: one short line of text. */
export const cleaned = (words: string): string =>
  printable(words.length <= WORDS_MAX ? words : `${words.slice(0, WORDS_MAX - 1)}…`);
