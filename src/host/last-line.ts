/**
 * What is left when the resident and its guard are killed at the same moment: a few words of the shell below `/run`, which
 * keepalived itself has carried out every few seconds where its adverts can afford that.
 */
import { join } from 'node:path';
import { LAST_LINE } from '../core/blueprint.ts';
import { replaceFile } from './files.ts';
import type { Copy } from './spawn.ts';
import { commandOf } from './spawn.ts';

const MODE_PUBLIC = 0o644;

/** The resident and its guard come to each other's aid within half of this, but for one that works on something long. */
const BLIND_S = 10;

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** An empty file of looks is one that could not be written, and says nothing. */
const wordsOf = (looksFile: string, { file, argv }: Pick<ReturnType<typeof commandOf>, 'file' | 'argv'>): string => `\
{ read -r looked <${quoted(looksFile)}; } 2>/dev/null || exit 0
read -r now idle </proc/uptime || exit 0
[ $((\${now%.*} - \${looked%.*})) -gt ${String(BLIND_S)} ] || exit 0
export GUARD_FOUND=gone
setsid ${[file, ...argv].map(quoted).join(' ')} </dev/null >/dev/null 2>&1 &
exit 1
`;

/**
 * True afterwards: whoever carries out the file that stands beside `looksFile` is told by 1 that nobody has looked for ten seconds,
 * and has started the next resident. Where it cannot be written an older one stays, or none, and that says 0.
 */
export const writeLastLine = (directory: string, looksFile: string, next: Copy): void => {
  try {
    replaceFile(join(directory, LAST_LINE), wordsOf(looksFile, commandOf(next)), MODE_PUBLIC);
  } catch {
    // The guard is there all the same.
  }
};
