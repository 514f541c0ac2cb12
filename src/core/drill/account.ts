/** What became of what the clients of a drill were told is done: pure sums over what was written down. */

/** One INCR: the number that it was answered with, or that nobody knows whether it was carried out. */
export type Increment = number | 'uncertain';

export interface CounterAccount {
  readonly kind: 'counter';
  readonly acknowledged: number;
  /** Calls that ended without an answer. */
  readonly uncertain: number;
  readonly lost: number;
  readonly twice: number;
}

/**
 * A counter that one client increments, one call after the other, from 0. Each number that comes back is the one before and
 * one; and up to one more for each call in between of which nobody knows. What is more was counted twice, what is less is lost.
 * `final` is what the key holds afterwards.
 */
export const counterAccount = (calls: readonly Increment[], final: number): CounterAccount => {
  let [at, open, acknowledged, uncertain, lost, twice] = [0, 0, 0, 0, 0, 0];
  for (const call of calls) {
    if (call === 'uncertain') {
      open += 1;
      uncertain += 1;
      continue;
    }
    acknowledged += 1;
    lost += Math.max(0, at + 1 - call);
    twice += Math.max(0, call - at - 1 - open);
    at = call;
    open = 0;
  }
  lost += Math.max(0, at - final);
  twice += Math.max(0, final - at - open);
  return { kind: 'counter', acknowledged, uncertain, lost, twice };
};

/** Several counters as one. */
export const sumOf = (accounts: readonly CounterAccount[]): CounterAccount => {
  const sum = (field: 'acknowledged' | 'uncertain' | 'lost' | 'twice'): number =>
    accounts.reduce((total, account) => total + account[field], 0);
  return {
    kind: 'counter',
    acknowledged: sum('acknowledged'),
    uncertain: sum('uncertain'),
    lost: sum('lost'),
    twice: sum('twice'),
  };
};

export interface KeysAccount {
  readonly kind: 'keys';
  readonly acknowledged: number;
  readonly lost: number;
}

export const keysAccount = (acknowledged: readonly string[], found: ReadonlySet<string>): KeysAccount => ({
  kind: 'keys',
  acknowledged: acknowledged.length,
  lost: acknowledged.filter((key) => !found.has(key)).length,
});

export interface MessagesAccount {
  readonly kind: 'messages';
  readonly published: number;
  readonly heard: number;
  readonly missed: number;
  readonly twice: number;
}

const repeated = (values: readonly number[]): number => values.length - new Set(values).size;

/** `published` are those that a server has acknowledged. */
export const messagesAccount = (published: readonly number[], heard: readonly number[]): MessagesAccount => {
  const known = new Set(heard);
  return {
    kind: 'messages',
    published: published.length,
    heard: known.size,
    missed: published.filter((message) => !known.has(message)).length,
    twice: repeated(heard),
  };
};

export interface QueueAccount {
  readonly kind: 'queue';
  readonly pushed: number;
  readonly popped: number;
  /** Still in the list. */
  readonly left: number;
  readonly lost: number;
  readonly twice: number;
}

/** `pushed` are those that a server has acknowledged; `left` is what the list holds afterwards. */
export const queueAccount = (
  pushed: readonly number[],
  popped: readonly number[],
  left: readonly number[],
): QueueAccount => {
  const known = new Set([...popped, ...left]);
  return {
    kind: 'queue',
    pushed: pushed.length,
    popped: popped.length,
    left: left.length,
    lost: pushed.filter((item) => !known.has(item)).length,
    twice: repeated([...popped, ...left]),
  };
};

export type Account = CounterAccount | KeysAccount | MessagesAccount | QueueAccount;
