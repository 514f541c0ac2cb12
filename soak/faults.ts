/** What the soak does to a pair: each kind of fault, with the lengths and variants that a seed draws. */
import type { Node, Pair } from '../test/lib/pair.ts';
import { PORT } from '../test/lib/pair.ts';
import { storm } from '../test/lib/storm.ts';
import { clockReaches, nowMs } from '../test/lib/wait.ts';
import { Writer, type Written } from '../test/lib/writer.ts';
import {
  advertsLost,
  cableOut,
  connectionsUsedUp,
  diskReadOnly,
  keepalivedKilled,
  keepalivedReloaded,
  keepalivedStopped,
  loseDisk,
  memoryFull,
  offSwitch,
  passwordChanged,
  powerLost,
  redisFrozen,
  redisKilled,
  redisLoading,
  redisPortCut,
  saved,
  scriptRuns,
  stateReadOnly,
  type Strike,
} from './strikes.ts';

export const PROFILES = ['article', 'balanced', 'fast'] as const;
export type Profile = (typeof PROFILES)[number];

/** What a fault works with: the pair in order, and who is who in it. */
export interface Scene {
  readonly pair: Pair;
  readonly writer: Writer;
  readonly master: Node;
  readonly backup: Node;
  /** The measured time starts now. */
  readonly mark: () => void;
  /** A second writer at a node itself, past the address, while `during` lasts. What it wrote is audited too. */
  readonly beside: (node: Node, writesPerS: number, during: () => Promise<void>) => Promise<void>;
}

/** A fault with all that chance decides about it, so that the order of faults depends on the seed alone. */
export interface Fault {
  readonly kind: string;
  /** What was drawn, for the log. */
  readonly detail: string;
  /** The fault comes and goes; afterwards everything runs again. */
  readonly happen: (scene: Scene) => Promise<void>;
}

type Random = () => number;
type Who = 'master' | 'backup';

interface Kind {
  readonly name: string;
  readonly profiles?: readonly Profile[];
  readonly draw: (random: Random) => Omit<Fault, 'kind'>;
}

const TAKEOVER_MS = 60_000;

const between = (random: Random, leastMs: number, mostMs: number): number =>
  Math.round(leastMs + random() * (mostMs - leastMs));

const lasts = (forMs: number): Promise<void> => clockReaches(nowMs() + forMs);

/** A fault that is there for a time between `leastMs` and `mostMs`. */
const forAWhile =
  (who: Who, strike: Strike, leastMs: number, mostMs: number): Kind['draw'] =>
  (random) => {
    const forMs = between(random, leastMs, mostMs);
    return {
      detail: `for ${forMs} ms`,
      async happen(scene) {
        scene.mark();
        const undo = await strike(scene[who], scene.pair.other(scene[who]));
        await lasts(forMs);
        await undo();
      },
    };
  };

/** A fault of the master that stays until the backup has taken over, and for a while longer. */
const untilTakeover =
  (strike: Strike, mostMs: number): Kind['draw'] =>
  (random) => {
    const forMs = between(random, 0, mostMs);
    return {
      detail: `until ${forMs} ms after the takeover`,
      async happen({ pair, master, backup, mark }) {
        mark();
        const undo = await strike(master, backup);
        await pair.takenOver(backup, TAKEOVER_MS);
        await lasts(forMs);
        await undo();
      },
    };
  };

/** The node is cut off for a while, and somebody writes there; perhaps to a key that is written on the other side too. */
const cutOff =
  (who: Who, strike: Strike): Kind['draw'] =>
  (random) => {
    const forMs = between(random, 500, 20_000);
    const writesPerS = random() < 0.5 ? 50 : 1_000;
    const meets = random() < 0.3;
    return {
      detail: `for ${forMs} ms, ${writesPerS} writes a second behind it${meets ? ', one key on both sides' : ''}`,
      async happen({ mark, beside, ...scene }) {
        mark();
        const undo = await strike(scene[who], scene.pair.other(scene[who]));
        await beside(scene[who], writesPerS, () => lasts(forMs));
        if (meets) {
          const sides = [scene.pair.a, scene.pair.b];
          await Promise.all(sides.map(({ host, redis }) => redis.ask('SET', 'soak:both', host.name)));
        }
        await undo();
      },
    };
  };

const restartedEmpty =
  (who: Who): Kind['draw'] =>
  () => ({
    detail: '',
    async happen(scene) {
      scene.mark();
      await scene[who].redis.kill();
      loseDisk(scene[who]);
      await scene[who].redis.start();
    },
  });

const restartedStale: Kind['draw'] = (random) => {
  const behind = between(random, 100, 3_000);
  return {
    detail: `${behind} writes behind`,
    async happen({ master, writer, mark }) {
      await saved(master);
      await writer.ackedMore(behind, 20_000);
      mark();
      await master.redis.kill();
      await master.redis.start();
    },
  };
};

/** A clean stop waits for the replica, so that the backup has every write when it is stopped, and saves, in its turn. */
const bothRestarted: Kind['draw'] = (random) => {
  const loses = random() < 0.5;
  return {
    detail: loses ? 'the master with nothing on disk' : '',
    async happen({ master, backup, mark }) {
      mark();
      await master.redis.stop();
      if (loses) loseDisk(master);
      await backup.redis.stop();
      await Promise.all([master.redis.start(), backup.redis.start()]);
    },
  };
};

/** The host that has to take over can write nothing down. */
const takeoverWithoutState: Kind['draw'] = () => ({
  detail: '',
  async happen({ pair, master, backup, mark }) {
    const undoState = await stateReadOnly(backup, master);
    mark();
    const undo = await redisKilled(master, backup);
    await pair.takenOver(backup, TAKEOVER_MS);
    await undoState();
    await undo();
  },
});

const promoted: Kind['draw'] = () => ({
  detail: '',
  async happen({ pair, master, backup, mark }) {
    mark();
    const done = await pair.redisha(backup, ['promote', '127.0.0.1', master.host.address, String(PORT)]);
    if (done.code !== 0) throw new Error(`promote exited ${done.code}: ${done.stdout}${done.stderr}`);
  },
});

const stormy: Kind['draw'] = (random) => {
  const rain = { seed: between(random, 1, 1e9), notifies: between(random, 10, 60), pauseMaxMs: 120 };
  return {
    detail: `${rain.notifies} notifies`,
    async happen({ pair, mark }) {
      mark();
      await storm(pair, rain);
    },
  };
};

const KINDS: readonly Kind[] = [
  { name: 'Redis killed on the master, back after the takeover', draw: untilTakeover(redisKilled, 10_000) },
  { name: 'Redis killed on the master, back within 6 s', draw: forAWhile('master', redisKilled, 0, 6_000) },
  { name: 'Redis killed on the backup', draw: forAWhile('backup', redisKilled, 0, 10_000) },
  { name: 'the master restarts at once, empty', draw: restartedEmpty('master') },
  { name: 'the master restarts at once, stale', draw: restartedStale },
  { name: 'the backup restarts at once, empty', draw: restartedEmpty('backup') },
  { name: 'both Redises restarted', draw: bothRestarted },
  { name: 'Redis frozen on the master', draw: forAWhile('master', redisFrozen, 100, 20_000) },
  { name: 'Redis frozen on the backup', draw: forAWhile('backup', redisFrozen, 100, 15_000) },
  { name: 'the master’s host without power', draw: untilTakeover(powerLost, 10_000) },
  { name: 'the master’s host resets', draw: forAWhile('master', powerLost, 0, 5_000) },
  { name: 'the backup’s host without power', draw: forAWhile('backup', powerLost, 0, 10_000) },
  { name: 'the master cut off', draw: cutOff('master', offSwitch) },
  { name: 'the backup cut off', draw: cutOff('backup', offSwitch) },
  { name: 'the master’s cable out', draw: cutOff('master', cableOut) },
  { name: 'keepalived stopped on the master', draw: forAWhile('master', keepalivedStopped, 0, 10_000) },
  { name: 'keepalived stopped on the backup', draw: forAWhile('backup', keepalivedStopped, 0, 10_000) },
  { name: 'keepalived killed on the master', draw: forAWhile('master', keepalivedKilled, 0, 10_000) },
  { name: 'keepalived reloaded on the master', draw: forAWhile('master', keepalivedReloaded, 0, 3_000) },
  { name: 'keepalived reloaded on the backup', draw: forAWhile('backup', keepalivedReloaded, 0, 3_000) },
  { name: 'the master restarts, loading', draw: forAWhile('master', redisLoading, 500, 15_000) },
  { name: 'the backup restarts, loading', draw: forAWhile('backup', redisLoading, 500, 15_000) },
  { name: 'the Redises cut from each other', draw: forAWhile('master', redisPortCut, 500, 20_000) },
  { name: 'the keepaliveds cut from each other', draw: forAWhile('master', advertsLost, 500, 20_000) },
  { name: 'the password changed on the master', draw: forAWhile('master', passwordChanged, 100, 8_000) },
  { name: 'the password changed on the backup', draw: forAWhile('backup', passwordChanged, 100, 8_000) },
  { name: 'no connection left on the master', draw: forAWhile('master', connectionsUsedUp, 100, 8_000) },
  { name: 'a script blocks the master', draw: forAWhile('master', scriptRuns, 300, 12_000) },
  { name: 'no memory left on the master', draw: forAWhile('master', memoryFull, 100, 5_000) },
  { name: 'the master’s disk read-only', draw: forAWhile('master', diskReadOnly, 100, 8_000) },
  { name: 'Redis killed, nothing can be written down on the backup', draw: takeoverWithoutState },
  { name: 'promoted by hand', draw: promoted },
  // Its last notifies say that `a` has the address, which is certain only where `a` takes it back.
  { name: 'a storm of notifies', profiles: ['article'], draw: stormy },
];

/** The faults of a seed, without end: every kind once, in a new order each time. */
export function* faultsOf(random: Random, profile: Profile, words = ''): Generator<Fault, never> {
  const isMeant = ({ name, profiles }: Kind) => name.includes(words) && (profiles?.includes(profile) ?? true);
  const kinds = KINDS.filter(isMeant);
  if (kinds.length === 0) throw new Error(`no fault has "${words}" in its name`);
  for (;;) {
    const order = kinds.map((kind) => ({ kind, place: random() }));
    for (const { kind } of order.toSorted((one, other) => one.place - other.place)) {
      yield { kind: kind.name, ...kind.draw(random) };
    }
  }
}

/** A `beside` that hands over what was written. */
export const besideWriter =
  (keyPrefix: string, done: (written: Written) => void): Scene['beside'] =>
  async (node, writesPerS, during) => {
    const writer = await Writer.start(node.host, '127.0.0.1', { port: PORT, keyPrefix, writesPerS });
    await during();
    done(await writer.end());
  };
