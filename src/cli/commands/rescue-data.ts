/** `rescue diff` and `rescue restore`: a rescue beside the live master, and back in it. */
import type { Doubts, OpenedRescue, RescueFile, TargetKeys } from '../../app/ports/rescues.ts';
import type { Comparison, NamedKey } from '../../app/rescue-diff.ts';
import { compare } from '../../app/rescue-diff.ts';
import { toldOf } from '../../app/rescue-journal.ts';
import type { Choice, Restored } from '../../app/rescue-restore.ts';
import { assertAllowed, restore as restoreKeys } from '../../app/rescue-restore.ts';
import type { PairNodes, Target } from '../../app/rescue-target.ts';
import { assertStillMaster, findMaster } from '../../app/rescue-target.ts';
import { formatEndpoint } from '../../core/model.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { openProgress, type Progress } from '../progress.ts';
import { keyName, plural, printable } from '../text.ts';
import { timeText } from './history.ts';
import type { RescueCall } from './rescue.ts';

const KEYS_SHOWN = 20;

const targetText = ({ side, endpoint }: Target): string => `the master ${formatEndpoint(endpoint)} (${side})`;

const targetJson = ({ side, endpoint }: Target): object => ({ side, endpoint });

/** What `use` comes to with the pair's master found; the connections to both nodes are closed afterwards. */
const withMaster = async <T>(
  { session }: RescueCall,
  use: (target: Target, nodes: PairNodes) => Promise<T>,
): Promise<T> => {
  const nodes = session.openNodes();
  try {
    return await use(await findMaster(nodes), nodes);
  } finally {
    nodes.local.close();
    nodes.peer?.close();
  }
};

/** What `use` comes to with the rescue opened and a connection to the master's keys. */
const withBoth = async <T>(
  { runtime, session }: RescueCall,
  rescue: RescueFile,
  target: Target,
  use: (opened: OpenedRescue, live: TargetKeys, progress: Progress) => Promise<T>,
): Promise<T> => {
  const progress = openProgress();
  const loading = (part: number): void => {
    progress.show('reading the rescue', part);
  };
  try {
    return await session.rescues.withOpened(rescue, runtime.signal, loading, async (opened) => {
      const live = await session.rescues.openTarget(target.endpoint, runtime.signal);
      try {
        return await use(opened, live, progress);
      } finally {
        live.close();
      }
    });
  } finally {
    progress.end();
  }
};

const doubtNotes = (doubts: Doubts | undefined): readonly string[] => {
  if (doubts === undefined) return [];
  const { skipped, skippedCount, everything, byEffect } = doubts;
  return [
    ...(byEffect === 0
      ? []
      : [`${plural(byEffect, 'key')} seen by effect alone: what INCR, HSET and the like did to a missing key`]),
    ...(skippedCount === 0
      ? []
      : [`${plural(skippedCount, 'command')} could not be tried without what was there before: ${skipped.join(', ')}`]),
    ...(everything === undefined ? [] : [`${everything} may have touched keys that are not looked at here`]),
  ];
};

const keyLine = ({ database, key, what, byEffect }: NamedKey): string =>
  `  ${printable(keyName(database, key))}${what === undefined ? '' : `  ${what}`}${byEffect ? '  (by effect alone)' : ''}`;

const section = (title: string, { count, named }: Comparison['missing']): readonly string[] => {
  if (count === 0) return [];
  const more = count - Math.min(KEYS_SHOWN, named.length);
  return [`${title}:`, ...named.slice(0, KEYS_SHOWN).map(keyLine), ...(more > 0 ? [`  and ${String(more)} more`] : [])];
};

const namedJson = ({ count, named }: Comparison['missing']): object => ({
  count,
  keys: named.map(({ database, key, what, byEffect }) => ({ key: keyName(database, key), what, byEffect })),
});

/** Exits 0 where the master has all that the rescue has, and 1 where it has not, as diff(1) does. */
export const diff = async (call: RescueCall, word: string): Promise<Exit> => {
  const { session, options, runtime } = call;
  const rescue = await session.rescues.find(word);
  const [target, found] = await withMaster(call, async (master) => [
    master,
    await withBoth(call, rescue, master, (opened, live, progress) =>
      compare(opened, live, runtime.signal, (done, total) => {
        progress.show('comparing', done / Math.max(1, total));
      }),
    ),
  ]);
  const { compared, missing, differing, equal, expired, doubts } = found;
  const code = missing.count + differing.count === 0 ? EXIT.done : EXIT.unfit;
  if (options.json) {
    const sorts = { missing: namedJson(missing), differing: namedJson(differing) };
    const text = { rescue: rescue.name, target: targetJson(target), compared, equal, expired, ...sorts, doubts };
    return exitWith(code, JSON.stringify(text));
  }
  const lines = [
    `${rescue.name} against ${targetText(target)}`,
    `${plural(compared, 'key')}: ${String(missing.count)} only in the rescue, ${String(differing.count)} different, ${String(equal)} equal by now${expired === 0 ? '' : `, ${String(expired)} expired meanwhile`}`,
    ...section('only in the rescue', missing),
    ...section('different', differing),
    ...doubtNotes(doubts).map((note) => `note: ${note}`),
  ];
  return exitWith(code, lines.join('\n'));
};

const CHOICES = ['--only-missing', '--keys', '--overwrite', '--replay'] as const;

const choiceOf = ({ raw }: RescueCall): Choice | { readonly kind: 'replay' } => {
  const { keys } = raw;
  const said: readonly (Choice | { readonly kind: 'replay' })[] = [
    ...(raw['onlyMissing'] === true ? [{ kind: 'only-missing' } as const] : []),
    ...(typeof keys === 'string' ? [{ kind: 'keys', pattern: keys } as const] : []),
    ...(raw['overwrite'] === true ? [{ kind: 'overwrite' } as const] : []),
    ...(raw['replay'] === true ? [{ kind: 'replay' } as const] : []),
  ];
  const [choice, second] = said;
  if (choice !== undefined && second === undefined) return choice;
  throw new RedishaError('USAGE', `rescue restore takes exactly one of ${CHOICES.join(', ')}`, {
    hint: '--only-missing never changes a key that the master has; --dry-run changes nothing at all',
  });
};

interface Done {
  readonly rescue: RescueFile;
  readonly target: Target;
  readonly how: string;
  readonly sums: Readonly<Record<string, unknown>>;
}

/** Recorded before it is said: what a person changed must be in the journal. */
const record = async ({ session, options }: RescueCall, { rescue, target, how, sums }: Done): Promise<void> => {
  if (options.dryRun) return;
  const fields = { file: rescue.file, how, target: formatEndpoint(target.endpoint), ...sums };
  session.log.warn('restored', fields);
  await session.journal.append({ event: 'restored', ...fields });
};

const told = ({ options }: RescueCall, { rescue, target, how, sums }: Done, words: readonly string[]): Exit => {
  const { dryRun } = options;
  if (options.json) {
    return exitWith(
      EXIT.done,
      JSON.stringify({ rescue: rescue.name, target: targetJson(target), how, dryRun, ...sums }),
    );
  }
  const head = dryRun ? 'dry run, nothing is changed' : 'done';
  return exitWith(EXIT.done, [`${rescue.name} into ${targetText(target)}: ${head}`, ...words].join('\n'));
};

const sumWords = ({ restored, replaced, kept, expired }: Restored, dryRun: boolean): string =>
  [
    `${plural(restored, 'key')} ${dryRun ? 'would be ' : ''}restored`,
    ...(replaced === 0 ? [] : [`${String(replaced)} of them replaced`]),
    `${String(kept)} kept as the master has them`,
    ...(expired === 0 ? [] : [`${String(expired)} expired meanwhile`]),
  ].join(', ');

const restoreValues = async (call: RescueCall, rescue: RescueFile, choice: Choice): Promise<Exit> => {
  const { runtime, options } = call;
  assertAllowed(rescue, choice);
  return withMaster(call, async (target) => {
    const [sums, doubts] = await withBoth(call, rescue, target, async (opened, live, progress) => {
      const onProgress = (done: number, total: number): void => {
        progress.show('restoring', done / Math.max(1, total));
      };
      const how = { dryRun: options.dryRun, signal: runtime.signal, onProgress };
      return [await restoreKeys(opened, live, choice, how), opened.doubts] as const;
    });
    const done: Done = { rescue, target, how: choice.kind, sums: { ...sums, doubts } };
    await record(call, done);
    return told(call, done, [sumWords(sums, options.dryRun), ...doubtNotes(doubts).map((note) => `note: ${note}`)]);
  });
};

/** Carries out the commands of a suffix on the master, exactly once however often it is begun. */
const replay = async (call: RescueCall, rescue: RescueFile): Promise<Exit> => {
  const { session, options } = call;
  const { name, form, sidecar } = rescue;
  if (form === 'dataset') {
    throw new RedishaError('REFUSED_BY_RULE', `${name} is a dataset: it holds no commands that could be replayed`, {
      hint: 'use --only-missing, --keys or --overwrite',
    });
  }
  const { replayed, restoredByEffect } = await toldOf(session.told, rescue);
  if (replayed === undefined && restoredByEffect !== undefined) {
    throw new RedishaError(
      'REFUSED_BY_RULE',
      `keys of ${name} were restored on ${timeText(restoredByEffect.at)}: an INCR among its commands would count twice`,
      { hint: 'delete those keys and use redis-cli --pipe, or leave it at what was restored' },
    );
  }
  return withMaster(call, async (target, nodes) => {
    const sums = { commands: sidecar?.commands, keys: sidecar?.keyCount, replayedBefore: replayed?.at };
    const done: Done = { rescue, target, how: 'replay', sums };
    if (replayed !== undefined) {
      return told(call, done, [`nothing to do: its commands were carried out on ${timeText(replayed.at)}`]);
    }
    if (!options.dryRun) {
      await session.replay(rescue.file, target.endpoint, () => assertStillMaster(nodes, target));
      await record(call, done);
    }
    const what = sidecar?.commands === undefined ? 'its commands' : plural(sidecar.commands, 'command');
    return told(call, done, [`${what} ${options.dryRun ? 'would be ' : ''}carried out, in one transaction`]);
  });
};

export const restore = async (call: RescueCall, word: string): Promise<Exit> => {
  const choice = choiceOf(call);
  const rescue = await call.session.rescues.find(word);
  return choice.kind === 'replay' ? replay(call, rescue) : restoreValues(call, rescue, choice);
};
