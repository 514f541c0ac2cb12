/**
 * A few keys that every client writes: counters, a list that grows, a queue, a register and a set. Where two masters both
 * took writes they meet there, so that what one of them took has to be put aside. The numbered keys of a writer meet nowhere.
 */
import type { Operation, Values } from './history.ts';
import type { Reply } from './resp.ts';

/** A command, and what it is in a history. */
export interface HotRequest extends Pick<Operation, 'key' | 'kind' | 'action' | 'value'> {
  readonly command: readonly (string | number)[];
}

export const COUNTER = 'hot:counter';
const LOG = 'hot:log';
const HASH = 'hot:hash';
const QUEUE = 'hot:queue';
const REGISTER = 'hot:register';
const SET = 'hot:set';
const FIELDS = 4;
/** Members of the set stay for so many requests at least. */
const STAY = 50;

const fieldKey = (field: string): string => `${HASH}/${field}`;

type Make = (nth: number, by: string) => HotRequest;

const count: Make = () => ({ command: ['INCR', COUNTER], key: COUNTER, kind: 'counter', action: 'add', value: '1' });

const addField: Make = (nth) => {
  const field = `f${nth % FIELDS}`;
  return { command: ['HINCRBY', HASH, field, 1], key: fieldKey(field), kind: 'counter', action: 'add', value: '1' };
};

const push =
  (key: string): Make =>
  (nth, by) => ({ command: ['RPUSH', key, `${by}${nth}`], key, kind: 'list', action: 'add', value: `${by}${nth}` });

const pop: Make = () => ({ command: ['LPOP', QUEUE], key: QUEUE, kind: 'list', action: 'remove', value: '' });

const write: Make = (nth, by) => {
  const value = `${by}${nth}`;
  return { command: ['SET', REGISTER, value], key: REGISTER, kind: 'register', action: 'add', value };
};

const readBack: Make = () => ({
  command: ['GET', REGISTER],
  key: REGISTER,
  kind: 'register',
  action: 'read',
  value: '',
});

const member = (command: 'SADD' | 'SREM', value: string): HotRequest => ({
  command: [command, SET, value],
  key: SET,
  kind: 'set',
  action: command === 'SADD' ? 'add' : 'remove',
  value,
});

const join: Make = (nth, by) => member('SADD', `${by}${nth}`);

/** It comes right behind two that join: one of them leaves, some rounds later. */
const leave: Make = (nth, by) => member('SREM', `${by}${nth - 1 - STAY}`);

const MAKES = [count, push(LOG), addField, push(QUEUE), pop, write, readBack, join, join, leave] as const;

/** `by` is the writer's own prefix: each element and each value is written once by one writer. */
export const hotRequest = (nth: number, by: string): HotRequest => (MAKES[nth % MAKES.length] ?? count)(nth, by);

/** Keeps the history of one writer. */
export class HotHistory {
  readonly operations: Operation[] = [];
  readonly #client: string;

  constructor(client: string) {
    this.#client = client;
  }

  acknowledged(request: HotRequest, beginMs: number, endMs: number, reply: Reply): void {
    // Nothing was removed: it had never been there, or somebody else has said so.
    if (request.kind === 'set' && reply === 0) return;
    this.#add(request, beginMs, request.value === '' && typeof reply === 'string' ? reply : request.value, endMs);
  }

  unanswered(request: HotRequest, beginMs: number): void {
    if (request.action !== 'read') this.#add(request, beginMs, request.value);
  }

  #add({ key, kind, action }: HotRequest, beginMs: number, value: string, endMs?: number): void {
    const operation = { key, kind, action, value, client: this.#client, beginMs };
    this.operations.push(endMs === undefined ? operation : { ...operation, endMs });
  }
}

/** Something that can be asked for the values of keys. */
interface Store {
  askAll(commands: readonly (readonly (string | number)[])[], deadlineMs?: number): Promise<readonly Reply[]>;
}

const listOf = (reply: Reply | undefined): readonly string[] => {
  if (!Array.isArray(reply)) throw new Error(`a list was asked for: ${String(reply)}`);
  return reply.map(String);
};

const valueOf = (reply: Reply | undefined): readonly string[] => (reply === null ? [] : [String(reply)]);

/** What the keys of everybody hold there. */
export async function hotValues(store: Store): Promise<Values> {
  const asked = [
    ['GET', COUNTER],
    ['GET', REGISTER],
    ['HGETALL', HASH],
    ['LRANGE', LOG, 0, -1],
    ['LRANGE', QUEUE, 0, -1],
    ['SMEMBERS', SET],
  ];
  const [counter, register, hash, log, queue, members] = await store.askAll(asked, 10_000);
  const fields = listOf(hash);
  return new Map([
    [COUNTER, valueOf(counter)],
    [REGISTER, valueOf(register)],
    ...fields.flatMap((name, at) => (at % 2 === 0 ? [[fieldKey(name), [fields[at + 1] ?? '']] as const] : [])),
    [LOG, listOf(log)],
    [QUEUE, listOf(queue)],
    [SET, listOf(members)],
  ]);
}

/** What commands that were put aside would do to the keys of everybody. */
export function hotValuesOf(commands: readonly (readonly string[])[]): Values {
  const values = new Map<string, string[]>();
  const keep = (key: string, value: string): void => {
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  };
  for (const [name = '', key = '', first = '', second = ''] of commands) {
    if (!key.startsWith('hot:')) continue;
    const verb = name.toUpperCase();
    if (verb === 'INCR') keep(key, '1');
    else if (verb === 'HINCRBY') keep(fieldKey(first), second);
    else if (verb === 'SET' || verb === 'RPUSH' || verb === 'SADD') keep(key, first);
  }
  return values;
}
