/**
 * A line of keepalived.conf without its comment. Source: keepalived/lib/parser.c decomment; seen on 2.1.5, 2.2.7, 2.3.3 and 2.3.4.
 */
interface Bare {
  readonly text: string;
  /** A `\` stands at its end. */
  readonly goesOn: boolean;
  /** Why it is not understood. */
  readonly why: string | undefined;
}

/** A line without its comment, the blanks around it and the `\` at its end. */
export const withoutComment = (line: string): Bare => {
  let [quoted, goesOn] = [false, false];
  let end: number | undefined;
  let why: string | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at);
    const next = line.charAt(at + 1);
    if (letter === '\\') {
      if (next === '') goesOn = true;
      else if (!quoted && end === undefined && (next === '#' || next === '!'))
        why = `keepalived 2.1 takes "\\${next}" for a letter, and 2.2 for a comment`;
      at += 1;
    } else if (end !== undefined) continue;
    else if (letter === '"') quoted = !quoted;
    else if (!quoted && (letter === '!' || letter === '#')) end = at;
  }
  const left = line.slice(0, end ?? (goesOn ? -1 : undefined)).trim();
  // One that stands before a comment counts as well.
  const isLast = end !== undefined && left.endsWith('\\');
  return {
    text: (isLast ? left.slice(0, -1) : left).trim(),
    goesOn: goesOn || isLast,
    why: quoted ? 'a quote is not closed' : why,
  };
};
