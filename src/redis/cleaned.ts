/**
 * Words of a server, cleaned where they enter. They come from another host and end up on a screen, in a log, in the journal or
 * in the name of a file.
 */

/** No server needs more words to say what is wrong. */
const WORDS_MAX = 200;
const PLAIN = /^[ -~]*$/;
/** Controls (C0, DEL, C1), invisible characters and those that turn the direction of a line, half characters, line ends. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The same text, in which nothing can control a terminal, end a line or hide from a reader. */
export const printable = (text: string): string => (PLAIN.test(text) ? text : text.replaceAll(UNPRINTABLE, '?'));

/** Words of a server as they may be shown, logged and written down: one short line of text. */
export const cleaned = (words: string): string =>
  printable(words.length <= WORDS_MAX ? words : `${words.slice(0, WORDS_MAX - 1)}…`);
