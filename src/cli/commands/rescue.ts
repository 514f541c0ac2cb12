/** `rescue`: what redisha saved before it let something be overwritten: look at it, compare it, bring it back. */
import type { RescueFile } from '../../app/ports/rescues.ts';
import type { JournalRecord } from '../../core/history/record.ts';
import { toldOf } from '../../app/rescue-journal.ts';
import { didYouMean } from '../../core/nearest.ts';
import { EXIT, isCode, RedishaError } from '../../errors.ts';
import { entryText, timeText } from '../entry.ts';
import type { Exit } from '../exits.ts';
import { exitOfError, exitWith } from '../exits.ts';
import { flagOf, givenOf } from '../option-kinds.ts';
import { OF_ACTIONS, RESCUE_ACTIONS, type RescueOptions } from '../options.ts';
import { diff, restore } from '../rescue-data.ts';
import type { RescueCall } from '../rescue-target.ts';
import type { PeoplesRuntime, RescueSession } from '../runtime.ts';
import { formatBytes, pairs, plural, printable, table } from '../text.ts';

const usage = (message: string): RedishaError => new RedishaError('USAGE', message, { hint: 'redisha rescue --help' });

const KEYS_SHOWN = 20;
const UNKNOWN = '-';

const count = (value: number | undefined): string => (value === undefined ? UNKNOWN : String(value));

const brief = ({ sidecar, ...rescue }: RescueFile): object => ({
  ...rescue,
  sidecar: sidecar === undefined ? undefined : { ...sidecar, keys: undefined },
});

const list = async ({ session, options }: RescueCall): Promise<Exit> => {
  const { directory } = session.rescues;
  const rescues = await session.rescues.list();
  const cutShort = await session.rescues.cutShort();
  if (options.json) return exitWith(EXIT.done, JSON.stringify({ directory, rescues: rescues.map(brief), cutShort }));
  const notes = cutShort.map((name) => `note: ${name} is empty or cut short: it is not a rescue`);
  if (rescues.length === 0) return exitWith(EXIT.done, [`no rescues in ${directory}`, ...notes].join('\n'));
  const rows = rescues.map(({ when, side, form, bytes, name, sidecar, seen }) => [
    when.replace('T', ' '),
    side ?? UNKNOWN,
    form,
    formatBytes(bytes),
    count(sidecar?.commands),
    count(sidecar?.keyCount),
    sidecar?.why ?? UNKNOWN,
    seen === undefined ? 'nobody' : printable(seen.by),
    name,
  ]);
  const head = ['WHEN', 'SIDE', 'FORM', 'BYTES', 'COMMANDS', 'KEYS', 'WHY', 'SEEN BY', 'FILE'];
  return exitWith(EXIT.done, [await table(head, rows), ...notes].join('\n'));
};

const sidecarRows = ({ sidecar }: RescueFile): readonly (readonly [string, string])[] => {
  if (sidecar === undefined) return [['sidecar', 'missing or not readable; the name says what is above']];
  const { why, endpoint, server, replid, commands, keyCount, keys, everything } = sidecar;
  return [
    ['why', why],
    ['server', server === undefined ? endpoint : `${endpoint}, ${printable(server)}`],
    ['history', replid],
    ...(commands === undefined ? [] : [['commands', String(commands)] as const]),
    ...(keyCount === undefined ? [] : [['keys', String(keyCount)] as const]),
    ...keys.slice(0, KEYS_SHOWN).map((key) => ['', key] as const),
    ...(keys.length > KEYS_SHOWN ? [['', `and ${String((keyCount ?? keys.length) - KEYS_SHOWN)} more`] as const] : []),
    ...(everything === undefined ? [] : [['beware', `any key may be touched (${everything})`] as const]),
  ];
};

const journalRow = (
  name: string,
  entry: JournalRecord | undefined,
): readonly (readonly [name: string, value: string])[] =>
  entry === undefined ? [] : [[name, `${timeText(entry.at)} ${entryText(entry)}`]];

const show = async ({ session, options }: RescueCall, word: string): Promise<Exit> => {
  const rescue = await session.rescues.find(word);
  const { plan, replayed, replayedInPart } = await toldOf(session.told, rescue);
  if (options.json) return exitWith(EXIT.done, JSON.stringify({ rescue, plan, replayed, replayedInPart }));
  const { file, when, side, form, bytes, fromOffset, toOffset } = rescue;
  const rows: readonly (readonly [string, string])[] = [
    ['file', file],
    ['when', when.replace('T', ' ')],
    ...(side === undefined
      ? [['form', 'a backup: redisha did not save it'] as const]
      : ([
          ['side', side],
          [
            'form',
            form === 'suffix' ? 'suffix: the commands that only this side took' : 'dataset: all that this side had',
          ],
          [
            'offset',
            fromOffset === undefined ? String(toOffset) : `after ${String(fromOffset)}, up to ${String(toOffset)}`,
          ],
          ['journal', plan === undefined ? 'does not reach back to the plan that asked for it' : entryText(plan)],
          ['seen', rescue.seen === undefined ? 'by nobody before' : `${timeText(rescue.seen.at)} (${rescue.seen.by})`],
          ...sidecarRows(rescue),
        ] as const)),
    ['size', `${formatBytes(bytes)} (${String(bytes)} bytes)`],
    ...journalRow('replayed', replayed),
    ...journalRow('in part', replayedInPart),
  ];
  return exitWith(EXIT.done, pairs(rows));
};

const prune = async ({ session, options }: RescueCall): Promise<Exit> => {
  const { rescues, limits, log, journal } = session;
  const { removed, removedUnseen, keptUnseen } = await rescues.prune({
    dryRun: options.dryRun,
    unseenToo: options.unseen,
  });
  const kept = (await rescues.list()).length - (options.dryRun ? removed.length : 0);
  if (!options.dryRun && removed.length > 0) {
    log.info('pruned', { removed, removedUnseen });
    await journal.append({ event: 'pruned', removed, removedUnseen });
  }
  if (options.json)
    return exitWith(
      EXIT.done,
      JSON.stringify({ dryRun: options.dryRun, removed, removedUnseen, kept, keptUnseen, limits }),
    );
  const verb = options.dryRun ? 'would be removed' : 'removed';
  const summary = `${plural(removed.length, 'rescue')} ${verb}, ${String(kept)} kept (rescue_keep ${String(limits.keep)}, rescue_max_bytes ${formatBytes(limits.bytesMax)})`;
  const unseen = [
    ...(removedUnseen === 0 ? [] : [`nobody had looked at ${String(removedUnseen)} of them`]),
    ...(keptUnseen === 0
      ? []
      : [
          `${plural(keptUnseen, 'rescue')} beyond the limits kept, since nobody has looked: --unseen removes these too`,
        ]),
  ];
  return exitWith(EXIT.done, [...removed.map(printable), summary, ...unseen].join('\n'));
};

interface Action {
  readonly takesFile: boolean;
  /** Names of the options that only some actions have. */
  readonly options: readonly (keyof typeof OF_ACTIONS)[];
  readonly run: (call: RescueCall, word: string) => Promise<Exit>;
}

const SOME_ONLY = Object.keys(OF_ACTIONS) as readonly (keyof typeof OF_ACTIONS)[];

const OF_RESTORE = SOME_ONLY.filter((name) => name !== 'unseen');

const ACTIONS: Readonly<Record<(typeof RESCUE_ACTIONS)[number], Action>> = {
  list: { takesFile: false, options: [], run: list },
  show: { takesFile: true, options: [], run: show },
  diff: { takesFile: true, options: [], run: diff },
  restore: { takesFile: true, options: OF_RESTORE, run: restore },
  prune: { takesFile: false, options: ['dryRun', 'unseen'], run: prune },
};

const actionOf = (words: readonly string[], options: RescueOptions): Action => {
  const [name = '', ...files] = words;
  const known = RESCUE_ACTIONS.find((one) => one === name);
  if (known === undefined) {
    const meant = didYouMean(name, RESCUE_ACTIONS);
    throw usage(`rescue takes one of ${RESCUE_ACTIONS.join(', ')}, not "${printable(name)}"${meant}`);
  }
  const action = ACTIONS[known];
  if (files.length !== (action.takesFile ? 1 : 0)) {
    throw usage(`rescue ${name} takes ${action.takesFile ? 'FILE' : 'no further word'}`);
  }
  const wrong = givenOf(
    SOME_ONLY.filter((option) => !action.options.includes(option)),
    options,
  );
  if (wrong !== undefined) throw usage(`rescue ${name} has no ${flagOf(wrong)}`);
  return action;
};

/** Its word for the prune of a later day; a directory that is only read keeps nobody from looking. */
const markSeen = async ({ rescues, log }: RescueSession, by: string, word: string): Promise<void> => {
  try {
    const rescue = await rescues.find(word);
    // A backup is somebody else's file, and nothing prunes it.
    if (rescue.side !== undefined) await rescues.markSeen(rescue, by);
  } catch (error) {
    log.warn('look-not-noted', { rescue: word, error: String(error) });
  }
};

export const run = async (runtime: PeoplesRuntime, words: readonly string[], options: RescueOptions): Promise<Exit> => {
  const action = actionOf(words, options);
  try {
    const session = await runtime.openRescue(options);
    const [name = '', word = ''] = words;
    const exit = await action.run({ runtime, session, options }, word);
    if (action.takesFile) await markSeen(session, name, word);
    return exit;
  } catch (error) {
    if (!isCode(error, 'INTERRUPTED')) throw error;
    const exit = exitOfError(error, options.json);
    return { ...exit, code: runtime.signalExit() ?? exit.code };
  }
};
