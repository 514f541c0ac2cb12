/** What an adversary would say: something that is right, changed in a few places. */
import * as fc from 'fast-check';

/** What parsers trip over. */
const TOKENS: readonly string[] = [
  '',
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\t',
  ' ',
  '\u001b[2J',
  '\u009b31m',
  '\u007f',
  '\u202e',
  '\u2066',
  '\u2028',
  '\ufeff',
  '\u{e0041}',
  '\ud800',
  '🔑',
  '-1',
  '0',
  '65536',
  '9223372036854775807',
  '9223372036854775808',
  '99999999999999999999999',
  '1e999',
  '0x10',
  'NaN',
  'Infinity',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  '*',
  '**',
  '$',
  '$2147483647\r\n',
  '*2147483647\r\n',
  '$-1\r\n',
  '*-1\r\n',
  ':',
  '+OK\r\n',
  '-ERR \u001b[1m\r\n',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '\\',
  '=',
  ',',
  '#',
  '!',
  '~SEQ(x,1,999999999)',
  '$A=$A$A\n',
  '${A}',
  '@',
  '%s%n',
  '../../../etc/passwd',
  '/dev/zero',
  'include /**\n',
  '--config',
  '--option',
  '--json',
  '--',
];

const token = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TOKENS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...TOKENS), fc.integer({ min: 2, max: 300 }))
      .map(([text, times]) => text.repeat(times)),
  },
);

const change = fc.record({
  at: fc.nat(1_000_000),
  length: fc.nat(20),
  how: fc.constantFrom('insert', 'replace', 'remove', 'repeat', 'cut'),
  token,
});

type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

const changed = (text: string, { at, length, how, token: other }: Change): string => {
  const from = at % (text.length + 1);
  const [before, middle, after] = [text.slice(0, from), text.slice(from, from + length), text.slice(from + length)];
  switch (how) {
    case 'insert':
      return `${before}${other}${middle}${after}`;
    case 'replace':
      return `${before}${other}${after}`;
    case 'remove':
      return `${before}${after}`;
    case 'repeat':
      return `${before}${middle.repeat(20)}${after}`;
    default:
      return before;
  }
};

/** One of `examples`, changed a few times or not at all; now and then nothing like it. */
export const hostileText = (...examples: readonly [string, ...string[]]): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.constantFrom(...examples), fc.array(change, { maxLength: 6 }))
        .map(([text, changes]) => changes.reduce(changed, text)),
    },
    { weight: 1, arbitrary: fc.array(token, { maxLength: 30 }).map((tokens) => tokens.join('')) },
  );

/** The words of a command line. */
export const hostileWords = (
  ...lines: readonly [readonly string[], ...(readonly string[])[]]
): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(fc.constantFrom(...lines), fc.array(fc.tuple(fc.nat(10), token, fc.boolean()), { maxLength: 3 }))
    .map(([words, changes]) =>
      changes.reduce<readonly string[]>(
        (before, [at, other, isInstead]) => before.toSpliced(at % (before.length + 1), isInstead ? 1 : 0, other),
        words,
      ),
    );

/** The bytes, in pieces that end anywhere. */
export const inPieces = (bytes: Buffer, cuts: readonly number[]): readonly Buffer[] => {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((one, other) => one - other);
  return ends.map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end)).filter(({ length }) => length > 0);
};
