/**
 * Whether what clients were told is true of what is there at the end, key by key. Pure.
 *
 * Every operation has the time at which its client sent it, and the time of its answer. Without an answer it may have been
 * carried out or not, so it accuses nobody and may excuse something. Elements of a list and of a set, and values of a register,
 * are written once each, so that each of them can be found again.
 */

export type Kind = 'register' | 'counter' | 'list' | 'set';

export interface Operation {
  readonly key: string;
  readonly kind: Kind;
  /** `remove` takes an element out of a list or a set. Only a register is read. */
  readonly action: 'add' | 'remove' | 'read';
  /** What was written, added, taken or read; of a counter, how much was added. Empty: nothing was there, or nobody knows. */
  readonly value: string;
  readonly client: string;
  readonly beginMs: number;
  /** Absent: no answer. */
  readonly endMs?: number;
}

/** What a key holds: the value of a register, the number of a counter, the elements of a list or a set. */
export type Values = ReadonlyMap<string, readonly string[]>;

export interface Ends {
  /** What the pair holds. */
  readonly final: Values;
  /** What was put aside. */
  readonly kept: Values;
  /** Clients of the side whose dataset is not the one that stayed. */
  readonly otherSide: ReadonlySet<string>;
}

/** Acknowledged operations of a key, by what became of them. */
export interface Verdict {
  readonly key: string;
  readonly kind: Kind;
  readonly acked: number;
  /** Neither there nor put aside. */
  readonly vanished: number;
  readonly aside: number;
  /** Of the other side, and there. */
  readonly merged: number;
  /** Carried out more often than they were asked for. */
  readonly twice: number;
  /** Taken or removed, and there again, or taken by two. */
  readonly again: number;
  /** Reads that were told an older value than one acknowledged before they began. */
  readonly stale: number;
}

type Found = Omit<Verdict, 'key' | 'kind' | 'acked'>;

/** One key. */
interface Account {
  readonly operations: readonly Operation[];
  readonly final: readonly string[];
  readonly kept: readonly string[];
  readonly isOther: (operation: Operation) => boolean;
}

const NOTHING: Found = { vanished: 0, aside: 0, merged: 0, twice: 0, again: 0, stale: 0 };

const isAcked = ({ endMs }: Operation): boolean => endMs !== undefined;

const endOf = ({ endMs = Number.POSITIVE_INFINITY }: Operation): number => endMs;

const of = (operations: readonly Operation[], action: Operation['action']): readonly Operation[] =>
  operations.filter((operation) => operation.action === action);

const sumOf = (values: readonly string[]): number => values.reduce((sum, value) => sum + Number(value), 0);

const amountOf = (operations: readonly Operation[]): number => sumOf(operations.map(({ value }) => value));

const countsOf = (values: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

/** When the newest of the writes began that had ended before a time; to be asked for later and later times. */
function newestBefore(writes: readonly Operation[]): (atMs: number) => number {
  const left = writes.toSorted((one, other) => endOf(other) - endOf(one));
  let newestMs = Number.NEGATIVE_INFINITY;
  return (atMs) => {
    for (let next = left.at(-1); next !== undefined && endOf(next) < atMs; next = left.at(-1)) {
      newestMs = Math.max(newestMs, next.beginMs);
      left.pop();
    }
    return newestMs;
  };
}

/** Writes that began when the one whose value is there had ended: each of them should have taken its place. */
function judgeRegister({ operations, final: [last = ''], kept, isOther }: Account): Found {
  const acked = of(operations, 'add').filter(isAcked);
  const ends = new Map(of(operations, 'add').map((write) => [write.value, endOf(write)]));
  const since = ends.get(last) ?? Number.NEGATIVE_INFINITY;
  const missing = acked.filter(({ beginMs }) => beginMs > since);
  const aside = missing.filter(({ value }) => kept.includes(value)).length;
  const newest = newestBefore(acked);
  const stale = of(operations, 'read')
    .toSorted((one, other) => one.beginMs - other.beginMs)
    .filter(({ value, beginMs }) => {
      const readMs = value === '' ? Number.NEGATIVE_INFINITY : (ends.get(value) ?? Number.POSITIVE_INFINITY);
      return newest(beginMs) > readMs;
    }).length;
  const merged = acked.filter((write) => isOther(write) && write.value === last).length;
  return { ...NOTHING, vanished: missing.length - aside, aside, merged, stale };
}

/** The parts of a number cannot be told apart: what is missing is of the other side first. */
function judgeCounter({ operations, final: [number = '0'], kept, isOther }: Account): Found {
  const acked = operations.filter(isAcked);
  const all = amountOf(acked);
  const unanswered = amountOf(operations) - all;
  const missing = Math.max(0, all - Number(number));
  const aside = Math.min(missing, sumOf(kept));
  return {
    ...NOTHING,
    vanished: missing - aside,
    aside,
    // What was never answered may stand for one of them.
    merged: Math.max(0, amountOf(acked.filter(isOther)) - missing - unanswered),
    twice: Math.max(0, Number(number) - all - unanswered),
  };
}

/** An element that nobody has and nobody took is missing. A taker without an answer may have taken any. */
function judgeElements({ operations, final, kept, isOther }: Account): Found {
  const there = countsOf(final);
  const removals = of(operations, 'remove');
  const taken = countsOf(removals.filter(isAcked).map(({ value }) => value));
  const maybe = countsOf(removals.filter((removal) => !isAcked(removal)).map(({ value }) => value));
  const adds = of(operations, 'add');
  const acked = adds.filter(isAcked);
  const gone = acked.filter(({ value }) => !there.has(value) && !taken.has(value) && !maybe.has(value));
  const saved = new Set(kept);
  const aside = gone.filter(({ value }) => saved.has(value)).length;
  const again = [...taken].reduce(
    (sum, [value, times]) => sum + (value === '' ? 0 : times - 1 + Number(there.has(value))),
    0,
  );
  return {
    ...NOTHING,
    vanished: Math.max(0, gone.length - aside - (maybe.get('') ?? 0)),
    aside,
    merged: acked.filter((add) => isOther(add) && there.has(add.value)).length,
    twice: [...there.values()].reduce((sum, times) => sum + times - 1, 0),
    again,
  };
}

const JUDGES: Readonly<Record<Kind, (account: Account) => Found>> = {
  register: judgeRegister,
  counter: judgeCounter,
  list: judgeElements,
  set: judgeElements,
};

/** A verdict for each key that somebody worked on. */
export function judge(operations: readonly Operation[], { final, kept, otherSide }: Ends): readonly Verdict[] {
  const keys = Map.groupBy(operations, ({ key }) => key);
  const isOther = ({ client }: Operation): boolean => otherSide.has(client);
  return [...keys].map(([key, own]) => {
    const kind = own[0]?.kind ?? 'register';
    const found = JUDGES[kind]({ operations: own, final: final.get(key) ?? [], kept: kept.get(key) ?? [], isOther });
    return { key, kind, acked: own.filter(isAcked).length, ...found };
  });
}

/** Of all keys together. */
export const totalOf = (verdicts: readonly Verdict[]): Found =>
  verdicts.reduce<Found>(
    (sum, one) => ({
      vanished: sum.vanished + one.vanished,
      aside: sum.aside + one.aside,
      merged: sum.merged + one.merged,
      twice: sum.twice + one.twice,
      again: sum.again + one.again,
      stale: sum.stale + one.stale,
    }),
    NOTHING,
  );
