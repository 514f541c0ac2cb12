/**
 * What one command of a replication stream does: which keys it touches, or why that may be any key.
 *
 * Read keys count as well as written ones: `SUNIONSTORE to one two` replayed elsewhere is right only if nobody wrote
 * `one` there. Whatever is not known for certain counts as every key.
 */
import { isUtf8 } from 'node:buffer';
import { type Command, TOO_LONG } from './command.ts';
import { traitsOf } from './command-table.ts';

export type Meaning =
  /** It changes no data: a sign of life, a message, or a write that changed nothing. */
  | { readonly kind: 'nothing' }
  /** MULTI or EXEC. */
  | { readonly kind: 'bracket' }
  | { readonly kind: 'select'; readonly database: number }
  | { readonly kind: 'write'; readonly name: string; readonly keys: readonly Buffer[] }
  /** A write that may touch any key of any database. */
  | { readonly kind: 'wide'; readonly name: string };

export type Interpreter = (command: Command) => Meaning;

const NAME_BYTES_MAX = 32;

/** A command's name for people: never more than a word, since what follows may be data. */
const nameOf = ([name]: Command): string => {
  const text = name?.toString('latin1').toUpperCase() ?? '';
  return text.length <= NAME_BYTES_MAX && /^[\w.-]+$/.test(text) ? text : 'a command without a readable name';
};

type KeyIndexes = (name: string, args: string[]) => number[];

const writeOf = (name: string, words: Command, keyIndexes: KeyIndexes): Meaning => {
  const wide: Meaning = { kind: 'wide', name };
  if (traitsOf(name).isWide?.(words) === true) return wide;
  const args = words.slice(1);
  if (name === 'SORT' && args.includes(TOO_LONG)) return wide;
  // As latin1 every byte is one character, so that no key is bent, and the table finds its keywords in strings only.
  const texts = args.map((arg) => arg.toString('latin1'));
  const keys = keyIndexes(name.toLowerCase(), texts).map((index) => args[index]);
  const known = keys.filter((key) => key !== undefined);
  return known.length === 0 || known.length < keys.length || known.includes(TOO_LONG)
    ? wide
    : { kind: 'write', name, keys: known };
};

/**
 * What commands mean on a server that knows some by other names (`rename-command`). The table of keys is loaded on the
 * first call: most runs never need it.
 */
export const loadInterpreter = async (renamedCommands: Readonly<Record<string, string>>): Promise<Interpreter> => {
  const { exists, getKeyIndexes } = await import('@ioredis/commands');
  const original = new Map(Object.entries(renamedCommands).map(([name, renamed]) => [renamed.toUpperCase(), name]));
  return (command) => {
    const said = nameOf(command);
    const name = original.get(said) ?? said;
    const { kind, isNothing } = traitsOf(name);
    if (kind === 'select') return { kind, database: Number(command[1]) };
    if (kind !== undefined) return { kind };
    if (isNothing?.(command) === true) return { kind: 'nothing' };
    return exists(name.toLowerCase()) ? writeOf(name, command, getKeyIndexes) : { kind: 'wide', name };
  };
};

/**
 * `database/key`, one text for one key. A key that is no UTF-8 is given in hexadecimal; that it then looks like a key of
 * that text can only make two keys meet that do not.
 */
export const keyText = (database: number, key: Buffer): string =>
  `${String(database)}/${isUtf8(key) ? key.toString() : `0x${key.toString('hex')}`}`;
