/** `config`: the files of a pair, generated; and `config show`: every option and where it comes from. */
import { isatty } from 'node:tty';
import { didYouMean } from '../../core/nearest.ts';
import { EXIT, isCode } from '../../errors.ts';
import { commandsFor } from '../config-commands.ts';
import type { Exit } from '../exits.ts';
import { exitOfError, exitWith } from '../exits.ts';
import { interview } from '../interview.ts';
import { flagOf, givenOf } from '../option-kinds.ts';
import { type ConfigOptions, PAIR, type PairOptions, SHOW } from '../options.ts';
import { commandLineOf, configUsage, parsePairRequest } from '../pair-request.ts';
import type { Questions } from '../questions.ts';
import type { GeneratedFile, PlacedFile, PeoplesRuntime, ShownSettings } from '../runtime.ts';
import { plural } from '../text.ts';

const show = ({ options, warnings }: ShownSettings, json: boolean): Exit => {
  if (json) return exitWith(EXIT.done, JSON.stringify({ options: Object.fromEntries(options), warnings }));
  const rows = options.map(([key, { value, from }]) => [key, value ?? '(not set)', from] as const);
  const widths = ([0, 1] as const).map((column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map(([key, value, from]) =>
    [key.padEnd(widths[0] ?? 0), value.padEnd(widths[1] ?? 0), from].join('  '),
  );
  return exitWith(EXIT.done, lines.join('\n'), warnings.map((warning) => `warning: ${warning}`).join('\n'));
};

const notesOf = (notes: readonly string[]): string => notes.map((note) => `note: ${note}`).join('\n');

/** A comment in each of the three languages. */
const separator = ({ node, address, place }: GeneratedFile): string =>
  `# ===== node ${String(node)} (${address}): ${place} =====`;

const printed = (files: readonly GeneratedFile[], notes: readonly string[], json: boolean): Exit =>
  json
    ? exitWith(EXIT.done, JSON.stringify({ files, notes }))
    : exitWith(
        EXIT.done,
        files.map((file) => `${separator(file)}\n${file.content.trimEnd()}`).join('\n\n'),
        notesOf(notes),
      );

/** Somebody reads what is printed and can answer. */
const isTerminal = (): boolean => isatty(0) && isatty(1);

const openQuestions = async ({ signal }: PeoplesRuntime): Promise<Questions> =>
  (await import('../questions.ts')).openQuestions(signal);

const askedFor = async (runtime: PeoplesRuntime, given: ConfigOptions): Promise<PairOptions> => {
  const { HOW_TO_GO_BACK } = await import('../questions.ts');
  const [questions, facts] = [await openQuestions(runtime), await runtime.hostFacts()];
  runtime.tell(HOW_TO_GO_BACK);
  return interview(questions, facts, given);
};

const differing = (files: readonly PlacedFile[]): number => files.filter(({ result }) => result === 'differs').length;

const linesOf = (files: readonly PlacedFile[]): string =>
  files
    .flatMap(({ address, place, path, result, diff }) => [
      ...(diff === undefined ? [] : [diff.trimEnd()]),
      `${result}: ${path} (for ${place} on ${address})`,
    ])
    .join('\n');

/** `commands` are said where the files are as they were generated. */
const placed = (
  files: readonly PlacedFile[],
  commands: readonly string[],
  notes: readonly string[],
  json: boolean,
): Exit => {
  const kept = differing(files);
  const code = kept === 0 ? EXIT.done : EXIT.refused;
  if (json) {
    const text = JSON.stringify({ files, notes });
    return code === EXIT.done ? exitWith(code, text) : exitWith(code, '', text);
  }
  const refusal =
    kept === 0
      ? []
      : [`redisha: ${String(kept)} of the files differ from what is there, so none is written`, 'hint: --force'];
  const lines = [linesOf(files), ...(kept === 0 ? commands : [])].join('\n');
  return exitWith(code, lines, [notesOf(notes), ...refusal].filter((text) => text !== '').join('\n'));
};

/** The differences are shown before anything is replaced, and it is replaced where the person says so. */
const replaced = async (
  runtime: PeoplesRuntime,
  files: readonly PlacedFile[],
  place: () => Promise<readonly PlacedFile[]>,
): Promise<readonly PlacedFile[]> => {
  runtime.tell(linesOf(files));
  const { yes } = await openQuestions(runtime);
  const isWanted = await yes(`Replace what differs (${plural(differing(files), 'file')})?`);
  const found = isWanted ? await place() : files;
  return found.map((file) => ({ ...file, diff: undefined }));
};

const generate = async (runtime: PeoplesRuntime, given: ConfigOptions): Promise<Exit> => {
  const { json } = given;
  const asks = !json && isTerminal();
  const isAsked = asks && (given.vip === undefined || given.nodes === undefined);
  const asked = isAsked ? await askedFor(runtime, given) : given;
  const request = parsePairRequest(asked);
  if (asked.out === '') throw configUsage('--out needs the name of a directory, not ""');
  const generated = await runtime.generateConfig(request);
  const { files, notes: found } = generated;
  const notes = isAsked ? [...found, `the same without questions:\n  ${commandLineOf(asked)}`] : found;
  const { out, force = false } = asked;
  if (out === undefined) {
    if (force) throw configUsage('--force overwrites files, and without --out none is written');
    return printed(files, notes, json);
  }
  const compared = await runtime.placeConfig(files, out, force);
  const result =
    asks && differing(compared) > 0
      ? await replaced(runtime, compared, () => runtime.placeConfig(files, out, true))
      : compared;
  const leftovers = await runtime.leftoversIn(files, out);
  return placed(
    result,
    commandsFor(generated, out),
    [...notes, ...leftovers.map((path) => `not of this pair: ${path}`)],
    json,
  );
};

/** Whoever gives up has changed nothing. */
const generateUnlessGivenUp = async (runtime: PeoplesRuntime, options: ConfigOptions): Promise<Exit> => {
  try {
    return await generate(runtime, options);
  } catch (error) {
    if (!isCode(error, 'INTERRUPTED')) throw error;
    return { ...exitOfError(error, options.json), code: runtime.signalExit() ?? EXIT.interrupted };
  }
};

/** What redisha reads on this host says nothing of the files of a pair; whoever typed it thinks that it does. */
const assertGenerating = (options: ConfigOptions): void => {
  const stray = givenOf(Object.keys(SHOW), options);
  if (stray === undefined) return;
  throw configUsage(
    `config takes no ${flagOf(stray)}: the files come of --vip, --nodes, --port and the like; ${flagOf(stray)} is for "config show" and "config check"`,
  );
};

export const run = async (
  runtime: PeoplesRuntime,
  [word]: readonly string[],
  options: ConfigOptions,
): Promise<Exit> => {
  if (word === undefined) {
    assertGenerating(options);
    if (options.takePassword) throw configUsage('--take-password is for config check');
    return generateUnlessGivenUp(runtime, options);
  }
  if (word !== 'show' && word !== 'check')
    throw configUsage(`config takes the word check, show or none, not "${word}"${didYouMean(word, ['show', 'check'])}`);
  const stray = givenOf(Object.keys(PAIR), options);
  if (stray !== undefined) throw configUsage(`config ${word} takes no ${flagOf(stray)}`);
  const common = { ...options, verbose: false };
  if (word === 'check')
    return (await import('../config-check.ts')).runConfigCheck(runtime, common, options.takePassword);
  if (options.takePassword) throw configUsage('--take-password is for config check');
  return show(await runtime.showSettings(common), options.json);
};
