/** How an option of the command line is declared. What a command gets of it follows from the declaration, the type too. */

interface Told {
  /** What `--help` and docs/commands.md say of it; in `--help` without the backticks. */
  readonly doc: string;
  /** The one letter that stands for it as well. */
  readonly short?: string;
}

/** `--sync-group`: given or not. */
interface Flag extends Told {
  readonly kind: 'flag';
}

/** `--config FILE`. */
interface Text extends Told {
  readonly kind: 'text';
  /** What stands for its value in `--help`. */
  readonly value: string;
  /** Everything that it may be, where that is a short list. */
  readonly values?: readonly string[];
}

/** As a text, and as often as somebody likes. */
interface Texts extends Omit<Text, 'kind'> {
  readonly kind: 'texts';
}

export type OptionSpec = Flag | Text | Texts;

/** The options of a command. `dryRun` is written `--dry-run`. */
export type Options = Readonly<Record<string, OptionSpec>>;

type ValueOf<T extends OptionSpec> = T extends Flag
  ? boolean
  : T extends Texts
    ? readonly string[]
    : string | undefined;

/** What a command gets. */
export type Values<O extends Options> = { readonly [K in keyof O]: ValueOf<O[K]> };

const told = (doc: string, short: string | undefined): Told => (short === undefined ? { doc } : { doc, short });

export const flag = (doc: string, short?: string): Flag => ({ kind: 'flag', ...told(doc, short) });

export const text = (value: string, doc: string, short?: string): Text => ({
  kind: 'text',
  value,
  ...told(doc, short),
});

/** One of a few words. */
export const oneOf = (value: string, values: readonly string[], doc: string): Text => ({
  kind: 'text',
  value,
  values,
  doc,
});

export const texts = (value: string, doc: string, short?: string): Texts => ({
  kind: 'texts',
  value,
  ...told(doc, short),
});

/** `dryRun` as it is written. */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const WITHOUT = { flag: false, text: undefined, texts: [] } as const;

/** A value for each option, also for those that `given` does not have. */
export const valuesOf = <O extends Options>(options: O, given: Readonly<Record<string, unknown>>): Values<O> =>
  Object.fromEntries(
    Object.entries(options).map(([name, { kind }]) => [name, given[name] ?? WITHOUT[kind]]),
  ) as Values<O>;

/** The first of `names` that somebody has given. */
export const givenOf = (
  names: readonly string[],
  values: Readonly<Record<string, boolean | string | readonly string[] | undefined>>,
): string | undefined =>
  names.find((name) => {
    const value = values[name];
    return typeof value === 'object' ? value.length > 0 : value !== undefined && value !== false;
  });
