const STEP = '    ';

/** A block of keepalived.conf, its lines indented. */
export const block = (head: string, lines: readonly string[]): readonly string[] => [
  `${head} {`,
  ...lines.map((line) => `${STEP}${line}`),
  '}',
];
