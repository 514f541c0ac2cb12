/**
 * What a process of real clients and the test that runs it tell each other: one JSON object a line. Every moment is on the
 * monotonic clock that all processes of the machine share.
 */

/** What a client of the library does, on a connection of its own. */
export type Job = 'writer' | 'subscriber' | 'popper' | 'batch';

export interface ClientsOptions {
  readonly host: string;
  readonly port: number;
  /** Each of them has a writer, a subscriber, a popper and a batch. */
  readonly clients: number;
  readonly writesPerS: number;
  /** Keys and the channel begin so. */
  readonly prefix: string;
}

/** The names of what client `client` of a process works on. */
export const hashOf = (prefix: string, client: number): string => `${prefix}:${client}:counts`;
export const listOf = (prefix: string, client: number): string => `${prefix}:${client}:list`;
export const channelOf = (prefix: string): string => `${prefix}:channel`;

/** The number of a message or item, and the node on which it was published or pushed. */
export interface Sent {
  readonly node: string;
  readonly nth: number;
}

export const textOf = ({ node, nth }: Sent): string => `${node}:${nth}`;

interface Told {
  readonly atMs: number;
  readonly client: number;
  readonly job: Job;
}

/** The first answer to each client of the process is here. */
interface Ready {
  readonly kind: 'ready';
  /** The library and its version. */
  readonly library: string;
}

/** An answer has come, and the one before it came at `fromMs`. Told after each long stretch, and now and then. */
interface Answered extends Told {
  readonly kind: 'answered';
  readonly fromMs: number;
}

/** The process ends, and no answer has come since `fromMs`. */
interface Unanswered extends Told {
  readonly kind: 'unanswered';
  readonly fromMs: number;
}

/** A command of the application has failed with this text. */
interface Failed extends Told {
  readonly kind: 'error';
  readonly text: string;
}

/** A connection that had worked is gone, where the library says so. */
interface Closed extends Told {
  readonly kind: 'closed';
}

/** A subscriber has heard a message, or a popper has got an item. */
interface Heard extends Told {
  readonly kind: 'heard';
  readonly text: string;
}

/** Of one writer, at the end of its process: which increments were acknowledged (as ranges), and how many were sent. */
interface Account {
  readonly kind: 'account';
  readonly client: number;
  readonly sent: number;
  readonly acked: string;
}

export type ClientEvent = Answered | Unanswered | Failed | Closed | Heard;
export type ClientMessage = Ready | ClientEvent | Account;

/** A stretch without an answer is told from this length on. */
export const QUIET_MS = 50;

/** An answer is told after so long, whatever came before. */
export const BEAT_MS = 200;
