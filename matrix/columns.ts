/** On what the tests are run: every server alone, pairs of two versions, every keepalived. */
import { CORE } from '../test/lib/suites/core.ts';
import { isThere, KNOWN, lastFetched } from '../test/lib/suites/programs.ts';

export interface Column {
  readonly id: string;
  readonly title: string;
  /** What vitest is called with. */
  readonly words: readonly string[];
  /** The same for the core alone. */
  readonly coreWords: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Why nothing is run, if so. */
  readonly missing: string | undefined;
}

/** The old master first: b is the newer node, so that the role moves there and back. */
const MIXED = [
  ['bullseye/redis', 'bookworm/redis'],
  ['bookworm/redis', 'trixie/redis'],
  ['bookworm/redis', 'trixie/valkey'],
  ['trixie/valkey', 'sid/valkey'],
] as const;

const titleOf = (id: string): string => lastFetched().find((found) => found.id === id)?.title ?? id;

const missingOf = (ids: readonly string[]): string | undefined => {
  const [first] = lastFetched().filter((found) => ids.includes(found.id) && !isThere(found));
  return first === undefined || isThere(first) ? undefined : first.missing;
};

const withServers = (ids: readonly string[]): Column => ({
  id: ids.join(','),
  title: ids.map(titleOf).join(' → '),
  words: ['--project', 'real', 'test/integration'],
  coreWords: ['--project', 'real', ...CORE],
  env: { REDISHA_TEST_SERVERS: ids.join(',') },
  missing: missingOf(ids),
});

const withKeepalived = (id: string): Column => ({
  id,
  title: titleOf(id),
  words: ['--project', 'e2e', '--project', id],
  coreWords: ['--project', id],
  env: { REDISHA_TEST_KEEPALIVED: id },
  missing: missingOf([id]),
});

const ids = (isWanted: (product: string) => boolean): readonly string[] =>
  KNOWN.flatMap(({ id, product }) => (isWanted(product) ? [id] : []));

export const COLUMNS: readonly Column[] = [
  ...ids((product) => product !== 'keepalived').map((id) => withServers([id])),
  ...MIXED.map(withServers),
  ...ids((product) => product === 'keepalived').map(withKeepalived),
];
