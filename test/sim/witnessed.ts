/**
 * A pair with a witness, on the files of `config`: whatever befalls the two nodes, the network between them, the witness and the
 * way to it, no two of them acknowledge writes at once (I11). Clients write to both nodes all the time.
 */
import { seededRandom } from './engine.ts';
import type { Blow, Config, Index, Story, Witnessed } from './story.ts';
import { storyOf } from './story.ts';

const FROM_MS = 12_000;
/** How much a clock may be wrong. */
const RATE = 0.01;

type Random = () => number;

const pick = <T>(random: Random, ...choices: readonly [T, ...T[]]): T =>
  choices[Math.floor(random() * choices.length)] ?? choices[0];

const whole = (random: Random, from: number, to: number): number => Math.floor(from + random() * (to - from));

const rate = (random: Random): number => pick(random, 0, RATE, -RATE, RATE * (2 * random() - 1));

const blowOf = (random: Random, atMs: number): Blow => {
  const node: Index = random() < 0.5 ? 0 : 1;
  const forMs = whole(random, 100, pick(random, 3000, 9000, 20_000));
  const kind = pick(
    random,
    'cut',
    'cut',
    'cut',
    'host goes',
    'crash',
    'freeze',
    'witness goes',
    'witness cut',
    'witness cut',
    'witness slow',
    'resident dozes',
    'resident goes',
    'promote',
    'loss',
  );
  switch (kind) {
    case 'cut': {
      const what = pick(random, 'redis', 'all', 'all', 'all');
      return { atMs, kind, what, from: pick<Index | 'both'>(random, 'both', 'both', 0, 1), forMs };
    }
    case 'host goes':
    case 'crash':
      return { atMs, kind, node, forMs, disk: 'whole' };
    case 'freeze':
    case 'resident dozes':
      return { atMs, kind, node, forMs };
    case 'witness goes':
      return { atMs, kind, forMs, keeps: random() < 0.5 };
    case 'witness cut':
      return { atMs, kind, node, way: pick(random, 'both', 'both', 'there', 'back'), forMs };
    case 'witness slow':
      return { atMs, kind, byMs: pick(random, 20, 300, 900, 1500), forMs };
    case 'resident goes': {
      const goneMs = pick(random, 0, 0, 2000, 15_000);
      return { atMs, kind, node, how: pick(random, 'killed', 'stopped'), afterCalls: whole(random, 0, 40), goneMs };
    }
    case 'promote':
      return { atMs, kind, node, forced: random() < 0.2 };
    case 'loss':
      return { atMs, kind, share: pick(random, 0.1, 0.3), forMs: whole(random, 500, 6000) };
  }
};

/** The network breaks, and something else befalls the pair shortly before, or while it is broken. */
const broken = (random: Random, atMs: number): readonly Blow[] => {
  const forMs = whole(random, 6000, 20_000);
  const from = pick<Index | 'both'>(random, 'both', 'both', 'both', 0, 1);
  const cut: Blow = { atMs, kind: 'cut', what: pick(random, 'all', 'all', 'redis'), from, forMs };
  return [cut, blowOf(random, atMs + whole(random, -3000, forMs))];
};

/**
 * A node is cut off from everybody, one direction after the other: the other node does not hear it any more, and acknowledges to it
 * until it takes its place.
 */
const isolated = (random: Random, atMs: number): readonly Blow[] => {
  const node = pick<Index>(random, 0, 0, 1);
  const forMs = whole(random, 9000, 20_000);
  const cut = (from: Index, afterMs: number): Blow => ({
    atMs: atMs + afterMs,
    kind: 'cut',
    what: 'all',
    from,
    forMs: forMs - afterMs,
  });
  const cuts = [cut(node, 0), cut(node === 0 ? 1 : 0, whole(random, 0, 4000))];
  const way = pick(random, 'both', 'both', 'there', 'back');
  const apart: Blow = { atMs: atMs + whole(random, -500, 500), kind: 'witness cut', node, way, forMs };
  return random() < 0.7 ? [...cuts, apart] : [...cuts, apart, blowOf(random, atMs + whole(random, -3000, forMs))];
};

const anyOf = (seed: number): Story => {
  const story = storyOf(seed);
  const random = seededRandom(seed * 49_979_687 + 11);
  const lastMs = FROM_MS + whole(random, 10_000, 35_000);
  const atMs = (): number => whole(random, FROM_MS, lastMs);
  const singles = Array.from({ length: whole(random, 0, 4) }, () => blowOf(random, atMs()));
  const breaks = Array.from({ length: whole(random, 0, 3) }, () =>
    (random() < 0.5 ? broken : isolated)(random, atMs()),
  ).flat();
  const { deletions: _, retriesAtOnce: __, ...config } = story.config;
  return {
    ...story,
    name: `witnessed seed ${String(seed)}`,
    activeMs: lastMs + 12_000,
    config: {
      ...config,
      directClients: 2,
      writeEveryMs: pick(random, 40, 100),
      resident: true,
      preempt: false,
      priorities: [150, 100],
      faultActs: true,
      latencyMs: pick(random, 0.2, 0.2, 5, 40),
      witness: {
        onNone: random() < 0.1 ? 'proceed' : 'refuse',
        rates: [rate(random), rate(random), rate(random)],
        aheadMs: [whole(random, 0, 1000), whole(random, 0, 1000)],
      },
    },
    blows: [...singles, ...breaks].toSorted((a, b) => a.atMs - b.atMs),
  };
};

/**
 * The tightest that there is: the master is heard by nobody, its resident is stopped, and the last that it hears is one of the last
 * acknowledgements of the node that takes its place. Clients go on writing to it, and only its own count of replicas stops it.
 */
export const lastHeard = (seed: number): Story => {
  const story = anyOf(seed);
  const random = seededRandom(seed * 86_028_121 + 13);
  const forMs = 16_000;
  const atMs = FROM_MS + whole(random, 0, 1000);
  const blows: readonly Blow[] = [
    { atMs, kind: 'witness cut', node: 0, way: 'both', forMs },
    { atMs, kind: 'resident dozes', node: 0, forMs },
    { atMs, kind: 'cut', what: 'all', from: 0, forMs },
    { atMs: atMs + whole(random, 300, 1150), kind: 'cut', what: 'all', from: 1, forMs },
  ];
  const witness: Witnessed = {
    onNone: 'refuse',
    rates: [-RATE, RATE, 0],
    aheadMs: [whole(random, 0, 1000), 0],
  };
  const plain = { start: 'article', advertMs: 100, writeEveryMs: 40, lateMs: 0, latencyMs: 0.2 } as const;
  const config: Config = { ...story.config, ...plain, witness };
  return { ...story, activeMs: FROM_MS + 22_000, config, blows };
};

/**
 * Its counterpart for a resident that comes back: a master that is cut off has a licence, and its resident ends. The other node has
 * the lease then, and a licence, until the witness does not hear it any more. Its resident is stopped when the lease is about to end:
 * what it said last still lets its server write when the first one is back.
 */
export const comesBackLate = (seed: number): Story => {
  const story = lastHeard(seed);
  const random = seededRandom(seed * 67_867_967 + 17);
  const atMs = FROM_MS;
  const forMs = 45_000;
  const deafMs = atMs + 20_000;
  const dozesMs = deafMs + whole(random, 7800, 9800);
  const goneMs = dozesMs + whole(random, 0, 2500) - atMs - 2000;
  const blows: readonly Blow[] = [
    { atMs, kind: 'cut', what: 'all', from: 'both', forMs },
    { atMs: atMs + 2000, kind: 'resident goes', node: 0, how: 'killed', afterCalls: 0, goneMs },
    { atMs: deafMs, kind: 'witness cut', node: 1, way: 'both', forMs: 25_000 },
    { atMs: dozesMs, kind: 'resident dozes', node: 1, forMs: 14_000 },
  ];
  return { ...story, activeMs: FROM_MS + 50_000, blows };
};

/** Every fifth is one of the tightest, and so is every tenth. */
export const witnessed = (seed: number): Story => {
  if (seed % 5 === 0) return lastHeard(seed);
  return seed % 10 === 1 ? comesBackLate(seed) : anyOf(seed);
};
