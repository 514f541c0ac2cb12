/** Text from elsewhere, made fit for a screen, a log and a file: nothing in it controls a terminal or hides from a reader. */

const PLAIN = /^[ -~]*$/;
/** Controls (C0, DEL, C1), invisible characters and those that turn the direction of a line, half characters, line ends. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The same text on one line, with a question mark in the place of each such character. */
export const printable = (text: string): string => (PLAIN.test(text) ? text : text.replaceAll(UNPRINTABLE, '?'));

const PLAIN_LINES = /^[ -~\n\t]*$/;
/** What sets a colour is our own: words of others lost it where they came in. */
const COLOUR_OR_UNPRINTABLE = /\p{Cc}\[[\d;]*m|(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const COLOUR = '\u001B[';

const asEscape = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => {
    const unit = character.charCodeAt(at).toString(16);
    return String.raw`\u${unit.padStart(4, '0')}`;
  }).join('');

/**
 * The same lines, with each such character written as JSON escapes it. So text stays readable, and JSON says the same as before.
 * A colour stays.
 */
export const escaped = (lines: string): string =>
  PLAIN_LINES.test(lines)
    ? lines
    : lines.replaceAll(COLOUR_OR_UNPRINTABLE, (found) => (found.startsWith(COLOUR) ? found : asEscape(found)));
