import { defineConfig } from 'vitest/config';

/** The kinds of test, in the order they run: the quick ones first, so that a plain mistake shows within a second. */
const kinds = [
  {
    name: 'pure',
    include: ['test/{unit,sim}/**/*.test.ts', 'test/conformance/recorded.test.ts', 'test/tidy.test.ts'],
    timeoutMs: 30_000,
  },
  // The real parts wait for each other more than they compute, but their deadlines are honest: two files at a time.
  {
    name: 'real',
    include: ['test/{integration,cli,install}/**/*.test.ts', 'test/conformance/live.test.ts'],
    timeoutMs: 60_000,
    workersMax: 2,
  },
  { name: 'e2e', include: ['test/e2e/**/*.test.ts'], timeoutMs: 240_000, workersMax: 2 },
];

export default defineConfig({
  test: {
    projects: kinds.map(({ name, include, timeoutMs, workersMax }, order) => ({
      test: {
        name,
        include,
        environment: 'node',
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        teardownTimeout: 10_000,
        // From 1 on: of 0 vitest makes a last group where a project has one worker, as on two cores.
        sequence: { groupOrder: order + 1 },
        ...(workersMax === undefined ? {} : { maxWorkers: workersMax }),
      },
    })),
  },
});
