/**
 * What one command of a replication stream does: which keys it touches, or why that may be any key.
 *
 * Read keys count as well as written ones: `SUNIONSTORE to one two` replayed elsewhere is right only if nobody wrote
 * `one` there. Whatever is not known for certain counts as every key.
 */
import { isUtf8 } from 'node:buffer';

export type Command = readonly Buffer[];

/** Stands for a word that is too long to be kept: a value, most likely. No other word is this one. */
export const TOO_LONG = Buffer.alloc(0);

export type Meaning =
  /** A sign of life or a message: it changes no data. */
  | { readonly kind: 'nothing' }
  /** MULTI or EXEC. */
  | { readonly kind: 'bracket' }
  | { readonly kind: 'select'; readonly database: number }
  | { readonly kind: 'write'; readonly name: string; readonly keys: readonly Buffer[] }
  /** A write that may touch any key of any database. */
  | { readonly kind: 'wide'; readonly name: string };

export type Interpreter = (command: Command) => Meaning;

/** Source: redis/src/replication.c replicationCron (PING), replicationSendAck and WAIT (REPLCONF GETACK). */
const KEEP_ALIVES = new Set(['PING', 'REPLCONF']);
/** Messages go to replicas for their subscribers and leave no data. Source: redis/src/pubsub.c publishCommand. */
const MESSAGES = new Set(['PUBLISH', 'SPUBLISH']);
const BRACKETS = new Set(['MULTI', 'EXEC']);
/** A script names keys, but nothing keeps it from others. Since Redis 7 only its effects are in the stream. */
const SCRIPTS = new Set(['EVAL', 'EVALSHA', 'EVAL_RO', 'EVALSHA_RO', 'FCALL', 'FCALL_RO']);

const NAME_BYTES_MAX = 32;

/** A command's name for people: never more than a word, since what follows may be data. */
const nameOf = ([name]: Command): string => {
  const text = name?.toString('latin1').toUpperCase() ?? '';
  return text.length <= NAME_BYTES_MAX && /^[\w.-]+$/.test(text) ? text : 'a command without a readable name';
};

/** COPY and MOVE can leave the database they are in. Source: redis.io/commands/copy, redis.io/commands/move. */
const leavesDatabase = (name: string, words: readonly string[]): boolean =>
  name === 'MOVE' || (name === 'COPY' && words.slice(2).some((word) => word.toUpperCase() === 'DB'));

/** SORT may read keys by a pattern. Source: redis.io/commands/sort ("external keys"). */
const readsPattern = (name: string, words: readonly string[]): boolean =>
  name === 'SORT' &&
  words.slice(1).some((word, index) => {
    const option = word.toUpperCase();
    const pattern = words[index + 2] ?? '';
    return (option === 'BY' || option === 'GET') && pattern.includes('*');
  });

type KeyIndexes = (name: string, args: string[]) => number[];

const writeOf = (name: string, args: readonly Buffer[], keyIndexes: KeyIndexes): Meaning => {
  // As latin1 every byte is one character, so that no key is bent, and the table finds its keywords in strings only.
  const words = args.map((arg) => arg.toString('latin1'));
  const wide: Meaning = { kind: 'wide', name };
  if (SCRIPTS.has(name) || leavesDatabase(name, words) || readsPattern(name, words)) return wide;
  if (name === 'SORT' && args.includes(TOO_LONG)) return wide;
  const keys = keyIndexes(name.toLowerCase(), words).map((index) => args[index]);
  const known = keys.filter((key) => key !== undefined);
  return known.length === 0 || known.length < keys.length || known.includes(TOO_LONG)
    ? wide
    : { kind: 'write', name, keys: known };
};

/**
 * What commands mean on a server that knows some by other names (`rename-command`). The table of commands is loaded on
 * the first call: most runs never need it.
 */
export const loadInterpreter = async (renamedCommands: Readonly<Record<string, string>>): Promise<Interpreter> => {
  const { exists, getKeyIndexes } = await import('@ioredis/commands');
  const original = new Map(Object.entries(renamedCommands).map(([name, renamed]) => [renamed.toUpperCase(), name]));
  return (command) => {
    const said = nameOf(command);
    const name = original.get(said) ?? said;
    const args = command.slice(1);
    if (KEEP_ALIVES.has(name) || MESSAGES.has(name)) return { kind: 'nothing' };
    if (BRACKETS.has(name)) return { kind: 'bracket' };
    if (name === 'SELECT') return { kind: 'select', database: Number(args[0]) };
    return exists(name.toLowerCase()) ? writeOf(name, args, getKeyIndexes) : { kind: 'wide', name };
  };
};

/**
 * `database/key`, one text for one key. A key that is no UTF-8 is given in hexadecimal; that it then looks like a key of
 * that text can only make two keys meet that do not.
 */
export const keyText = (database: number, key: Buffer): string =>
  `${String(database)}/${isUtf8(key) ? key.toString() : `0x${key.toString('hex')}`}`;
