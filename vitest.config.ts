import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import { CORE } from './test/lib/suites/core.ts';
import { isThere, lastFetched } from './test/lib/suites/programs.ts';

interface Kind {
  readonly name: string;
  readonly include: readonly string[];
  readonly timeoutMs: number;
  readonly group: keyof typeof GROUPS;
  /** Run before each file. */
  readonly setup?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The kinds of test, in the order in which they run: the quick ones first, so that a plain mistake shows within a second.
 * A group is what runs side by side.
 */
const GROUPS = {
  quick: { order: 1 },
  /** All that the processors can do, for some minutes where it counts: no gap may be measured beside it. */
  histories: { order: 2 },
  /**
   * They wait most of their time, for servers or in the times of keepalived, and their deadlines are honest: so many files keep
   * two processors at work. What gives way leaves the processors to the stories of hosts, whose gaps are measured.
   */
  real: { order: 3, workersMax: 7 },
} as const;
const GIVES_WAY = 'test/lib/gives-way.ts';

const HISTORIES = 'test/sim/histories.test.ts';

const kinds: readonly Kind[] = [
  {
    name: 'pure',
    include: [
      'test/unit/**/*.test.ts',
      'test/sim/{sim,changes}.test.ts',
      'test/conformance/recorded.test.ts',
      'test/tidy.test.ts',
    ],
    timeoutMs: 30_000,
    group: 'quick',
  },
  { name: 'histories', include: [HISTORIES], timeoutMs: 30_000, group: 'histories' },
  {
    name: 'real',
    include: ['test/{integration,cli,install}/**/*.test.ts', 'test/conformance/{live,keepalived}.test.ts'],
    timeoutMs: 60_000,
    group: 'real',
    setup: GIVES_WAY,
  },
  // Not part of npm test: `npm run test:packages` makes the packages first.
  { name: 'packages', include: ['test/packages/**/*.test.ts'], timeoutMs: 120_000, group: 'real' },
  // Without the core, which runs on every keepalived.
  { name: 'e2e', include: ['test/e2e/*.test.ts'], timeoutMs: 240_000, group: 'real' },
];

/** A project that starts a server of another suite; one that cannot be had here has one test, which is skipped and says why. */
const onOther = (ids: readonly string[], variable: string, rest: Omit<Kind, 'name' | 'env'>): readonly Kind[] =>
  lastFetched()
    .filter(({ id }) => ids.includes(id))
    .map((found) => ({
      ...rest,
      name: found.id,
      ...(isThere(found)
        ? { env: { [variable]: found.id } }
        : {
            include: ['test/lib/suites/not-here.test.ts'],
            env: { REDISHA_TEST_MISSING: `${found.title}: ${found.missing}` },
          }),
    }));

/** The servers of other suites that `npm test` runs the core on; `npm run matrix` runs everything on every one. */
const CORE_SERVERS = ['bullseye/redis', 'trixie/redis', 'trixie/valkey', 'sid/valkey'];

const onServers = onOther(CORE_SERVERS, 'REDISHA_TEST_SERVERS', {
  include: CORE,
  timeoutMs: 60_000,
  group: 'real',
  setup: GIVES_WAY,
});

/** The keepaliveds that `npm test` runs the end-to-end core on; the longer stories run on this machine's own. */
const CORE_KEEPALIVEDS = ['bullseye/keepalived', 'bookworm/keepalived', 'trixie/keepalived', 'sid/keepalived'];

const onKeepaliveds = onOther(CORE_KEEPALIVEDS, 'REDISHA_TEST_KEEPALIVED', {
  include: ['test/e2e/core/*.test.ts'],
  timeoutMs: 300_000,
  group: 'real',
});

/** What would be the tail: these take one to four minutes, and are begun first. By their time, longest first. */
const LONGEST = [
  'e2e/profiles',
  'e2e/roles',
  'e2e/resident',
  'e2e/day-two',
  'e2e/core/article',
  'e2e/core/fast',
  'e2e/clients',
  'e2e/going-live',
  'e2e/witness',
  'e2e/drain',
  'e2e/article-faults',
  'e2e/late-checks',
  'e2e/article-restarts',
  'e2e/article-storm',
  'integration/killed-anywhere',
  'integration/config-accepted',
  'integration/terminated-anywhere',
  'integration/vanishing-peer',
  'integration/two-masters',
  'integration/older-replica',
  'integration/unsent-writes',
  'integration/no-master',
  'cli/usage',
  'integration/check-verdicts',
  'integration/turns',
  'integration/rolling-upgrade',
  'integration/by-choice',
  'integration/credentials',
  'integration/rescue-readers',
  'integration/left-behind',
  'integration/watch-survives',
  'integration/rescue-restore',
  'integration/rescue-diff',
  'integration/rescue-huge-values',
].map((name) => `/test/${name}.test.ts`);

type Specs = Parameters<BaseSequencer['sort']>[0];

const placeOf = ({ moduleId }: { readonly moduleId: string }): number => {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(name));
  return at < 0 ? LONGEST.length : at;
};

const sortOf = ({ moduleId, project }: Specs[number]): 'quick' | 'hosts' | 'servers' => {
  if (project.config.sequence.groupOrder !== GROUPS.real.order) return 'quick';
  return moduleId.includes('/test/e2e/') ? 'hosts' : 'servers';
};

/** Both in their own order, and each evenly among the other: a story of hosts waits nearly all the time, and a server computes. */
const spread = (one: Specs, other: Specs): Specs =>
  [one, other]
    .flatMap((specs) => specs.map((spec, at) => ({ spec, part: at / specs.length })))
    .toSorted((left, right) => left.part - right.part)
    .map(({ spec }) => spec);

/** The rest stays in vitest's own order: by the time of the last run, or by size where there was none. */
class LongestFirst extends BaseSequencer {
  override async sort(files: Specs): Promise<Specs> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is vitest's, and changes no array
    const inOrder = (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other));
    const of = (sort: string): Specs => inOrder.filter((spec) => sortOf(spec) === sort);
    return [...of('quick'), ...spread(of('hosts'), of('servers'))];
  }
}

const projects: readonly Kind[] = [...kinds, ...onServers, ...onKeepaliveds];

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: projects.map(({ name, include, timeoutMs, group, setup, env = {} }) => {
      const { order, ...workers } = GROUPS[group];
      return {
        test: {
          name,
          include: [...include],
          env,
          ...(setup === undefined ? {} : { setupFiles: [setup] }),
          environment: 'node',
          testTimeout: timeoutMs,
          hookTimeout: timeoutMs,
          teardownTimeout: 10_000,
          // From 1 on: of 0 vitest makes a last group where a project has one worker, as on two cores.
          sequence: { groupOrder: order },
          ...('workersMax' in workers ? { maxWorkers: workers.workersMax } : {}),
        },
      };
    }),
  },
});
