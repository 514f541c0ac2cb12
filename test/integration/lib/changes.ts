/** Every plan that changes something, and the state of a pair that leads to it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isSince, serverOf } from '../../lib/server.ts';
import { waitFor } from '../../lib/wait.ts';
import type { TestNode } from './node.ts';
import { part, type TestPair } from './pair.ts';
import { follow, leaveFence, NOBODY, rights } from './troubles.ts';

type Name = 'a' | 'b';

export interface Change {
  readonly name: string;
  /** From a pair in order, a the master. What a client was told there has to be accounted for. */
  prepare(pair: TestPair): Promise<Readonly<Record<string, string>> | void>;
  /** By default `master` on b. */
  readonly command?: 'backup' | 'promote';
  readonly on?: Name;
  /** Where clients go on writing; by default on both nodes. */
  readonly clients?: readonly Name[];
  /** Before keepalived speaks again: what had gone is back. */
  goesOn?(pair: TestPair): Promise<void>;
  /** The state of the pair has a fence or a FAILOVER in it already. */
  readonly leftBefore?: boolean;
  /** False where the peer is gone from the beginning. */
  readonly needsPeer?: boolean;
  /** Redis' own delay before a full sync from a; none by default. */
  readonly delaySeconds?: number;
  /** Before 6.2 there is no FAILOVER. */
  readonly byFailover?: boolean;
  /** A decision that makes this the plan that is meant. */
  readonly rule: number;
}

const both = ({ a, b }: TestPair): readonly TestNode[] => [a, b];

/** The node is gone with all that it had in memory; it comes back as a safe start has it, a replica of the other. */
const returnsSafely = async (node: TestNode, other: TestNode): Promise<void> => {
  await node.redis.kill();
  await node.redis.start([...node.lines, `replicaof ${other.address} ${other.port}`]);
};

const HAND_OVERS: readonly Change[] = [
  // Before 6.2 by the fence: it is the first way there.
  { name: 'a hand-over by pause', rule: 300, prepare: () => Promise.resolve() },
  {
    name: 'a hand-over by FAILOVER',
    byFailover: true,
    rule: 300,
    prepare: async (pair) => void (await rights(both(pair), '-client|pause')),
  },
  {
    name: 'a hand-over by fence',
    rule: 300,
    prepare: async (pair) => void (await rights(both(pair), '-client|pause', '-failover')),
  },
  { name: 'a hand-over that a person wants', rule: 300, command: 'promote', prepare: () => Promise.resolve() },
];

const ROLES: readonly Change[] = [
  {
    name: 'a takeover',
    needsPeer: false,
    rule: 340,
    clients: ['b'],
    prepare: async ({ a }) => a.redis.kill(),
    goesOn: ({ a, b }) => returnsSafely(a, b),
  },
  {
    name: 'an old master that has nothing of its own follows',
    rule: 510,
    command: 'backup',
    on: 'a',
    clients: ['b'],
    prepare: (pair) => part(pair, { onB: ['later'] }),
  },
  {
    name: 'replicas of each other',
    rule: 362,
    prepare: async ({ a, b }) => void (await follow(a, b.address, b.port)),
  },
  {
    name: 'a FAILOVER that hangs',
    byFailover: true,
    needsPeer: false,
    leftBefore: true,
    rule: 122,
    on: 'a',
    clients: ['a'],
    async prepare({ a, b }) {
      b.redis.freeze();
      await a.ask('FAILOVER', 'TO', b.address, b.port, 'FORCE', 'TIMEOUT', 50);
      const state = async (): Promise<string> => (await a.redis.view()).failover;
      await waitFor('the FAILOVER to hang', { deadlineMs: 20_000 }, state, (now) => now === 'failover-in-progress');
    },
    goesOn: ({ b }) => Promise.resolve(b.redis.thaw()),
  },
  {
    name: 'a fence that was left',
    leftBefore: true,
    rule: 132,
    on: 'a',
    prepare: ({ a }) => leaveFence(a),
  },
];

const PARTED: readonly Change[] = [
  {
    name: 'a merge',
    rule: 228,
    async prepare(pair) {
      await part(pair, { onA: ['only:a'], onB: ['only:b'] });
      return { 'only:a': 'by a', 'only:b': 'by b' };
    },
  },
  {
    name: 'a rescue of writes',
    rule: 229,
    async prepare(pair) {
      await part(pair, { onA: ['both', 'only:a'], onB: ['both'] });
      return { both: 'by a', 'only:a': 'by a' };
    },
  },
  {
    name: 'a rescue of a whole dataset',
    rule: 229,
    delaySeconds: 1,
    async prepare(pair) {
      await part(pair, { onA: ['both', 'only:a'], onB: ['both'] });
      await pair.b.ask('DEBUG', 'CHANGE-REPL-ID');
      return { both: 'by a', 'only:a': 'by a' };
    },
  },
  {
    name: 'a replica of nobody, with data of its own, follows',
    rule: 319,
    clients: ['a'],
    async prepare(pair) {
      await part(pair, { onA: ['both'], onB: ['both', 'only:b'] });
      await follow(pair.b, ...NOBODY);
      return { both: 'by b', 'only:b': 'by b' };
    },
  },
];

const RESTARTED: readonly Change[] = [
  {
    name: 'a master that restarted empty',
    rule: 200,
    on: 'a',
    clients: [],
    delaySeconds: 20,
    async prepare({ a }) {
      await a.redis.kill();
      rmSync(join(a.dir, 'redis', 'dump.rdb'), { force: true });
      await a.redis.start();
    },
  },
];

/** What the servers of this run of the tests cannot come to. */
export const isImpossible = ({ byFailover = false }: Change): boolean => byFailover && !isSince(serverOf('a'), [6, 2]);
export const WHY_IMPOSSIBLE = 'this server has no FAILOVER';

export const CHANGES: readonly Change[] = [...HAND_OVERS, ...ROLES, ...PARTED, ...RESTARTED];
