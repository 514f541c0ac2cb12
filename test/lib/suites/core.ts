/** What every server has to be shown on; the rest of the integration tests are about redisha more than about the server. */
export const CORE: readonly string[] = [
  'closed-address',
  'credentials',
  'hand-over',
  'watch',
  'watch-tls',
  'rescue-again',
  'rescue-diff',
  'rescue-new-types',
  'rescue-restore',
  'restarted-master',
  'rescue-dataset',
  'rescue-replay',
  'rescue-suffix',
  'streamed-commands',
  'two-masters',
  'unsent-writes',
].map((name) => `test/integration/${name}.test.ts`);
