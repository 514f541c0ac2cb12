/** What `relation` says, against a model that is too simple to be wrong: it replicates lists of writes, and compares them. */
import { describe, expect, test } from 'vitest';
import type { Answering } from '../../../src/core/model.ts';
import { isContained, isHarmless, partingOffset, relation } from '../../../src/core/relation.ts';
import { master } from './builders.ts';
import * as fc from '../properties.ts';

interface Written {
  readonly offset: number;
  readonly id: number;
}

/** One server: what it holds, and how Redis accounts for it. A write is one byte long. */
interface Node {
  ids: Set<number>;
  replid: string;
  offset: number;
  replid2: string | undefined;
  secondOffset: number;
  backlog: Written[] | undefined;
  follows: number | undefined;
  attached: boolean;
}

type Act =
  | { readonly kind: 'write' | 'clear' | 'promote' | 'restart as master' | 'restart as replica'; readonly at: number }
  | { readonly kind: 'follow'; readonly at: number; readonly of: number }
  | { readonly kind: 'replicate'; readonly at: number; readonly bytes: number };

class Pair {
  readonly nodes: readonly Node[];
  /** Those of the writes that deleted every key. */
  readonly clears = new Set<number>();
  #ids = 0;
  #writes = 0;

  constructor(count: number) {
    this.nodes = Array.from({ length: count }, () => ({
      ids: new Set<number>(),
      replid: this.#id(),
      offset: 0,
      replid2: undefined,
      secondOffset: 0,
      backlog: undefined,
      follows: undefined,
      attached: false,
    }));
  }

  #id(): string {
    return `id${String(++this.#ids)}`;
  }

  do(act: Act): void {
    const node = this.node(act.at);
    if (act.kind === 'write') this.#write(node);
    if (act.kind === 'clear') this.#clear(node);
    if (act.kind === 'promote') this.#promote(node);
    if (act.kind === 'follow' && act.of !== act.at) this.#follow(node, act.of);
    if (act.kind === 'replicate') this.#replicate(node, act.bytes);
    if (act.kind === 'restart as master' || act.kind === 'restart as replica')
      this.#restart(node, act.kind === 'restart as master');
  }

  node(index: number): Node {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`no node ${String(index)}`);
    return node;
  }

  #write(node: Node): void {
    if (node.follows !== undefined) return;
    node.ids.add(++this.#writes);
    if (node.backlog === undefined) return;
    node.offset++;
    node.backlog.push({ offset: node.offset, id: this.#writes });
  }

  /** Where nothing is counted, and before the first keep-alive, a deletion leaves no trace. */
  #clear(node: Node): void {
    if (node.follows !== undefined || node.backlog === undefined || node.offset === 0) return;
    this.#write(node);
    this.clears.add(this.#writes);
  }

  /** The writes of a node whose keys are still there. */
  live({ ids }: Node): readonly number[] {
    const last = Math.max(0, ...[...ids].filter((id) => this.clears.has(id)));
    return [...ids].filter((id) => id > last);
  }

  /** Source: redis/src/replication.c shiftReplicationId. */
  #promote(node: Node): void {
    if (node.follows === undefined) return;
    node.follows = undefined;
    node.replid2 = node.replid;
    node.secondOffset = node.offset + 1;
    node.replid = this.#id();
    this.#detach(node);
  }

  #detach(node: Node): void {
    const own = this.nodes.indexOf(node);
    for (const replica of this.nodes) if (replica.follows === own) replica.attached = false;
  }

  /** Source: loadDataFromDisk with an RDB: a master takes the saved history for its second one, a replica for its own. */
  #restart(node: Node, asMaster: boolean): void {
    this.#detach(node);
    node.attached = false;
    node.follows = asMaster ? undefined : (node.follows ?? (this.nodes.indexOf(node) === 0 ? 1 : 0));
    node.replid2 = asMaster ? node.replid : undefined;
    node.secondOffset = node.offset + 1;
    if (asMaster) node.replid = this.#id();
    node.backlog = asMaster ? [] : undefined;
  }

  /** Source: masterTryPartialResynchronization, and a full synchronization where it says no. */
  #follow(node: Node, of: number): void {
    node.follows = of;
    const upper = this.node(of);
    if (upper.follows !== undefined) {
      node.attached = false;
      return;
    }
    const wanted = node.offset + 1;
    const known = node.replid === upper.replid || (node.replid === upper.replid2 && wanted <= upper.secondOffset);
    const first = (upper.backlog?.[0]?.offset ?? upper.offset + 1) <= wanted && wanted <= upper.offset + 1;
    node.attached = true;
    if (known && upper.backlog !== undefined && first) {
      if (node.replid !== upper.replid) {
        node.replid2 = node.replid;
        node.secondOffset = wanted;
        node.replid = upper.replid;
      }
      node.backlog ??= [];
      return;
    }
    if (upper.backlog === undefined) {
      upper.backlog = [];
      upper.replid = this.#id();
      upper.replid2 = undefined;
    }
    Object.assign(node, { replid: upper.replid, offset: upper.offset, replid2: undefined, backlog: [] });
    node.ids = new Set(upper.ids);
    this.#detach(node);
  }

  #replicate(node: Node, bytes: number): void {
    if (node.follows === undefined || !node.attached) return;
    const { backlog = [] } = this.node(node.follows);
    const from = node.offset;
    for (const written of backlog) {
      if (written.offset <= from || written.offset > from + bytes) continue;
      node.ids.add(written.id);
      node.offset = written.offset;
      node.backlog?.push(written);
    }
  }
}

const viewOf = ({ ids, replid, offset, replid2, secondOffset, backlog }: Node, keys = ids.size): Answering =>
  master({
    keys,
    history: { replid, offset, replid2, secondOffset: replid2 === undefined ? undefined : secondOffset },
    backlogFirstOffset: backlog === undefined ? undefined : (backlog[0]?.offset ?? offset + 1),
  });

const where = fc.nat(2);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('write' as const), at: where }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('replicate' as const), at: where, bytes: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('follow' as const), at: where, of: where }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('promote' as const), at: where }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('restart as master' as const, 'restart as replica' as const),
      at: where,
    }),
  },
);

/**
 * The same with deletions, between two. No restart as a replica: what is left of its past is one id, as of a server that has
 * lost everything, so that nobody can tell what it had deleted before.
 */
const actOfTwo: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: act
      .filter(({ kind }) => kind !== 'restart as replica')
      .map(
        (one): Act => (one.kind === 'follow' ? { ...one, of: one.of % 2, at: one.at % 2 } : { ...one, at: one.at % 2 }),
      ),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), at: fc.nat(1) }) },
);

const missing = (loser: Node, winner: Node): number => [...loser.ids].filter((id) => !winner.ids.has(id)).length;

const forAllPairs = (
  check: (loser: Node, winner: Node, pair: Pair) => void,
  { numRuns = 20_000, servers = 3, acts = act } = {},
): void => {
  fc.assert(
    fc.property(fc.array(acts, { maxLength: 24 }), (done) => {
      const pair = new Pair(servers);
      for (const one of done) pair.do(one);
      for (const loser of pair.nodes) for (const winner of pair.nodes) if (loser !== winner) check(loser, winner, pair);
    }),
    { numRuns },
  );
};

/** Keys of the loser that the winner has not, or keys of the winner that had been deleted on the loser. */
const undone = (pair: Pair, loser: Node, winner: Node): readonly number[] => {
  const [lost, won] = [pair.live(loser), pair.live(winner)];
  return [...lost.filter((id) => !winner.ids.has(id)), ...won.filter((id) => loser.ids.has(id) && !lost.includes(id))];
};

/** What the loser would really lose, where `relation` says how much it would be. */
const claimed = (
  loser: Node,
  winner: Node,
): { readonly lost: number | 'unknown'; readonly lacking: number | 'unknown' } => {
  const found = relation(viewOf(loser), viewOf(winner));
  switch (found.kind) {
    case 'same':
      return { lost: 0, lacking: 0 };
    case 'prefix':
      return { lost: 0, lacking: found.behindBytes };
    case 'ahead':
      return { lost: found.aheadBytes, lacking: 0 };
    case 'diverged':
      return { lost: found.lostBytes, lacking: 'unknown' };
    case 'empty':
      return { lost: 0, lacking: 'unknown' };
    case 'refused':
    case 'unrelated':
      return { lost: 'unknown', lacking: 'unknown' };
  }
};

describe('relation, against lists of writes that were really replicated', () => {
  test('calls harmless only what loses nothing', () => {
    forAllPairs((loser, winner) => {
      const lost = isHarmless(relation(viewOf(loser), viewOf(winner))) ? missing(loser, winner) : 0;
      expect(lost).toBe(0);
    });
  });

  test('says of a winner that it holds all of the loser only where it does', () => {
    forAllPairs((loser, winner) => {
      const lost = isContained(viewOf(loser), viewOf(winner)) ? missing(loser, winner) : 0;
      expect(lost).toBe(0);
    });
  });

  test('calls harmless only what brings no deleted key back', () => {
    forAllPairs(
      (loser, winner, pair) => {
        const [one, other] = [viewOf(loser, pair.live(loser).length), viewOf(winner, pair.live(winner).length)];
        expect(isHarmless(relation(one, other)) ? undone(pair, loser, winner) : []).toEqual([]);
      },
      { servers: 2, acts: actOfTwo },
    );
  });

  test('counts what would be lost and what is lacking, to the byte', () => {
    forAllPairs((loser, winner) => {
      const { lost, lacking } = claimed(loser, winner);
      const [reallyLost, reallyLacking] = [missing(loser, winner), missing(winner, loser)];
      expect([lost === 'unknown' ? reallyLost : lost, lacking === 'unknown' ? reallyLacking : lacking]).toEqual([
        reallyLost,
        reallyLacking,
      ]);
    });
  });

  test('finds the same parting from both sides', () => {
    forAllPairs(
      (loser, winner) => {
        expect(partingOffset(viewOf(loser), viewOf(winner))).toBe(partingOffset(viewOf(winner), viewOf(loser)));
      },
      { numRuns: 2000 },
    );
  });
});
