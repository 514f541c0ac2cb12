import { defineConfig } from 'vitest/config';
import { CORE } from './test/lib/suites/core.ts';
import { isThere, lastFetched } from './test/lib/suites/programs.ts';

const REAL_AT_ONCE = 4;

/** The kinds of test, in the order they run: the quick ones first, so that a plain mistake shows within a second. */
const kinds = [
  {
    name: 'pure',
    include: ['test/{unit,sim}/**/*.test.ts', 'test/conformance/recorded.test.ts', 'test/tidy.test.ts'],
    timeoutMs: 30_000,
  },
  // The real parts wait for each other more than they compute, but their deadlines are honest: so many files at a time.
  {
    name: 'real',
    include: ['test/{integration,cli,install}/**/*.test.ts', 'test/conformance/live.test.ts'],
    timeoutMs: 60_000,
    workersMax: REAL_AT_ONCE,
  },
  // Without the core, which runs on every keepalived.
  { name: 'e2e', include: ['test/e2e/*.test.ts'], timeoutMs: 240_000, workersMax: 2 },
];

/** The servers of other suites that `npm test` runs the core on; `npm run matrix` runs everything on every one. */
const CORE_SERVERS = ['bullseye/redis', 'trixie/redis', 'trixie/valkey', 'sid/valkey'];

/** A server that cannot be had here has one test, which is skipped and says why. */
const onServers = lastFetched()
  .filter(({ id }) => CORE_SERVERS.includes(id))
  .map((found) => ({
    name: found.id,
    include: isThere(found) ? [...CORE] : ['test/lib/suites/not-here.test.ts'],
    timeoutMs: 60_000,
    workersMax: REAL_AT_ONCE,
    group: kinds.length + 1,
    env: isThere(found)
      ? { REDISHA_TEST_SERVERS: found.id }
      : { REDISHA_TEST_MISSING: `${found.title}: ${found.missing}` },
  }));

/** The keepaliveds that `npm test` runs the end-to-end core on; the longer stories run on this machine's own. */
const CORE_KEEPALIVEDS = ['bullseye/keepalived', 'bookworm/keepalived', 'trixie/keepalived', 'sid/keepalived'];

/** One story lives in the times of keepalived and uses a tenth of a processor: all of these side by side, three at a time. */
const onKeepaliveds = lastFetched()
  .filter(({ id }) => CORE_KEEPALIVEDS.includes(id))
  .map((found) => ({
    name: found.id,
    include: isThere(found) ? ['test/e2e/core/*.test.ts'] : ['test/lib/suites/not-here.test.ts'],
    timeoutMs: 300_000,
    workersMax: 3,
    group: kinds.length + 2,
    env: isThere(found)
      ? { REDISHA_TEST_KEEPALIVED: found.id }
      : { REDISHA_TEST_MISSING: `${found.title}: ${found.missing}` },
  }));

interface Kind {
  readonly name: string;
  readonly include: string[];
  readonly timeoutMs: number;
  readonly workersMax?: number;
  /** Those with the same number run together; by default each by itself, in this order. */
  readonly group?: number;
  readonly env?: Record<string, string>;
}

const projects: readonly Kind[] = [...kinds, ...onServers, ...onKeepaliveds];

export default defineConfig({
  test: {
    projects: projects.map(({ name, include, timeoutMs, workersMax, group, env = {} }, order) => ({
      test: {
        name,
        include,
        env,
        environment: 'node',
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        teardownTimeout: 10_000,
        // From 1 on: of 0 vitest makes a last group where a project has one worker, as on two cores.
        sequence: { groupOrder: group ?? order + 1 },
        ...(workersMax === undefined ? {} : { maxWorkers: workersMax }),
      },
    })),
  },
});
