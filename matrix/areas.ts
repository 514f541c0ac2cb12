/** What the tests on a server are about: the rows of the table. Every file of test/integration is in one of them. */
import { basename } from 'node:path';

export interface Area {
  readonly title: string;
  /** Names of test files, without their ending. */
  readonly files: readonly string[];
}

const named = (title: string, files: string): Area => ({ title, files: files.split(' ') });

export const AREAS: readonly Area[] = [
  named('hand-over', 'hand-over fence turns'),
  named(
    'takeover; a server that is silent, locked or blocked',
    'silent-peer silent-local no-master vanishing-peer server-troubles',
  ),
  named(
    'two masters: merge, rescue',
    'two-masters merged-before deletions rescue-replay replayed-later streamed-commands',
  ),
  named('rescue of writes', 'rescue-suffix'),
  named('rescue of a whole dataset', 'rescue-dataset rescue-room-and-tls rescue-huge-values'),
  named('rescue: list, diff, restore', 'rescue-diff rescue-restore rescue-private'),
  named('restarted empty or stale', 'restarted-master unsent-writes'),
  named('what a killed command leaves', 'killed-anywhere terminated-anywhere left-behind'),
  named('check, the resident', 'check-verdicts check-deadline read-check watch watch-events watch-survives watch-tls'),
  named('credentials, TLS, names', 'credentials reachability'),
];

/** Of files that no row names: they are about redisha more than about the server. */
const REST = 'everything else';

export const TITLES: readonly string[] = [...AREAS.map(({ title }) => title), REST];

export const areaOf = (file: string): string => {
  const name = basename(file).replace(/\.test\.ts$/, '');
  return AREAS.find(({ files }) => files.includes(name))?.title ?? REST;
};
