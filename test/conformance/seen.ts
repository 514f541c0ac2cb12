/**
 * What redisha can see of two servers, in a form in which a real server and a model can be compared: replication ids by
 * who they are and not by value, offsets by their order and not by number.
 */
import type { Answering, NodeView } from '../../src/core/model.ts';
import { lacks, relation } from '../../src/core/relation.ts';
import type { Index } from '../sim/story.ts';
import { INDICES, NAMES } from '../sim/words.ts';

/** One server at one moment; its dataset is the numbers of the writes that it holds. */
export interface Look {
  readonly view: NodeView;
  readonly writes: readonly number[];
  /** How often it began a full, and a partial, synchronization of a replica in this life. */
  readonly fullSyncs: number;
  readonly partialSyncs: number;
}

/** As it is recorded. Ids are `r1`, `r2`, … in the order in which they were first seen. */
export interface Seen {
  readonly role: Answering['redisRole'];
  readonly follows?: { readonly whom: Index; readonly link: 'up' | 'down' | 'syncing' };
  readonly life: number;
  readonly history: Answering['history'];
  readonly backlogFirstOffset?: number | undefined;
  readonly writes: readonly number[];
  readonly replicas: readonly { readonly who: Index; readonly online: boolean; readonly offset: number }[];
  readonly failover: Answering['failover'];
  readonly fenced: boolean;
  readonly syncs: readonly [full: number, partial: number];
}

export type SeenPair = readonly [Seen | string, Seen | string];

type IndexOf = (endpoint: { readonly host: string; readonly port: number }) => Index;

/** Gives names to what has random values; a copy of it can try a look that may not count. */
export class Naming {
  readonly #ids: Map<string, string>;
  readonly #lives: Map<string, number>;
  readonly #indexOf: IndexOf;

  constructor(indexOf: IndexOf, ids = new Map<string, string>(), lives = new Map<string, number>()) {
    this.#indexOf = indexOf;
    this.#ids = ids;
    this.#lives = lives;
  }

  copy(): Naming {
    return new Naming(this.#indexOf, new Map(this.#ids), new Map(this.#lives));
  }

  pair(looks: readonly [Look, Look]): SeenPair {
    return [this.#seen(looks[0], 0), this.#seen(looks[1], 1)];
  }

  #id(value: string): string {
    const name = this.#ids.get(value) ?? `r${String(this.#ids.size + 1)}`;
    this.#ids.set(value, name);
    return name;
  }

  #life(value: string): number {
    const life = this.#lives.get(value) ?? this.#lives.size + 1;
    this.#lives.set(value, life);
    return life;
  }

  #seen({ view, writes, fullSyncs, partialSyncs }: Look, index: Index): Seen | string {
    if (view.kind !== 'answering') return view.kind;
    const { upstream, history, replicas } = view;
    const link = upstream?.linkUp === true ? 'up' : upstream?.syncing === true ? 'syncing' : 'down';
    return {
      role: view.redisRole,
      ...(upstream === undefined ? {} : { follows: { whom: this.#indexOf(upstream.endpoint), link } }),
      life: this.#life(`${NAMES[index]} ${view.runId}`),
      history: {
        ...history,
        replid: this.#id(history.replid),
        replid2: history.replid2 === undefined ? undefined : this.#id(history.replid2),
      },
      backlogFirstOffset: view.backlogFirstOffset,
      writes: writes.toSorted((a, b) => a - b),
      replicas: replicas.map(({ endpoint, online, offset }) => ({ who: this.#indexOf(endpoint), online, offset })),
      failover: view.failover,
      fenced: view.fence !== undefined,
      syncs: [fullSyncs, partialSyncs],
    };
  }
}

/** As `relation` wants it. Nothing is deleted here: a server without keys never had any. */
export const placed = ({ history, backlogFirstOffset, writes }: Seen): Parameters<typeof relation>[0] => ({
  history,
  backlogFirstOffset,
  keys: writes.length,
  changesSinceSave: 0,
  uptimeSeconds: Number.MAX_SAFE_INTEGER,
  program: { product: 'redis', version: [7, 0, 15] },
  refusedCommands: 0,
});

const order = (one: number, other: number): string => (one === other ? '=' : one < other ? '<' : '>');

const words = (seen: Seen | string): readonly string[] => {
  if (typeof seen === 'string') return [seen];
  const { history, follows, replicas } = seen;
  const { offset, secondOffset = 0 } = history;
  return [
    seen.role,
    follows === undefined ? '' : `of ${NAMES[follows.whom]}, link ${follows.link}`,
    `life ${String(seen.life)}`,
    history.replid +
      (history.replid2 === undefined ? '' : ` after ${history.replid2} ${order(offset, secondOffset - 1)}`),
    seen.backlogFirstOffset === undefined ? 'no backlog' : 'backlog',
    `holds ${seen.writes.join(' ')}`,
    ...replicas.map(
      (line) => `replica ${NAMES[line.who]} ${line.online ? 'online' : 'not online'} ${order(line.offset, offset)}`,
    ),
    seen.failover === 'none' ? '' : `failover ${seen.failover}`,
    seen.fenced ? 'fenced' : '',
    `synced ${seen.syncs.join('+')}`,
  ].filter((part) => part !== '');
};

const comparison = (one: Seen | string, other: Seen | string): string =>
  typeof one === 'string' || typeof other === 'string'
    ? 'cannot be compared'
    : `${relation(placed(one), placed(other)).kind}${lacks(placed(one), placed(other)) ? ', lacks' : ''}`;

/** The pair in words that are the same for a real pair and its model. */
export const inWords = ([a, b]: SeenPair): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(INDICES.map((index) => [NAMES[index], words(index === 0 ? a : b).join('; ')])),
  'A against B': comparison(a, b),
  'B against A': comparison(b, a),
});
