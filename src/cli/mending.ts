/** `doctor --fix`: each change is shown, asked about on a terminal, and made; and what came of it. */
import { isatty } from 'node:tty';
import type { DoctorFacts } from '../core/doctor/facts.ts';
import { isCode, RedishaError } from '../errors.ts';
import type { DoctorOptions } from './options.ts';
import type { Mend } from './doctoring.ts';
import type { PeoplesRuntime } from './runtime.ts';
import { printable } from './text.ts';

export interface Mended extends Pick<Mend, 'ids' | 'path'> {
  /** Empty where a person has seen it with the question. */
  readonly shown: string;
  /** `not asked`: there is no terminal, and no `--yes`. */
  readonly result: 'made' | 'declined' | 'not asked' | 'refused' | 'failed';
  /** Of what was refused or failed. */
  readonly why?: string;
  /** Where what was there before is now. */
  readonly backup?: string;
}

type Answer = (mend: Mend) => Promise<boolean>;

/** Whoever gives up at a question has not agreed to this change, nor to those that follow. */
const openAsking = (runtime: PeoplesRuntime): Answer => {
  let hasGivenUp = false;
  return async ({ path, shown }) => {
    if (hasGivenUp) return false;
    process.stdout.write(`\n${plain(shown)}\n`);
    const { yes } = (await import('./questions.ts')).openQuestions(runtime.signal);
    try {
      return await yes(`Change ${path}?`);
    } catch (error) {
      if (!isCode(error, 'INTERRUPTED')) throw error;
      hasGivenUp = true;
      return false;
    }
  };
};

/** A file may hold anything. */
const plain = (text: string): string => text.split('\n').map(printable).join('\n').trimEnd();

const carriedOut = async (mend: Mend): Promise<Pick<Mended, 'result' | 'why' | 'backup'>> => {
  try {
    const backup = await mend.carryOut();
    return { result: 'made', ...(backup === undefined ? {} : { backup }) };
  } catch (error) {
    if (!(error instanceof RedishaError)) throw error;
    return { result: 'failed', why: error.message };
  }
};

/** Every change that the findings lead to, one after the other. */
export const mendAll = async (
  runtime: PeoplesRuntime,
  facts: DoctorFacts,
  { yes, json }: Pick<DoctorOptions, 'yes' | 'json'>,
): Promise<readonly Mended[]> => {
  const isAsked = !yes && !json && isatty(0) && isatty(1);
  const agrees: Answer = isAsked ? openAsking(runtime) : () => Promise.resolve(yes);
  const mended: Mended[] = [];
  for (const mend of await runtime.plannedMends(facts)) {
    const { ids, path, shown, whyNot } = mend;
    const about = { ids, path, shown: isAsked && whyNot === undefined ? '' : shown };
    if (whyNot !== undefined) mended.push({ ...about, result: 'refused', why: whyNot });
    else if (await agrees(mend)) mended.push({ ...about, ...(await carriedOut(mend)) });
    else mended.push({ ...about, result: isAsked ? 'declined' : 'not asked' });
  }
  return mended;
};

const sentence = ({ ids, path, result, why, backup }: Mended): string => {
  const what = `${path} (${ids.join(', ')})`;
  switch (result) {
    case 'made':
      return backup === undefined ? `changed: ${what}` : `changed: ${what}; what was there before: ${backup}`;
    case 'declined':
      return `not changed: ${what}`;
    case 'not asked':
      return `not changed: ${what}: type it on a terminal, or with --yes`;
    case 'refused':
    case 'failed':
      return `not changed: ${what}: ${why ?? ''}`;
  }
};

const isOfKeepalived = ({ result, backup }: Mended): boolean => result === 'made' && backup !== undefined;

export const mendedText = (mends: readonly Mended[]): string =>
  [
    ...(mends.length === 0 ? ['nothing here is mended by --fix'] : []),
    ...mends.flatMap((mend) => [plain(mend.shown), printable(sentence(mend))]).filter((line) => line !== ''),
    ...(mends.some(isOfKeepalived) ? ['next: keepalived --config-test, and then systemctl reload keepalived'] : []),
  ].join('\n');
