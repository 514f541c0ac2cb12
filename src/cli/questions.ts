/** Questions to the person at the terminal. Loaded with the first one, for the package that draws them is not small. */
import { confirm, isCancel, select, text } from '@clack/prompts';
import { RedishaError } from '../errors.ts';
import { WentBack } from './went-back.ts';

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

const BACK = '<';
const BACK_CHOICE = { value: BACK, label: 'back to the question before' };

/** Said before the first question. */
export const HOW_TO_GO_BACK = `"${BACK}" goes back to the question before; Ctrl-C gives up, and changes nothing`;

export interface Questions {
  /** Both throw {@link WentBack}. An empty answer is `found`. It is asked again until `problem` has nothing to say. */
  readonly text: (message: string, found: string, problem: (answer: string) => string | undefined) => Promise<string>;
  /** The first is chosen where the person only agrees. */
  readonly choice: <T extends string>(message: string, choices: readonly Choice<T>[]) => Promise<T>;
  /** No is what the person only agrees to. */
  readonly yes: (message: string) => Promise<boolean>;
}

const answered = <T>(answer: T): Exclude<T, symbol> => {
  if (isCancel(answer)) throw new RedishaError('INTERRUPTED', 'given up, and nothing is changed');
  return answer as Exclude<T, symbol>;
};

/** Each question throws INTERRUPTED where the person gives up (Ctrl-C, Escape) or `signal` comes. */
export const openQuestions = (signal: AbortSignal): Questions => ({
  text: async (message, found, problem) => {
    const answer = answered(
      await text({
        message,
        placeholder: found,
        defaultValue: found,
        validate: (typed = '') => (typed.trim() === BACK ? undefined : problem((typed || found).trim())),
        signal,
      }),
    ).trim();
    if (answer === BACK) throw new WentBack();
    return answer;
  },
  choice: async (message, choices) => {
    const answer = answered(await select<string>({ message, options: [...choices, BACK_CHOICE], signal }));
    if (answer === BACK) throw new WentBack();
    return answer as (typeof choices)[number]['value'];
  },
  yes: async (message) => answered(await confirm({ message, initialValue: false, signal })),
});
