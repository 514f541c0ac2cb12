/**
 * The forms that a command takes in a replication stream, as functions on its words: `words[0]` is its name. What follows a
 * value that is too long to be kept may not be there yet.
 */
import type { Command } from './command.ts';

export const upper = (word: Buffer | undefined): string => (word ?? '').toString('latin1').toUpperCase();

const numberIn = (word: Buffer | undefined): number => Number((word ?? '').toString('latin1'));

/** The options of XADD, where they end, and the words about a producer among them. */
export interface Addition {
  /** Where the id stands. */
  readonly idAt: number;
  readonly options: readonly string[];
  /** `IDMP producer message`, or `IDMPAUTO producer`. */
  readonly producer: { readonly from: number; readonly to: number } | undefined;
}

/** Of XADD, and of XTRIM, which has no id. Source: redis/src/t_stream.c streamParseAddOrTrimArgsOrReply (8.6.3). */
export const additionOf = (words: Command): Addition => {
  const options: string[] = [];
  let producer: Addition['producer'];
  let at = 2;
  for (;;) {
    const option = upper(words[at]);
    const from = at;
    if (/^(NOMKSTREAM|KEEPREF|DELREF|ACKED)$/.test(option)) at += 1;
    else if (/^(MAXLEN|MINID)$/.test(option)) at += /^[~=]$/.test(upper(words[at + 1])) ? 3 : 2;
    else if (/^(LIMIT|IDMPAUTO)$/.test(option)) at += 2;
    else if (option === 'IDMP') at += 3;
    else return { idAt: at, options, producer };
    options.push(option);
    if (option.startsWith('IDMP')) producer = { from, to: at };
  }
};

/**
 * A message that the stream had already: nothing was added. Every other XADD has its id in a replication stream, never `*`.
 * Source: redis/src/t_stream.c xaddCommand, idmpLookupAndReply and rewriteClientCommandArgument (8.6.3).
 */
export const isRepeated = (words: Command): boolean => {
  const { idAt, producer } = additionOf(words);
  return producer !== undefined && upper(words[idAt]) === '*';
};

/**
 * XADD that takes part in no counting of messages, and what counts its message afterwards. Only a replica may name the
 * producer and the id in one command. What IDMPAUTO counts by is a sum that the server alone knows: it is added, and not
 * counted. Source: redis/src/t_stream.c streamParseAddOrTrimArgsOrReply (mustObeyClient), xidmprecordCommand (8.6.2 and later).
 */
export const withoutProducer = (words: Command): readonly Command[] => {
  const { idAt, producer } = additionOf(words);
  const id = words[idAt];
  if (producer === undefined || id === undefined) return [words];
  const added = [...words.slice(0, producer.from), ...words.slice(producer.to)];
  const [key, message] = [words[1], words[producer.from + 2]];
  const [, name] = words.slice(producer.from);
  const isCounted = upper(words[producer.from]) === 'IDMP' && key !== undefined && name !== undefined;
  return isCounted && message !== undefined ? [added, [Buffer.from('XIDMPRECORD'), key, name, message, id]] : [added];
};

/** Where a moment stands at which something ends. */
export type MomentAt = (words: Command) => number | undefined;

/** The words with this moment where theirs is earlier. */
export const notBefore = (words: Command, at: number | undefined, unitMs: number, earliestMs: number): Command =>
  at === undefined || !(numberIn(words[at]) * unitMs < earliestMs)
    ? words
    : words.with(at, Buffer.from(String(Math.ceil(earliestMs / unitMs))));

const after = (words: Command, from: number, option: string): number | undefined => {
  const at = words.findIndex((word, index) => index >= from && upper(word) === option);
  return at < 0 ? undefined : at + 1;
};

/** Redis and Valkey write every time to live as PXAT since 7.0. Source: redis/src/t_string.c setGenericCommand. */
export const momentOfSet: MomentAt = (words) => after(words, 3, 'PXAT');

export const momentOfMsetex: MomentAt = (words) => after(words, 2 + 2 * numberIn(words[1]), 'PXAT');

/** Options stand before and after the fields. Source: redis/src/t_hash.c hsetexCommand. */
export const momentOfHsetex: MomentAt = (words) => {
  for (let at = 2; at < words.length; at += 1) {
    const option = upper(words[at]);
    if (option === 'PXAT') return at + 1;
    if (option === 'FIELDS') at += 1 + 2 * numberIn(words[at + 1]);
  }
  return undefined;
};

export const momentSecond: MomentAt = () => 2;

/** Since Redis 7.0 a value that ends is restored with ABSTTL. Source: redis/src/cluster.c restoreCommand. */
export const momentOfRestore: MomentAt = (words) => (after(words, 4, 'ABSTTL') === undefined ? undefined : 2);

const without = (words: Command, from: number, option: RegExp): Command =>
  words.filter((word, at) => at < from || !option.test(upper(word)));

/** The conditions under which a value is set. They were met, or the command would be in no stream. */
export const unconditionalSet = (words: Command): Command => {
  const compared = words.findIndex((word, at) => at > 2 && /^IF(D?EQ|D?NE)$/.test(upper(word)));
  const rest = compared < 0 ? words : [...words.slice(0, compared), ...words.slice(compared + 2)];
  return without(rest, 3, /^(NX|XX|GET)$/);
};

export const unconditionalMsetex = (words: Command): Command => without(words, 2 + 2 * numberIn(words[1]), /^(NX|XX)$/);

export const unconditionalHsetex = (words: Command): Command => {
  const fields = words.findIndex((word, at) => at > 1 && upper(word) === 'FIELDS');
  const end = fields + 2 + 2 * numberIn(words[fields + 1]);
  const isCondition = (word: Buffer, at: number): boolean =>
    at > 1 && (at < fields || at >= end) && /^F?(NX|XX)$/.test(upper(word));
  return words.filter((word, at) => !isCondition(word, at));
};

/** To a list that is there. Without it the list would have to be there, and it was. */
export const unconditionalPush = ([name = Buffer.alloc(0), ...rest]: Command): Command => [
  name.subarray(0, -1),
  ...rest,
];

export const unconditionalXadd = (words: Command): Command => {
  const [added = words] = withoutProducer(words);
  return without(added.slice(0, additionOf(added).idAt), 2, /^NOMKSTREAM$/).concat(added.slice(additionOf(added).idAt));
};

export const scoresFrom = (words: Command): number => {
  const at = words.findIndex((word, index) => index > 1 && !/^(NX|XX|GT|LT|CH|INCR)$/.test(upper(word)));
  return at < 0 ? words.length : at;
};

/**
 * With one member the condition was met. With several it may have been met for some: it stays, and CH makes the reply tell
 * whether anything was done.
 */
export const unconditionalZadd = (words: Command): Command => {
  const scores = scoresFrom(words);
  const isOne = words.length - scores === 2;
  const options = words.slice(2, scores).filter((word) => !(isOne && /^(NX|XX|GT|LT)$/.test(upper(word))));
  const isAsked = options.some((word) => /^(CH|INCR)$/.test(upper(word)));
  return [...words.slice(0, 2), ...options, ...(isAsked ? [] : [Buffer.from('CH')]), ...words.slice(scores)];
};

/** COPY can leave the database that it is in. Source: redis.io/commands/copy. */
export const copiesElsewhere = (words: Command): boolean => words.slice(3).some((word) => upper(word) === 'DB');

/** SORT may read keys by a pattern. Source: redis.io/commands/sort ("external keys"). */
export const readsPattern = (words: Command): boolean =>
  words.some((word, at) => {
    const pattern = (words[at + 1] ?? '').toString('latin1');
    return at > 1 && /^(BY|GET)$/.test(upper(word)) && pattern.includes('*');
  });
