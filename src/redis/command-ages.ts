/**
 * Since which version of Redis a command is understood in the form that it has. What a server does not know by name it
 * refuses before a transaction begins; a form that it does not know fails in the middle of one, and the rest is carried out.
 *
 * Only commands of Redis 6.0 whose syntax grew later are here. Valkey has what Redis 7.2 had; what either got since, the other
 * has from itself, if at all.
 *
 * Source: the history of each command at redis.io/commands; seen on 6.0.16, 7.0.15, 8.0.2 and 8.6.3.
 */
import { compareVersions } from '../core/program.ts';
import type { Command } from './command.ts';
import { additionOf, scoresFrom, upper } from './command-forms.ts';

export type Version = readonly [major: number, minor: number];

/** Every server that is supported knows it. */
export const ALWAYS: Version = [6, 0];
/** We do not know who knows it. */
const UNKNOWN: Version = [Number.POSITIVE_INFINITY, 0];

const newest = (versions: readonly Version[]): Version =>
  versions.reduce((one, other) => (compareVersions(one, other) < 0 ? other : one), ALWAYS);

/** The age of the newest of the words, each of which has to be known. */
const ageOf = (words: readonly string[], known: Readonly<Record<string, Version>>): Version =>
  newest(words.map((word) => (/^-?\d+$/.test(word) ? ALWAYS : (known[word] ?? UNKNOWN))));

const R62: Version = [6, 2];
const SET = { EX: ALWAYS, PX: ALWAYS, NX: ALWAYS, XX: ALWAYS, KEEPTTL: ALWAYS, PXAT: R62, EXAT: R62, GET: R62 };
const ZADD = { NX: ALWAYS, XX: ALWAYS, CH: ALWAYS, INCR: ALWAYS, GT: R62, LT: R62 };
const TRIM = { MAXLEN: ALWAYS, MINID: R62, LIMIT: R62, NOMKSTREAM: R62, IDMP: ALWAYS, IDMPAUTO: ALWAYS };
const XGROUP = {
  CREATE: ALWAYS,
  SETID: ALWAYS,
  DESTROY: ALWAYS,
  DELCONSUMER: ALWAYS,
  MKSTREAM: ALWAYS,
  CREATECONSUMER: R62,
  ENTRIESREAD: [7, 0] as const,
};
const BITOP = { AND: ALWAYS, OR: ALWAYS, XOR: ALWAYS, NOT: ALWAYS };

const all = (words: Command): readonly string[] => words.map(upper);

const FORMS: Readonly<Record<string, (words: Command) => Version>> = {
  SET: (words) => ageOf(all(words.slice(3)), SET),
  ZADD: (words) => ageOf(all(words.slice(2, scoresFrom(words))), ZADD),
  // What names a producer is sent in another form.
  XADD: (words) => ageOf(additionOf(words).options, TRIM),
  XTRIM: (words) => {
    const { options, idAt } = additionOf(words);
    return idAt < words.length ? UNKNOWN : ageOf(options, TRIM);
  },
  XGROUP: (words) => ageOf([upper(words[1]), ...all(words.slice(5))], XGROUP),
  BITOP: (words) => ageOf([upper(words[1])], BITOP),
  GEORADIUS: (words) => (all(words).includes('ANY') ? R62 : ALWAYS),
  GEORADIUSBYMEMBER: (words) => (all(words).includes('ANY') ? R62 : ALWAYS),
  GEOSEARCHSTORE: (words) => (all(words).includes('BYPOLYGON') ? UNKNOWN : R62),
  // The value is packed as the server's version does it.
  RESTORE: () => UNKNOWN,
};

/** Since which version of Redis the command is understood in this form, where it is understood at all. */
export const formAge = (name: string, words: Command): Version => FORMS[name]?.(words) ?? ALWAYS;
