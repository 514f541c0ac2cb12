import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import { CORE } from './test/lib/suites/core.ts';
import { isThere, lastFetched } from './test/lib/suites/programs.ts';

interface Kind {
  readonly name: string;
  readonly include: readonly string[];
  readonly timeoutMs: number;
  readonly group: keyof typeof GROUPS;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The kinds of test, in the order in which they run: the quick ones first, so that a plain mistake shows within a second.
 * A group is what runs side by side.
 */
const GROUPS = {
  quick: { order: 1 },
  /** They wait for servers most of their time, and their deadlines are honest: so many files keep two processors at work. */
  servers: { order: 2, workersMax: 6 },
  /** One story lives in the times of keepalived, and uses a tenth of a processor. */
  hosts: { order: 3, workersMax: 4 },
} as const;

const kinds: readonly Kind[] = [
  {
    name: 'pure',
    include: ['test/{unit,sim}/**/*.test.ts', 'test/conformance/recorded.test.ts', 'test/tidy.test.ts'],
    timeoutMs: 30_000,
    group: 'quick',
  },
  {
    name: 'real',
    include: ['test/{integration,cli,install}/**/*.test.ts', 'test/conformance/{live,keepalived}.test.ts'],
    timeoutMs: 60_000,
    group: 'servers',
  },
  // Without the core, which runs on every keepalived.
  { name: 'e2e', include: ['test/e2e/*.test.ts'], timeoutMs: 240_000, group: 'hosts' },
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
  group: 'servers',
});

/** The keepaliveds that `npm test` runs the end-to-end core on; the longer stories run on this machine's own. */
const CORE_KEEPALIVEDS = ['bullseye/keepalived', 'bookworm/keepalived', 'trixie/keepalived', 'sid/keepalived'];

const onKeepaliveds = onOther(CORE_KEEPALIVEDS, 'REDISHA_TEST_KEEPALIVED', {
  include: ['test/e2e/core/*.test.ts'],
  timeoutMs: 300_000,
  group: 'hosts',
});

/** Of each group, what would be its tail: these take one to three minutes, and are begun first. By their time, longest first. */
const LONGEST = [
  'e2e/roles',
  'e2e/core/article',
  'e2e/core/fast',
  'e2e/profiles',
  'integration/killed-anywhere',
  'integration/two-masters',
  'integration/config-accepted',
  'integration/credentials',
  'integration/unsent-writes',
  'integration/rolling-upgrade',
  'integration/older-replica',
  'integration/rescue-restore',
  'integration/by-choice',
  'integration/rescue-diff',
  'integration/check-verdicts',
  'integration/salvage-huge-values',
].map((name) => `/test/${name}.test.ts`);

const placeOf = ({ moduleId }: { readonly moduleId: string }): number => {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(name));
  return at < 0 ? LONGEST.length : at;
};

/** The rest stays in vitest's own order: by the time of the last run, or by size where there was none. */
class LongestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer['sort']>[0]): ReturnType<BaseSequencer['sort']> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is vitest's, and changes no array
    const inOrder = await super.sort(files);
    return inOrder.toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

const projects: readonly Kind[] = [...kinds, ...onServers, ...onKeepaliveds];

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: projects.map(({ name, include, timeoutMs, group, env = {} }) => {
      const { order, ...workers } = GROUPS[group];
      return {
        test: {
          name,
          include: [...include],
          env,
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
