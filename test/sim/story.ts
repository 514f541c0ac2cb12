/** A story: how a pair is set up, and what befalls it. Everything else follows from its seed. */
import { seededRandom } from './engine.ts';

/** One of the two hosts, with its Redis and its keepalived. */
export type Index = 0 | 1;

export type Disk = 'empty' | 'stale' | 'whole';

/** What befalls the pair, `atMs` after the start. */
export type Blow = { readonly atMs: number } & (
  | { readonly kind: 'crash'; readonly node: Index; readonly forMs: number; readonly disk: Disk }
  | { readonly kind: 'save'; readonly node: Index }
  | { readonly kind: 'freeze'; readonly node: Index; readonly forMs: number }
  | {
      readonly kind: 'cut';
      readonly what: 'redis' | 'vrrp' | 'all';
      readonly from: Index | 'both';
      readonly forMs: number;
    }
  | { readonly kind: 'keepalived stops'; readonly node: Index; readonly forMs: number }
  | { readonly kind: 'host goes'; readonly node: Index; readonly forMs: number; readonly disk: Disk }
  | { readonly kind: 'promote'; readonly node: Index; readonly forced?: boolean }
  /** The node's own master does not let it in, as without masterauth. */
  | { readonly kind: 'shut out'; readonly node: Index; readonly forMs: number }
  | { readonly kind: 'storm'; readonly node: Index; readonly count: number; readonly everyMs: number }
  | { readonly kind: 'kill'; readonly node: Index; readonly afterCalls: number }
  | { readonly kind: 'kill now'; readonly node: Index }
  /** At a call of a port; nobody takes its place before `goneMs` have passed. */
  | {
      readonly kind: 'resident goes';
      readonly node: Index;
      readonly how: 'killed' | 'stopped';
      readonly afterCalls: number;
      readonly goneMs: number;
    }
  | { readonly kind: 'keepalived reloads'; readonly node: Index }
  | { readonly kind: 'loss'; readonly share: number; readonly forMs: number }
  | { readonly kind: 'clock'; readonly node: Index; readonly byMs: number }
  | { readonly kind: 'witness goes'; readonly forMs: number; readonly keeps: boolean }
  /** What is sent from the node to the witness, or back, does not get through. */
  | {
      readonly kind: 'witness cut';
      readonly node: Index;
      readonly way: 'there' | 'back' | 'both';
      readonly forMs: number;
    }
  | { readonly kind: 'witness slow'; readonly byMs: number; readonly forMs: number }
  /** Its resident is stopped for a while, and goes on. */
  | { readonly kind: 'resident dozes'; readonly node: Index; readonly forMs: number }
);

/** The third vote of a pair. */
export interface Witnessed {
  readonly onNone: 'refuse' | 'proceed';
  /** By what part of it a second is too short on A, on B, and on the witness. */
  readonly rates: readonly [number, number, number];
  /** How far the wall clocks of A and B are ahead. */
  readonly aheadMs: readonly [number, number];
}

export interface Config {
  /** What both redis.conf say: `replicaof PEER`, `replicaof` itself, nothing, or the article's (only B follows). */
  readonly start: 'peer' | 'itself' | 'bare' | 'article';
  readonly clients: number;
  readonly writeEveryMs: number;
  /** Each client keeps to keys of its own, or all write the same few. */
  readonly keys: 'apart' | 'meet';
  /** Every third command deletes a key, or each client takes back what it has just written, as a queue does. */
  readonly deletions?: 'some' | 'queue';
  /** Clients that go by the address are beside this node when the network breaks, and reach no other one then. */
  readonly clientsAt?: Index;
  /** Some clients ignore the address and write to their own node. */
  readonly directClients: number;
  readonly backlogBytes: number;
  readonly diskReturnsIds: boolean;
  readonly syncDelayMs: number;
  readonly transferMs: number;
  readonly loadMs: number;
  readonly replTimeoutMs: number;
  /** repl-ping-replica-period; 10 s where the story does not say. */
  readonly pingEveryMs?: number;
  readonly latencyMs: number;
  readonly allowPause: boolean;
  readonly allowFailover: boolean;
  readonly onDiverged: 'merge' | 'rescue';
  readonly checkEveryMs: number;
  readonly fall: number;
  readonly rise: number;
  readonly advertMs: number;
  readonly priorities: readonly [number, number];
  readonly preempt: boolean;
  /** Whether notify_fault is given the three words, or records only. */
  readonly faultActs: boolean;
  readonly peerMasterTimeoutMs: number;
  /** A resident tells by a track_file; absent where keepalived starts plain checks. */
  readonly resident?: boolean;
  /** What goes from host to host takes up to this much longer, so that one message overtakes another. */
  readonly jitterMs?: number;
  /** A replica that is not let in tries again at once, so that it always says that it is being synchronized. */
  readonly retriesAtOnce?: boolean;
  /** Absent where the pair has no witness. */
  readonly witness?: Witnessed;
  /** How much later than it asked for a command is woken: the host is busy. */
  readonly lateMs?: number;
}

export interface Story {
  readonly name: string;
  readonly seed: number;
  readonly activeMs: number;
  readonly config: Config;
  readonly blows: readonly Blow[];
}

const pick = <T>(random: () => number, ...choices: readonly [T, ...T[]]): T =>
  choices[Math.floor(random() * choices.length)] ?? choices[0];

const whole = (random: () => number, from: number, to: number): number => Math.floor(from + random() * (to - from));

const configOf = (random: () => number): Config => ({
  start: pick(random, 'peer', 'itself', 'bare', 'article'),
  clients: 2,
  writeEveryMs: pick(random, 40, 100, 250),
  keys: pick(random, 'apart', 'meet'),
  directClients: pick(random, 0, 0, 2),
  backlogBytes: pick(random, 1_000_000, 1_000_000, 600),
  diskReturnsIds: random() < 0.7,
  syncDelayMs: pick(random, 5000, 5000, 0),
  transferMs: pick(random, 20, 200, 1500),
  loadMs: pick(random, 10, 300, 3000),
  replTimeoutMs: pick(random, 5000, 20_000),
  latencyMs: pick(random, 0.2, 0.2, 5, 40),
  allowPause: random() < 0.8,
  allowFailover: random() < 0.8,
  onDiverged: pick(random, 'merge', 'merge', 'rescue'),
  checkEveryMs: pick(random, 2000, 3000, 5000),
  fall: pick(random, 1, 2, 3),
  rise: pick(random, 1, 2),
  advertMs: pick(random, 100, 1000),
  priorities: pick(random, [150, 100], [100, 100]),
  preempt: random() < 0.6,
  faultActs: random() < 0.5,
  peerMasterTimeoutMs: pick(random, 4000, 8000, 30_000),
});

const blowOf = (random: () => number, atMs: number): Blow => {
  const node: Index = random() < 0.5 ? 0 : 1;
  const forMs = whole(random, 50, pick(random, 1500, 6000, 12_000));
  const disk = pick<Disk>(random, 'empty', 'stale', 'whole', 'whole');
  const kind = pick(
    random,
    'crash',
    'crash',
    'freeze',
    'freeze',
    'cut',
    'cut',
    'cut',
    'keepalived stops',
    'host goes',
    'promote',
    'storm',
    'kill',
    'kill',
    'kill now',
    'save',
  );
  switch (kind) {
    case 'crash':
    case 'host goes':
      return { atMs, kind, node, forMs, disk };
    case 'freeze':
    case 'keepalived stops':
      return { atMs, kind, node, forMs };
    case 'cut':
      return {
        atMs,
        kind,
        what: pick(random, 'redis', 'vrrp', 'all', 'all'),
        from: pick<Index | 'both'>(random, 'both', 'both', 'both', 0, 1),
        forMs,
      };
    case 'storm':
      return { atMs, kind, node, count: whole(random, 2, 9), everyMs: whole(random, 1, 60) };
    case 'kill':
      return { atMs, kind, node, afterCalls: whole(random, 1, 60) };
    case 'promote':
    case 'kill now':
    case 'save':
      return { atMs, kind, node };
  }
};

/** The master that redis.conf of a node names. */
export const configuredMaster = ({ start }: Config, index: Index): Index | undefined => {
  if (start === 'bare' || (start === 'article' && index === 0)) return undefined;
  const other = index === 0 ? 1 : 0;
  return start === 'itself' ? index : other;
};

const RESIDENT_SHARE = 0.3;

/** What costs time to tell, or hides the rest, comes now and then. */
const rarelyOf = (random: () => number, { latencyMs }: Config): Partial<Config> => ({
  ...(random() < RESIDENT_SHARE ? { resident: true } : {}),
  lateMs: pick(random, 0, 0, 100, 250),
  ...(random() < 0.2 ? { jitterMs: pick(random, 0.5, 1, 3) * latencyMs } : {}),
  ...(random() < 0.25 ? { deletions: pick(random, 'some', 'queue') } : {}),
  ...(random() < 0.3 ? { retriesAtOnce: true } : {}),
});

const rareBlows = (random: () => number, startMs: number, lastMs: number): readonly Blow[] => {
  const atMs = (): number => whole(random, startMs, lastMs);
  const loss: Blow = {
    atMs: atMs(),
    kind: 'loss',
    share: pick(random, 0.1, 0.3, 0.6),
    forMs: whole(random, 500, 8000),
  };
  const size = pick(random, 300, 2000, 15_000, 3_600_000);
  const clock: Blow = {
    atMs: atMs(),
    kind: 'clock',
    node: random() < 0.5 ? 0 : 1,
    byMs: random() < 0.5 ? size : -size,
  };
  const isLossy = random() < 0.12;
  const isDated = random() < 0.12;
  return [...(isLossy ? [loss] : []), ...(isDated ? [clock] : []), ...insistence(random, startMs, lastMs)];
};

/** What befalls a resident, and the keepalived that started it. */
const residentBlows = (random: () => number, startMs: number, lastMs: number): readonly Blow[] =>
  Array.from({ length: whole(random, 0, 4) }, (): Blow => {
    const [atMs, node] = [whole(random, startMs, lastMs), pick<Index>(random, 0, 1)];
    if (random() < 0.2) return { atMs, kind: 'keepalived reloads', node };
    const how = pick(random, 'killed', 'killed', 'stopped');
    const afterCalls = whole(random, 0, 40);
    return {
      atMs,
      kind: 'resident goes',
      node,
      how,
      afterCalls,
      goneMs: pick(random, 0, 0, whole(random, 500, 15_000)),
    };
  });

/** A replica is not let in, and a person may insist on it all the same. */
const insistence = (random: () => number, startMs: number, lastMs: number): readonly Blow[] => {
  if (random() >= 0.12) return [];
  const node: Index = random() < 0.5 ? 0 : 1;
  const atMs = pick(random, 0, whole(random, startMs, lastMs));
  const shutOut: Blow = { atMs, kind: 'shut out', node, forMs: whole(random, 1000, 40_000) };
  const forced: Blow = { atMs: whole(random, startMs, lastMs), kind: 'promote', node, forced: true };
  return random() < 0.6 ? [shutOut, forced] : [shutOut];
};

/** The story of a seed. */
export const storyOf = (seed: number): Story => {
  const random = seededRandom(seed * 7919 + 17);
  const config = configOf(random);
  const startMs = 8000;
  const lastMs = startMs + whole(random, 4000, 20_000);
  const count = whole(random, 1, 7);
  const times = Array.from({ length: count }, () => whole(random, startMs, lastMs)).toSorted((a, b) => a - b);
  const rarely = rarelyOf(seededRandom(seed * 104_729 + 31), config);
  const ofResident =
    rarely.resident === true ? residentBlows(seededRandom(seed * 15_485_863 + 3), startMs, lastMs) : [];
  return {
    name: `seed ${String(seed)}`,
    seed,
    activeMs: lastMs + 3000,
    config: { ...config, ...rarely },
    blows: [
      ...times.map((atMs) => blowOf(random, atMs)),
      ...rareBlows(seededRandom(seed * 1_299_709 + 7), startMs, lastMs),
      ...ofResident,
    ].toSorted((a, b) => a.atMs - b.atMs),
  };
};
