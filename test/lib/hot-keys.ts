/**
 * A few keys that every client writes: a counter, a hash of counters, a list that grows and a queue. Where two masters both
 * took writes they meet there, so that what one of them took has to be put aside. The numbered keys of a writer meet nowhere.
 */
import type { Reply } from './resp.ts';
import { fromRanges, type HotAccount, toRanges } from './writer-protocol.ts';

const KINDS = ['count', 'log', 'field', 'push', 'pop'] as const;
export type HotKind = (typeof KINDS)[number];

export interface HotRequest {
  readonly kind: HotKind;
  readonly nth: number;
}

const COUNTER = 'hot:counter';
const LOG = 'hot:log';
const HASH = 'hot:hash';
const QUEUE = 'hot:queue';
const FIELDS = 4;

export const hotRequest = (nth: number): HotRequest => ({ kind: KINDS[nth % KINDS.length] ?? 'count', nth });

/** `by` is the writer's own prefix: each element of a list is pushed once by one writer. */
export const hotCommand = ({ kind, nth }: HotRequest, by: string): readonly (string | number)[] => {
  switch (kind) {
    case 'count':
      return ['INCR', COUNTER];
    case 'log':
      return ['RPUSH', LOG, `${by}${nth}`];
    case 'field':
      return ['HINCRBY', HASH, `f${nth % FIELDS}`, 1];
    case 'push':
      return ['RPUSH', QUEUE, `${by}${nth}`];
    case 'pop':
      return ['LPOP', QUEUE];
  }
};

/** Keeps the account of one writer. */
export class HotKeys {
  readonly #by: string;
  readonly #acked: Readonly<Record<HotKind, number[]>> = { count: [], log: [], field: [], push: [], pop: [] };
  readonly #popped: string[] = [];
  #unknownPops = 0;

  constructor(by: string) {
    this.#by = by;
  }

  acknowledged({ kind, nth }: HotRequest, reply: Reply): void {
    this.#acked[kind].push(nth);
    if (kind === 'pop' && typeof reply === 'string') this.#popped.push(reply);
  }

  unanswered({ kind }: HotRequest): void {
    if (kind === 'pop') this.#unknownPops += 1;
  }

  get account(): HotAccount {
    const { count, field, log, push } = this.#acked;
    return {
      by: this.#by,
      counted: count.length,
      added: field.length,
      logged: toRanges(log),
      pushed: toRanges(push),
      popped: this.#popped,
      unknownPops: this.#unknownPops,
    };
  }
}

/** What the keys of everybody lack of what was acknowledged to these writers. */
export interface HotMissing {
  /** Increments of the counter and of the hash, at least: one that was never answered may stand for one that is missing. */
  readonly increments: number;
  /** Elements of the list that grows, exactly. */
  readonly logged: number;
  /** Elements of the queue that nobody has taken, at least. */
  readonly queued: number;
  /** Elements that were taken, and are in the queue again. */
  readonly again: number;
}

export const NOTHING_MISSING: HotMissing = { increments: 0, logged: 0, queued: 0, again: 0 };

export const hotTotal = ({ increments, logged, queued, again }: HotMissing): number =>
  increments + logged + queued + again;

/** Something that can be asked for the values of keys. */
interface Store {
  askAll(commands: readonly (readonly (string | number)[])[], deadlineMs?: number): Promise<readonly Reply[]>;
}

const listOf = (reply: Reply | undefined): readonly string[] => {
  if (!Array.isArray(reply)) throw new Error(`a list was asked for: ${String(reply)}`);
  return reply.map(String);
};

const lacking = (acked: number, held: number): number => Math.max(0, acked - held);

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

const elementsOf = (accounts: readonly HotAccount[], name: 'logged' | 'pushed'): readonly string[] =>
  accounts.flatMap((account) => fromRanges(account[name]).map((nth) => `${account.by}${nth}`));

export async function missingHot(store: Store, accounts: readonly HotAccount[]): Promise<HotMissing> {
  if (accounts.length === 0) return NOTHING_MISSING;
  const asked = [
    ['GET', COUNTER],
    ['HVALS', HASH],
    ['LRANGE', LOG, 0, -1],
    ['LRANGE', QUEUE, 0, -1],
  ];
  const [counter, fields, log, queue] = await store.askAll(asked, 10_000);
  const [logged, queued] = [new Set(listOf(log)), new Set(listOf(queue))];
  const popped = new Set(accounts.flatMap((account) => account.popped));
  const gone = elementsOf(accounts, 'pushed').filter((element) => !queued.has(element) && !popped.has(element));
  return {
    increments:
      lacking(sum(accounts.map(({ counted }) => counted)), Number(counter ?? 0)) +
      lacking(sum(accounts.map(({ added }) => added)), sum(listOf(fields).map(Number))),
    logged: elementsOf(accounts, 'logged').filter((element) => !logged.has(element)).length,
    queued: lacking(gone.length, sum(accounts.map(({ unknownPops }) => unknownPops))),
    again: [...popped].filter((element) => queued.has(element)).length,
  };
}
