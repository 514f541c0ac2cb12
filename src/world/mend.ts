/** What `doctor --fix` would change on this host: planned, read again as it would be then, and carried out one by one. */
import { isDeepStrictEqual } from 'node:util';
import { matchesGlob } from 'node:path';
import type { TextFiles } from '../app/ports/text-files.ts';
import { judgeCall } from '../cli/fitting.ts';
import type { Mend } from '../cli/doctoring.ts';
import { diagnoseFiles } from '../core/doctor/doctor.ts';
import type { DoctorFacts } from '../core/doctor/facts.ts';
import type { Edit, Gift } from '../core/doctor/mends.ts';
import { edited, editsFor, giftsIn, whyNotHarmless } from '../core/doctor/mends.ts';
import { RedishaError } from '../errors.ts';
import { reasonOf } from '../host/files.ts';
import { give, whyNotGiven } from '../host/gift.ts';
import { runningConfigId } from '../host/keepalived-process.ts';
import type { Looked } from '../host/mended-file.ts';
import { backupOf, lookAtFile, replaceLooked } from '../host/mended-file.ts';
import { knowsName } from '../host/names.ts';
import { usersHere } from '../host/users.ts';
import { DISK } from '../keepalived/lines.ts';
import { readKeepalivedConf } from '../keepalived/parse.ts';
import { keepalivedSaid } from '../keepalived/said.ts';
import { diffOf } from './place-config.ts';

/** The disk as it would be: with other texts, of which some are new. */
const diskWith = (texts: ReadonlyMap<string, string>): TextFiles => ({
  stat: (path) => {
    const text = texts.get(path);
    return text === undefined ? DISK.stat(path) : { isFile: true, mode: 0o644, size: Buffer.byteLength(text) };
  },
  read: (path) => texts.get(path) ?? DISK.read(path),
  list: (pattern) => [
    ...new Set([...DISK.list(pattern), ...[...texts.keys()].filter((path) => matchesGlob(path, pattern))]),
  ],
});

/** The facts as they would be with these texts on the disk; `undefined` where keepalived.conf could not be read. */
const factsWith = (facts: DoctorFacts, texts: ReadonlyMap<string, string>): DoctorFacts | undefined => {
  const file = facts.own.keepalived?.file;
  const conf = file === undefined ? undefined : readKeepalivedConf(file, runningConfigId, diskWith(texts));
  if (conf === undefined) return undefined;
  return { ...facts, own: { ...facts.own, keepalived: keepalivedSaid(conf, judgeCall(knowsName)) } };
};

/** The file that keepalived reads must be the one that was judged. */
const isStill = (facts: DoctorFacts): boolean =>
  isDeepStrictEqual(factsWith(facts, new Map())?.own.keepalived, facts.own.keepalived);

const mendOfFile = async (
  facts: DoctorFacts,
  found: Looked | string,
  path: string,
  edits: readonly Edit[],
  stamp: string,
): Promise<Mend> => {
  const ids = [...new Set(edits.map(({ id }) => id))];
  const before = typeof found === 'string' ? '' : found.content;
  const content = edited(before.split('\n'), edits).join('\n');
  const after = factsWith(
    facts,
    new Map([
      [path, content],
      [backupOf(path, stamp), before],
    ]),
  );
  const whyNot =
    typeof found === 'string'
      ? found
      : after === undefined
        ? 'the file would not be read any more'
        : isStill(facts)
          ? whyNotHarmless(facts, after)
          : `${path} has changed since it was looked at`;
  return {
    ids,
    path,
    shown: typeof found === 'string' ? '' : await diffOf(path, before, content, 'mended'),
    whyNot,
    carryOut: () => {
      if (typeof found === 'string' || whyNot !== undefined) throw new Error(`${path} is not to be mended`);
      return replaceLooked(found, content, stamp);
    },
  };
};

const mendOfGift = (gift: Gift): Mend => {
  const user = usersHere().find(({ name }) => name === gift.user);
  const { home, isMissing, what } = gift;
  return {
    ids: ['unwritable'],
    path: home,
    shown: isMissing
      ? `make the ${what} ${home}, which belongs to ${gift.user}\n`
      : `give ${home}, and what root has there, to ${gift.user}\n`,
    whyNot: whyNotGiven(gift, user),
    carryOut: () => {
      try {
        if (user !== undefined) give(gift, user);
        return Promise.resolve(undefined);
      } catch (error) {
        throw new RedishaError('HOST_FILE', `cannot give ${home} to ${gift.user}: ${reasonOf(error)}`, {
          hint: `ls -ld ${home}`,
          cause: error,
        });
      }
    },
  };
};

/** `2026-08-13T10:15:00.000Z` as `20260813T101500Z`. */
const stampNow = (): string => `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

const linesOf = (path: string): readonly string[] | undefined => {
  try {
    return DISK.read(path).split('\n');
  } catch {
    return undefined;
  }
};

export const plannedMends = async (facts: DoctorFacts): Promise<readonly Mend[]> => {
  const stamp = stampNow();
  const looked = new Map<string, Looked | string>();
  const look = (path: string): Looked | string => {
    const found = looked.get(path) ?? lookAtFile(path);
    looked.set(path, found);
    return found;
  };
  const edits = editsFor(facts, diagnoseFiles(facts), linesOf);
  const byFile = Map.groupBy(edits, ({ at }) => at.file);
  const ofFiles = [...byFile].map(([path, own]) => mendOfFile(facts, look(path), path, own, stamp));
  return [...(await Promise.all(ofFiles)), ...giftsIn(facts).map(mendOfGift)];
};
