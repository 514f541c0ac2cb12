/** How a command ends: one line for people or one object for programs, and the exit code. */
import type { Outcome } from '../app/transition.ts';
import { EXIT, exitCodeOf, RedishaError } from '../errors.ts';
import { describeStep } from '../core/steps.ts';
import { escaped } from '../printable.ts';
import { hanging } from './text.ts';

/** What a command prints and exits with; only main.ts acts on it. */
export interface Exit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const line = (text: string): string => (text === '' ? '' : `${text}\n`);

export const exitWith = (code: number, stdout = '', stderr = ''): Exit => ({
  code,
  stdout: line(stdout),
  stderr: line(stderr),
});

/** What the kernel says where this process may have no more of something: no bug, and nothing that a bug report would mend. */
const SPENT: Readonly<Record<string, string>> = {
  EMFILE: 'this process may have no more open files (EMFILE)',
  ENFILE: 'this host has no more room for open files (ENFILE)',
  ENOMEM: 'this host has no memory left (ENOMEM)',
  EAGAIN: 'this user may have no more processes (EAGAIN)',
};

/** The same error, in words where it says that something of the host is used up. */
const inWords = (error: unknown): unknown => {
  const what = SPENT[(error as NodeJS.ErrnoException | undefined)?.code ?? ''];
  if (what === undefined || error instanceof RedishaError) return error;
  return new RedishaError('HOST_SPENT', what, { cause: error, hint: 'look at the limits of the service: ulimit -n' });
};

/** An error of any sort as an exit: a stack only for our own bugs, and never a secret. */
export const exitOfError = (thrown: unknown, json: boolean): Exit => {
  const error = inWords(thrown);
  const code = exitCodeOf(error);
  if (!(error instanceof RedishaError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return exitWith(EXIT.bug, '', `redisha: bug, please report it: ${stack}`);
  }
  if (json) {
    return exitWith(
      code,
      '',
      JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } }),
    );
  }
  return exitWith(
    code,
    '',
    escaped([`redisha: ${error.message}`, ...(error.hint === undefined ? [] : [`hint: ${error.hint}`])].join('\n')),
  );
};

/** Several commands that ran side by side: what all of them say, and the worst code. */
export const exitOfAll = (exits: readonly Exit[]): Exit => ({
  code: Math.max(...exits.map(({ code }) => code)),
  stdout: exits.map(({ stdout }) => stdout).join(''),
  stderr: exits.map(({ stderr }) => stderr).join(''),
});

/** `port` is said where the command is for several. */
export const exitOfOutcome = (command: string, outcome: Outcome, json: boolean, port?: number): Exit => {
  const { exitCode, result, message, hint, plan, tookMs, warnings } = outcome;
  if (json) {
    const { rule, situation } = plan ?? {};
    const told = warnings.length === 0 ? undefined : warnings;
    const text = JSON.stringify({
      command,
      port,
      result,
      exitCode,
      rule,
      situation,
      message,
      hint,
      tookMs,
      warnings: told,
    });
    return exitCode === EXIT.done ? exitWith(exitCode, text) : exitWith(exitCode, '', text);
  }
  const fired = plan === undefined ? '' : `rule ${String(plan.rule)}, `;
  const name = port === undefined ? command : `${command}:${String(port)}`;
  const notes = warnings.map((warning) => `\nnote: ${warning}`).join('');
  const text = `redisha ${name}: ${result}: ${message} (${fired}${String(tookMs)} ms)${notes}`;
  if (exitCode === EXIT.done) return exitWith(exitCode, text);
  return exitWith(exitCode, '', [text, ...(hint === undefined ? [] : [`hint: ${hint}`])].join('\n'));
};

export interface Foreseen {
  readonly situation: string;
  readonly rule: number;
  readonly name: string;
  readonly why: string;
  readonly local: string;
  readonly peer: string;
  readonly steps: Parameters<typeof describeStep>[0][];
  readonly notes: readonly string[];
}

export const exitOfDryRun = (command: string, { steps, notes, ...seen }: Foreseen, json: boolean): Exit => {
  const words = steps.map(describeStep);
  if (json) return exitWith(EXIT.done, JSON.stringify({ command, dryRun: true, ...seen, steps, words, notes }));
  return exitWith(
    EXIT.done,
    [
      `redisha ${command}: dry run, nothing is changed`,
      `local      ${seen.local}`,
      `peer       ${seen.peer}`,
      `situation  ${seen.situation}`,
      `rule       ${String(seen.rule)} (${seen.name})`,
      `why        ${seen.why}`,
      ...(words.length === 0
        ? ['steps      none']
        : words.map((text, index) => `${index === 0 ? 'steps' : '     '}      ${String(index + 1)}. ${text}`)),
      ...notes.map((note) => `note       ${note}`),
    ]
      .map((text) => hanging(text, 11))
      .join('\n'),
  );
};
