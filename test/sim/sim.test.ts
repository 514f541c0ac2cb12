/** Histories of a pair under faults: the real decisions and use cases against model servers and a model keepalived. */
import { describe, expect, test } from 'vitest';
import type { Mutant } from './faults.ts';
import { INSISTS_MS, insisting, MUTANTS, withMutant } from './faults.ts';
import { tellMany } from './many.ts';
import type { Verdict } from './run.ts';
import { tell } from './run.ts';
import { scenarios } from './scenarios.ts';
import type { Blow, Config, Story } from './story.ts';
import { storyOf } from './story.ts';

/** The same histories on every machine: some minutes where it counts, a moment where somebody waits. */
const SEEDS = process.env['CI'] === undefined ? 1_000 : 100_000;
/**
 * What redisha gets wrong and is known for.
 * - 60179: a hand-over has told the old master to follow; before that has its link, the new one dies and comes back on an old disk, and
 *   is promoted while the old one is frozen. INFO does not tell that the old one was told before, and not after.
 * - 86311: the repair of a replica that is about to be wiped is cut off by the network, and the next look comes too late.
 */
const KNOWN: readonly number[] = [60179, 86311];
const TIMEOUT_MS = 900_000;
const MUTANT_SEEDS = 400;
const broken = (story: Story, { violations }: Verdict): readonly string[] =>
  violations.map(({ invariant, words }) => `${story.name}: ${invariant}: ${words}`);

/** Lets the reporter breathe: the simulator itself never visits the event loop. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const planned = new Set(['promote', 'keepalived stops', 'storm']);

/** Nothing fails: people and keepalived move the role, again and again. */
const plannedStory = (seed: number): Story => {
  const story = storyOf(seed);
  const config = { ...story.config, start: 'peer' as const, directClients: 0 };
  return { ...story, config, blows: story.blows.filter(({ kind }) => planned.has(kind)) };
};

describe('a pair under faults', () => {
  test('loses no acknowledged write without a trace, and comes to rest with one master', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { sums, failed } = await tellMany({ first: 1, count: SEEDS });
    const others = failed.filter(({ seed }) => !KNOWN.includes(seed));
    expect(others, `of ${String(SEEDS)} histories; npm run sim -- --seed N tells one`).toEqual([]);
    expect(sums.histories).toBe(SEEDS);
  });

  test('ends the same on one thread and on three', { timeout: 60_000 }, async () => {
    const [one, three] = [
      await tellMany({ first: 1, count: 210, workers: 1 }),
      await tellMany({ first: 1, count: 210, workers: 3 }),
    ];
    expect(three).toEqual(one);
  });

  test('tells the same story twice', { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [once, twice] = [
        await tell(storyOf(seed), { readsStory: true }),
        await tell(storyOf(seed), { readsStory: true }),
      ];
      expect(twice).toEqual(once);
    }
  });
});

describe('a network that breaks while all clients are on one side', () => {
  test('puts nothing of theirs aside when it is whole again', { timeout: TIMEOUT_MS }, async () => {
    const count = Math.max(300, SEEDS / 100);
    const { sums, failed } = await tellMany({ family: 'one-sided', first: 1, count });
    expect(failed, `of ${String(count)} histories; npm run sim -- --one-sided --seed N tells one`).toEqual([]);
    expect(sums.histories).toBe(count);
  });
});

describe('a pair whose role is moved on purpose', () => {
  test('loses nothing, and nothing has to be rescued', { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const verdict = await tell(plannedStory(seed));
      const { violations, rescued, lostByRedis, lostBySafeStart, lostWithDisk } = verdict;
      expect({ seed, violations, rescued, lost: lostByRedis + lostBySafeStart + lostWithDisk }).toEqual({
        seed,
        violations: [],
        rescued: 0,
        lost: 0,
      });
      await breathe();
    }
  });
});

/** How long pairs take to come to rest once nothing fails any more, the longest first. */
const restsOf = async (change: Partial<Config>): Promise<readonly number[]> => {
  const rests: number[] = [];
  for (let seed = 1; seed <= 300; seed++) {
    const { resident: _, ...config } = storyOf(seed).config;
    rests.push((await tell({ ...storyOf(seed), config: { ...config, ...change } })).restMs);
    await breathe();
  }
  return rests.toSorted((one, other) => other - one);
};

describe('pairs with residents', () => {
  test('come to rest no later than pairs with plain checks', { timeout: 120_000 }, async () => {
    const [watched, checked] = [await restsOf({ resident: true }), await restsOf({})];
    // A single history may take another course: all of them do not.
    for (const nth of [10, 30, 100, 150]) expect(watched[nth]).toBeLessThanOrEqual(checked[nth] ?? 0);
  });
});

describe('a person who insists on a node that its master does not let in', () => {
  test('makes it the only master at once, and what the other one had is saved once', { timeout: 120_000 }, async () => {
    let taken = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const { violations, story } = await tell(insisting(seed), { readsStory: true });
      const since = story.filter((line) => 1000 * Number.parseFloat(line) > INSISTS_MS);
      const roles = since.filter((line) => /is a master now|is to follow/.test(line)).length;
      const saved = since.filter((line) => /promote on . +rescued/.test(line)).length;
      const byChoice = since.some((line) => /promote on . +rule 304/.test(line));
      if (byChoice) taken++;
      expect({ seed, violations, saved: saved > 1, roles }).toEqual({
        seed,
        violations: [],
        saved: false,
        roles: byChoice ? 2 : roles,
      });
      await breathe();
    }
    expect(taken).toBeGreaterThan(40);
  });
});

/** What a command does at its longest, by the blow that starts it. */
const WORK: Readonly<Record<string, readonly Blow[]>> = {
  'a hand-over': [{ atMs: 9010, kind: 'promote', node: 1 }],
  'a takeover': [{ atMs: 9010, kind: 'crash', node: 0, forMs: 9000, disk: 'whole' }],
  'a merge or a rescue': [{ atMs: 9000, kind: 'cut', what: 'all', from: 'both', forMs: 6000 }],
  'the return of a master without its data': [{ atMs: 9010, kind: 'crash', node: 0, forMs: 1500, disk: 'empty' }],
};
const CALLS_MAX = 60;

/** By pause, by FAILOVER, or by fence. */
const handingOverBy = (seed: number): Story => {
  const story = storyOf(seed);
  return { ...story, config: { ...story.config, allowPause: seed % 3 === 0, allowFailover: seed % 3 === 1 } };
};

describe('a command that is killed at any of its calls', () => {
  test.each(Object.entries(WORK))(
    'in %s leaves nothing behind that the next one does not mend',
    {
      timeout: 120_000,
    },
    async (_, blows) => {
      for (let seed = 1; seed <= 6; seed++) {
        const story = handingOverBy(seed);
        for (let afterCalls = 0; afterCalls < CALLS_MAX; afterCalls++) {
          const kills = ([0, 1] as const).map((node): Blow => ({ atMs: 9000, kind: 'kill', node, afterCalls }));
          const killed = { ...story, activeMs: 20_000, blows: [...kills, ...blows] };
          expect(broken(killed, await tell(killed)), `killed at call ${String(afterCalls)}`).toEqual([]);
        }
        await breathe();
      }
    },
  );
});

describe('what went wrong once', () => {
  test.each(scenarios().map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
    const { violations, story } = await tell(scenario, { readsStory: true });
    expect([...new Set(violations.map(({ invariant }) => invariant))], scenario.why).toEqual(scenario.breaks);
    const { never } = scenario;
    expect(never === undefined ? [] : story.filter((line) => line.includes(never)), scenario.why).toEqual([]);
  });
});

/** The first story that gives the mutant away. */
const caught = async ({ faults = {}, stories = storyOf }: Mutant): Promise<number | undefined> => {
  for (let seed = 1; seed <= MUTANT_SEEDS; seed++) {
    if (broken(stories(seed), await tell(stories(seed), { faults })).length > 0) return seed;
    await breathe();
  }
  return undefined;
};

describe('the judge notices a redisha that', () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s', { timeout: 120_000 }, async (_, mutant) => {
    const seed = await withMutant(mutant, () => caught(mutant));
    expect(seed, 'no story gave it away').toBeDefined();
    const story = (mutant.stories ?? storyOf)(seed ?? 1);
    expect(broken(story, await tell(story)), 'the same story without the mistake').toEqual([]);
  });
});
