/** Text from elsewhere, made fit for a screen, a log and a file: nothing in it controls a terminal or hides from a reader. */

const PLAIN = /^[ -~]*$/;
/** Controls (C0, DEL, C1), invisible characters and those that turn the direction of a line, half characters, line ends. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The same text on one line, with a question mark in the place of each such character. */
export const printable = (text: string): string => (PLAIN.test(text) ? text : text.replaceAll(UNPRINTABLE, '?'));

const PLAIN_LINES = /^[ -~\n\t]*$/;
/** There is nothing in them to escape. */
export const isPlain = (lines: string): boolean => PLAIN_LINES.test(lines);

const UNPRINTABLE_OR_COLOUR = /\p{Cc}\[[\d;]*m|(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const COLOUR = '\u001B[';

const asEscape = (character: string): string => {
  const unit = character.charCodeAt(0).toString(16);
  return String.raw`\u${unit.padStart(4, '0')}`;
};

/** A control character before what would be a colour is written so, and what would be its number stays. */
const asEscapes = (found: string): string =>
  found.startsWith('[', 1) ? `${asEscape(found)}${found.slice(1)}` : found.replaceAll(/[^]/g, asEscape);

/**
 * The same lines, with each such character written as JSON escapes it. So text stays readable, and JSON says the same as before.
 * With `hasColours` what sets a colour stays: it is our own, where words of others are escaped before.
 */
export const escaped = (lines: string, hasColours = false): string =>
  isPlain(lines)
    ? lines
    : lines.replaceAll(UNPRINTABLE_OR_COLOUR, (found) =>
        hasColours && found.startsWith(COLOUR) ? found : asEscapes(found),
      );
