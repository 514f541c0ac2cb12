/** What clients saw of a move, made of what they told. Pure. */
import { fromRanges } from '../writer-protocol.ts';
import type { ClientEvent, Job, Sent } from './protocol.ts';

/** What an application sees, by what it has to do about it. */
export type ErrorKind = 'readonly' | 'execabort' | 'unblocked' | 'timeout' | 'closed' | 'other';

const KINDS: readonly (readonly [ErrorKind, RegExp])[] = [
  ['execabort', /EXECABORT/],
  ['readonly', /READONLY|read only replica/i],
  ['unblocked', /UNBLOCKED/],
  ['timeout', /time(d )?out|ETIMEDOUT/i],
  ['closed', /clos|reset|refused|ECONN|EPIPE|EHOST|unreachable|No route|abort|connect/i],
];

export const kindOf = (text: string): ErrorKind => KINDS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other';

/** Where the address went, and when it was there. */
export interface Move {
  readonly startedMs: number;
  readonly addressMs: number;
  readonly to: string;
}

/** One message or item that was on its way through a node. */
export interface Published extends Sent {
  readonly atMs: number;
}

export interface Mended {
  readonly job: Job;
  readonly client: number;
  /**
   * From the address at the new owner to the first answer, or to the first message or item that came to be there since;
   * `undefined`: there was none.
   */
  readonly afterMs: number | undefined;
  /** Messages between the first and the last that a subscriber heard from there, and which it did not hear. */
  readonly missed: number;
}

export interface Figures {
  /** The longest stretch without an answer since the move began, over all writers. */
  readonly quietMs: number;
  /** The same of each writer. */
  readonly stretchesMs: readonly number[];
  readonly errors: Readonly<Record<ErrorKind, number>>;
  /** Of each kind of error the first text. */
  readonly texts: readonly string[];
  /** The most connections that one client object lost. */
  readonly closedMost: number;
  readonly mended: readonly Mended[];
}

const sentOf = (text: string): Sent => {
  const colon = text.lastIndexOf(':');
  return { node: text.slice(0, colon), nth: Number(text.slice(colon + 1)) };
};

const JOBS: readonly Job[] = ['writer', 'batch', 'popper', 'subscriber'];

/** What was published or pushed, by who listens to it. */
export type PublishedTo = Readonly<Record<'subscriber' | 'popper', readonly Published[]>>;

const most = (numbers: readonly number[]): number => Math.max(0, ...numbers);

type Mending = Pick<Mended, 'afterMs' | 'missed'>;

function answered(events: readonly ClientEvent[], { addressMs }: Move): Mending {
  const first = events.find(({ kind, atMs }) => kind === 'answered' && atMs >= addressMs);
  return { afterMs: first === undefined ? undefined : first.atMs - addressMs, missed: 0 };
}

function heard(events: readonly ClientEvent[], move: Move, published: readonly Published[]): Mending {
  const fromThere = published.filter(({ node }) => node === move.to);
  const since = fromThere.find(({ atMs }) => atMs >= move.addressMs);
  const messages = events
    .flatMap((event) => (event.kind === 'heard' ? [{ atMs: event.atMs, ...sentOf(event.text) }] : []))
    .filter(({ node, nth }) => node === move.to && since !== undefined && nth >= since.nth);
  const [first] = messages;
  if (first === undefined) return { afterMs: undefined, missed: 0 };
  const numbers = new Set(messages.map(({ nth }) => nth));
  const last = most([...numbers]);
  const missed = fromThere.filter(({ nth }) => nth > first.nth && nth < last && !numbers.has(nth));
  return { afterMs: first.atMs - move.addressMs, missed: missed.length };
}

function mendedOf(events: readonly ClientEvent[], job: Job, move: Move, published: PublishedTo): Mending {
  switch (job) {
    case 'writer':
    case 'batch':
      return answered(events, move);
    case 'subscriber':
      return heard(events, move, published.subscriber);
    case 'popper':
      // What else is in its list comes first, and each item comes once.
      return { ...heard(events, move, published.popper), missed: 0 };
  }
}

/** What each client saw of the move, one line a job. */
export const allMended = (
  events: readonly ClientEvent[],
  move: Move,
  published: PublishedTo,
  clients: number,
): readonly Mended[] =>
  JOBS.flatMap((job) =>
    Array.from({ length: clients }, (_, client) => {
      const own = events.filter((event) => event.job === job && event.client === client);
      return { job, client, ...mendedOf(own, job, move, published) };
    }),
  );

const countClosed = (events: readonly ClientEvent[]): readonly number[] => {
  const counts = new Map<string, number>();
  for (const { kind, job, client } of events) {
    if (kind === 'closed') counts.set(`${job} ${client}`, (counts.get(`${job} ${client}`) ?? 0) + 1);
  }
  return [...counts.values()];
};

export function figuresOf(
  events: readonly ClientEvent[],
  move: Move,
  published: PublishedTo,
  clients: number,
): Figures {
  const since = events.filter(({ atMs }) => atMs >= move.startedMs);
  const errors: Record<ErrorKind, number> = {
    readonly: 0,
    execabort: 0,
    unblocked: 0,
    timeout: 0,
    closed: 0,
    other: 0,
  };
  const texts = new Map<ErrorKind, string>();
  for (const event of since) {
    if (event.kind !== 'error') continue;
    const kind = kindOf(event.text);
    errors[kind] += 1;
    if (!texts.has(kind)) texts.set(kind, `${event.job}: ${event.text}`);
  }
  const stretchesMs = Array.from({ length: clients }, (_, client) =>
    most(
      since.flatMap((event) =>
        event.job === 'writer' && event.client === client && 'fromMs' in event ? [event.atMs - event.fromMs] : [],
      ),
    ),
  );
  return {
    quietMs: most(stretchesMs),
    stretchesMs,
    errors,
    texts: [...texts.values()],
    closedMost: most(countClosed(since)),
    mended: allMended(since, move, published, clients),
  };
}

/** What became of the increments of one writer. */
export interface Count {
  readonly acked: number;
  readonly lost: number;
  readonly twice: number;
}

/** `fields`: the hash of the writer as the server has it, in which each increment has a field of its own. */
export function countOf(acked: string, fields: ReadonlyMap<string, string>): Count {
  const numbers = fromRanges(acked);
  return {
    acked: numbers.length,
    lost: numbers.filter((nth) => !fields.has(String(nth))).length,
    twice: [...fields].filter(([field, value]) => field !== 'first' && Number(value) > 1).length,
  };
}
