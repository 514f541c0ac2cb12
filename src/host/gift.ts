/** What is redisha's own, made or given to the user that keepalived runs redisha as. For root alone. */
import { closeSync, fchownSync, lchownSync, lstatSync, openSync, readdirSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Gift } from '../core/doctor/mends.ts';
import { ensureDirectory, MODE, reasonOf } from './files.ts';
import type { User } from './users.ts';

const ENTRIES_MAX = 10_000;

interface Entry {
  readonly path: string;
  readonly stats: Stats;
}

/** What is at `path` and below it. No link is followed. Throws where that is too much, or cannot be read. */
const entriesAt = (path: string): readonly Entry[] => {
  const found: Entry[] = [];
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const stats = lstatSync(next);
    found.push({ path: next, stats });
    if (found.length > ENTRIES_MAX) throw new Error(`there are more than ${String(ENTRIES_MAX)} files in ${path}`);
    if (stats.isDirectory()) for (const name of readdirSync(next)) waiting.push(join(next, name));
  }
  return found;
};

/** Where others than root may put a link, a path does not lead for long to what was looked at. */
const whyNotEntry = ({ path, stats }: Entry, { uid, name }: User): string | undefined => {
  if (stats.isDirectory() && (stats.uid !== 0 || (stats.mode & 0o022) !== 0))
    return `others than root may write to ${path} already: what lies there is for a person to look at`;
  if (stats.uid !== 0 && stats.uid !== uid)
    return `${path} belongs neither to root nor to ${name} (${String(stats.uid)})`;
  return stats.isFile() && stats.nlink > 1 ? `${path} has a second name somewhere else` : undefined;
};

/** In words why that is not done; `undefined` where nothing stands in the way. Never throws. */
export const whyNotGiven = ({ home, isMissing }: Gift, user: User | undefined): string | undefined => {
  if (process.geteuid?.() !== 0) return 'only root can give a file to another user';
  if (user === undefined) return 'this host does not know that user';
  try {
    if (!isMissing)
      return entriesAt(home)
        .map((entry) => whyNotEntry(entry, user))
        .find((why) => why !== undefined);
    const above = lstatSync(dirname(home));
    return above.isDirectory() && above.uid === 0 ? undefined : `${dirname(home)} is no directory of root's`;
  } catch (error) {
    return `${home}: ${reasonOf(error)}`;
  }
};

/** True afterwards: it is there, and belongs to the user. Throws the error of the system. */
export const give = ({ home, isMissing, what }: Gift, { uid, gids: [gid] }: User): void => {
  if (isMissing && what === 'file') {
    const fd = openSync(home, 'wx', MODE.file);
    fchownSync(fd, uid, gid);
    closeSync(fd);
    return;
  }
  if (isMissing) ensureDirectory(home, MODE.directory);
  // What is deepest comes first: until then nobody else can have put a link above it.
  for (const { path, stats } of entriesAt(home).toReversed())
    if (stats.uid === 0 && !stats.isSymbolicLink()) lchownSync(path, uid, gid);
};
