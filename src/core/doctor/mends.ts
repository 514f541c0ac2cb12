/**
 * Which findings `doctor --fix` mends by itself: those whose fix is mechanical, and changes nothing of what keepalived says by
 * VRRP or goes by. Each is a pure function. What it makes of a file is read again, and {@link whyNotHarmless} compares the two.
 */
import { callsOf, isOurs, takesWords } from './calls.ts';
import type { DoctorFinding } from './doctor.ts';
import { diagnoseFiles } from './doctor.ts';
import type { At, CallSaid, DoctorFacts, HostSays, KeepalivedSaid } from './facts.ts';

/** Lines in the place of one line of a file. */
export interface Edit {
  readonly id: string;
  readonly at: At;
  readonly lines: readonly string[];
}

/** A file or directory of redisha's own that is to belong to the user of the scripts. */
export type Gift = NonNullable<HostSays['unwritable'][number]['gift']>;

type LinesOf = (file: string) => readonly string[] | undefined;

/** No word with a quote, a blank, a definition, a comment or an escape in it: such a line is for a person. */
const WORD = '[\\w.:,/=@+\\[\\]-]+';
const UNQUOTED = new RegExp(`^([ \\t]*)(notify(?:_\\w+)?)[ \\t]+("?)(${WORD})\\3((?:[ \\t]+${WORD})+)[ \\t]*$`);

/** A check is another thing: with its words it may judge otherwise, and so move the address. */
const quoted = (line: string): string | undefined => {
  const [, indent = '', keyword = '', , program = '', words = ''] = UNQUOTED.exec(line) ?? [];
  if (program === '') return undefined;
  return `${indent}${keyword} "${[program, ...words.trim().split(/[ \t]+/)].join(' ')}"`;
};

const isAt = (one: At, other: At): boolean => one.file === other.file && one.line === other.line;

const quotedAt = ({ own }: DoctorFacts, { id, at }: DoctorFinding, linesOf: LinesOf): Edit | undefined => {
  if (own.keepalived === undefined || at === undefined) return undefined;
  const isMeant = callsOf(own.keepalived).some((call) => call.isUnquoted && isAt(call.at, at));
  const line = linesOf(at.file)?.[at.line - 1];
  const mended = isMeant && line !== undefined ? quoted(line) : undefined;
  return mended === undefined ? undefined : { id, at, lines: [mended] };
};

const GLOBALS = /^([ \t]*)global_defs[ \t]*\{[ \t]*$/;

/** The user that keepalived takes by itself, so that nothing changes but that it is said. */
const userSaid = ({ own, host }: DoctorFacts, { id }: DoctorFinding, linesOf: LinesOf): Edit | undefined => {
  const file = own.keepalived?.file;
  if (file === undefined || host === undefined || host.users.length === 0) return undefined;
  const found = (linesOf(file) ?? []).flatMap((line, index) => (GLOBALS.test(line) ? [{ line, index }] : []));
  const [only, ...more] = found;
  if (only === undefined || more.length > 0) return undefined;
  const user = host.users.includes('keepalived_script') ? 'keepalived_script' : 'root';
  const [, indent = ''] = GLOBALS.exec(only.line) ?? [];
  return { id, at: { file, line: only.index + 1 }, lines: [only.line, `${indent}  script_user ${user}`] };
};

type Mender = (facts: DoctorFacts, finding: DoctorFinding, linesOf: LinesOf) => Edit | undefined;

const MENDERS: ReadonlyMap<string, Mender> = new Map([
  ['unquoted', quotedAt],
  ['script-user-not-said', userSaid],
]);

/** For the documents. */
export const MENDED: readonly (readonly [id: string, does: string])[] = [
  ['unquoted', 'puts a `notify` command of redisha and its words into one pair of quotes; never a check'],
  ['script-user-not-said', 'says the user in `global_defs` that keepalived takes by itself on this host'],
  ['unwritable', 'makes a directory of redisha, or gives it from root to the user of the scripts'],
];

/** Of this host's files alone. */
export const editsFor = (facts: DoctorFacts, findings: readonly DoctorFinding[], linesOf: LinesOf): readonly Edit[] =>
  findings
    .filter(({ host }) => host === 'own')
    .flatMap((finding) => MENDERS.get(finding.id)?.(facts, finding, linesOf) ?? []);

export const giftsIn = ({ host }: DoctorFacts): readonly Gift[] => {
  const gifts = (host?.unwritable ?? []).flatMap(({ gift }) => gift ?? []);
  return [...new Map(gifts.map((gift) => [gift.home, gift])).values()];
};

export const edited = (lines: readonly string[], edits: readonly Edit[]): readonly string[] =>
  lines.flatMap((line, index) => edits.find(({ at }) => at.line === index + 1)?.lines ?? [line]);

const isPlace = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'file' in value && 'line' in value;

/** Without the places, which move with a line that is put in, and without what a mend is about. */
const compared = (conf: KeepalivedSaid): string =>
  JSON.stringify(
    { ...conf, scriptUser: undefined, instances: conf.instances.map((one) => ({ ...one, calls: [], ports: [] })) },
    (_, value: unknown) => (isPlace(value) ? true : value),
  );

/** The same command, or one that was not called and is called now, with words that it takes. */
const isSameCall = (was: CallSaid, is: CallSaid | undefined, isConfigured: boolean): boolean => {
  if (is?.keyword !== was.keyword || is.program !== was.program) return false;
  if (was.isUnquoted && !is.isUnquoted) return isOurs(is) && takesWords(is, isConfigured);
  return was.isUnquoted === is.isUnquoted && was.words.join(' ') === is.words.join(' ') && was.user === is.user;
};

/** Why a file that was mended may not take the place of the one that was read; `undefined` where nothing stands in the way. */
export const whyNotHarmless = (before: DoctorFacts, after: DoctorFacts): string | undefined => {
  const [was, is] = [before.own.keepalived, after.own.keepalived];
  if (was === undefined || is === undefined || is.problems.length > 0)
    return 'the file would not be understood any more';
  if (compared(was) !== compared(is)) return 'keepalived would read something else of it in another way too';
  const [callsBefore, callsAfter] = [callsOf(was), callsOf(is)];
  const isSame = callsBefore.every((call, nth) => isSameCall(call, callsAfter[nth], after.own.isConfigured));
  if (!isSame || callsBefore.length !== callsAfter.length) return 'keepalived would call other commands';
  const known = new Set(diagnoseFiles(before).map(({ id, says }) => `${id} ${says}`));
  const fresh = diagnoseFiles(after).find(({ id, says }) => !known.has(`${id} ${says}`));
  return fresh === undefined ? undefined : `then the doctor would find ${fresh.id}: ${fresh.says}`;
};
