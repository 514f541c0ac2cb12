/** What the clients of a drill saw, as it is written down while it happens. Times are in milliseconds since the drill began. */

/** The probe connects again at once; all others are applications, each with a connection of its own. */
export const CLIENTS = [
  'probe',
  'counters',
  'keys',
  'transaction',
  'publisher',
  'subscriber',
  'pusher',
  'popper',
] as const;
export type ClientName = (typeof CLIENTS)[number];

/** What each of them does all the time. */
export const CLIENT_WORDS: Readonly<Record<ClientName, string>> = {
  probe: 'INCR; it waits 100 ms at most, and connects again at once',
  counters: 'INCR of four keys',
  keys: 'SET of a new key',
  transaction: 'MULTI, INCR of two keys, EXEC, in one pipeline',
  publisher: 'PUBLISH of numbered messages',
  subscriber: 'SUBSCRIBE to these messages',
  pusher: 'RPUSH of numbered items',
  popper: 'BLPOP of these items, without a limit',
};

export interface ErrorSeen {
  readonly atMs: number;
  readonly kind: string;
}

export interface ClientRecord {
  /** When it got what it had asked for, or heard something; in order. */
  readonly answersMs: readonly number[];
  /** What its calls ended in otherwise; in order. */
  readonly errors: readonly ErrorSeen[];
  /** When its connection ended; in order. */
  readonly closedMs: readonly number[];
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/READONLY/, 'READONLY'],
  [/EXECABORT/, 'EXECABORT'],
  [/UNBLOCKED/, 'UNBLOCKED'],
  [/ECONNREFUSED|connection refused/i, 'refused'],
  [/ETIMEDOUT|timed out|no (?:answer|connection|reply)|within \d+ ms/i, 'timed out'],
  [/EHOSTUNREACH|ENETUNREACH|no route|unreachable/i, 'unreachable'],
  [/closed|ECONNRESET|EPIPE|reset|max retries|isn't writeable/i, 'closed'],
];

/** What nobody foresaw is told in its own words, as far as they fit into a table. */
const WORDS_MAX = 60;

/** One word for what a call ended in; of another reply of the server its first word, such as `LOADING`. */
export const errorKind = (message: string): string =>
  KINDS.find(([pattern]) => pattern.test(message))?.[1] ??
  /^[A-Z][A-Z]+(?= )/.exec(message)?.[0] ??
  `other (${message.slice(0, WORDS_MAX)})`;

/** Whether a call that ended so may have been carried out all the same. */
export const isUncertain = (kind: string): boolean =>
  ['closed', 'timed out', 'unreachable'].includes(kind) || kind.startsWith('other');
