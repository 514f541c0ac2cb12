/** A command line in words and options, read without an argument parser. */
import { flagOf, type Options } from './option-kinds.ts';

interface Line {
  readonly words: readonly string[];
  readonly given: Readonly<Record<string, unknown>>;
}

/** `undefined` where the line has something that only the parser understands, or can complain of well. */
export const lineOf = (options: Options, args: readonly string[]): Line | undefined => {
  const names = new Map(Object.keys(options).map((name) => [flagOf(name), name]));
  const words: string[] = [];
  const given: Record<string, boolean | string> = {};
  const lists: Record<string, string[]> = {};
  const rest = args.values();
  for (const arg of rest) {
    if (!arg.startsWith('-')) {
      words.push(arg);
      continue;
    }
    const name = names.get(arg);
    const kind = name === undefined ? undefined : options[name]?.kind;
    if (name === undefined || kind === undefined) return undefined;
    const value = kind === 'flag' ? undefined : rest.next().value;
    if (kind !== 'flag' && (value === undefined || value.startsWith('-'))) return undefined;
    if (kind === 'texts') (lists[name] ??= []).push(value ?? '');
    else given[name] = value ?? true;
  }
  return { words, given: { ...given, ...lists } };
};
