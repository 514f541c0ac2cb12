/** `rescue diff` and `rescue restore`: a rescue beside the live master, and back in it. */
import type { Doubts, RescueFile } from '../app/ports/rescues.ts';
import type { Comparison, NamedKey } from '../app/rescue-diff.ts';
import { compare, isAllThere } from '../app/rescue-diff.ts';
import type { Attempt, Choice, Restored } from '../app/rescue-restore.ts';
import { assertAllowed, newAttempt, restore as restoreKeys } from '../app/rescue-restore.ts';
import type { Target } from '../app/rescue-target.ts';
import { formatEndpoint } from '../core/model.ts';
import { EXIT, isCode, RedishaError } from '../errors.ts';
import type { Exit } from './exits.ts';
import { exitWith } from './exits.ts';
import { keyName, plural, printable } from './text.ts';
import { replace } from './rescue-replace.ts';
import { replay } from './rescue-replay.ts';
import type { Done, RescueCall } from './rescue-target.ts';
import { libraryNotes, record, targetJson, targetText, told, withBoth, withMaster } from './rescue-target.ts';

const KEYS_SHOWN = 20;

const doubtNotes = (doubts: Doubts | undefined, reader: string): readonly string[] => {
  if (doubts === undefined) return [];
  const { skipped, skippedCount, unknown, everything, byEffect } = doubts;
  return [
    ...(byEffect === 0
      ? []
      : [`${plural(byEffect, 'key')} seen by effect alone: what INCR, HSET and the like did to a missing key`]),
    ...(skippedCount === 0
      ? []
      : [`${plural(skippedCount, 'command')} could not be tried without what was there before: ${skipped.join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`${reader} does not know ${unknown.join(', ')}: a newer one on this host would`]),
    ...(everything === undefined ? [] : [`${everything} may have touched keys that are not looked at here`]),
  ];
};

const incomparableNotes = ({ incomparable, reader, better }: Comparison): readonly string[] => {
  if (incomparable === 0) return [];
  const cure = better === undefined ? '' : `; ${better} on this host would, and its service need not run`;
  return [`note: ${reader} of this host does not read the master's value of ${plural(incomparable, 'key')}${cure}`];
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
    await withBoth(call, rescue, master, 'compare', (opened, live, progress) =>
      compare(opened, live, runtime.signal, (done, total) => {
        progress.show('comparing', done / Math.max(1, total));
      }),
    ),
  ]);
  const { reader, compared, missing, differing, equal, incomparable, expired, doubts, libraries } = found;
  const code = isAllThere(found) ? EXIT.done : EXIT.unfit;
  if (options.json) {
    const sorts = { missing: namedJson(missing), differing: namedJson(differing) };
    const text = {
      rescue: rescue.name,
      target: targetJson(target),
      reader,
      compared,
      equal,
      incomparable,
      expired,
      ...sorts,
      doubts,
      libraries,
    };
    return exitWith(code, JSON.stringify(text));
  }
  const lines = [
    `${rescue.name} against ${targetText(target)}`,
    `${plural(compared, 'key')}: ${String(missing.count)} only in the rescue, ${String(differing.count)} different, ${String(equal)} equal by now${expired === 0 ? '' : `, ${String(expired)} expired meanwhile`}`,
    ...section('only in the rescue', missing),
    ...section('different', differing),
    ...incomparableNotes(found),
    ...doubtNotes(doubts, reader).map((note) => `note: ${note}`),
    ...libraryNotes(libraries, 'compared'),
  ];
  return exitWith(code, lines.join('\n'));
};

const CHOICES = ['--only-missing', '--keys', '--overwrite', '--replace-all', '--replay'] as const;

type AnyChoice = Choice | { readonly kind: 'replay' } | { readonly kind: 'replace-all' };

const choiceOf = ({ options }: RescueCall): AnyChoice => {
  const { onlyMissing, keys, overwrite, replaceAll, replay: replays } = options;
  const said: readonly AnyChoice[] = [
    ...(onlyMissing ? [{ kind: 'only-missing' } as const] : []),
    ...(keys !== undefined ? [{ kind: 'keys', pattern: keys } as const] : []),
    ...(overwrite ? [{ kind: 'overwrite' } as const] : []),
    ...(replaceAll ? [{ kind: 'replace-all' } as const] : []),
    ...(replays ? [{ kind: 'replay' } as const] : []),
  ];
  const [choice, second] = said;
  if (choice !== undefined && second === undefined) return choice;
  throw new RedishaError('USAGE', `rescue restore takes exactly one of ${CHOICES.join(', ')}`, {
    hint: '--only-missing never changes a key that the master has; --dry-run changes nothing at all',
  });
};

const sumWords = ({ restored, replaced, kept, expired }: Restored, dryRun: boolean): string =>
  [
    `${plural(restored, 'key')} ${dryRun ? 'would be ' : ''}restored`,
    ...(replaced === 0 ? [] : [`${String(replaced)} of them replaced`]),
    `${String(kept)} kept as the master has them`,
    ...(expired === 0 ? [] : [`${String(expired)} expired meanwhile`]),
  ].join(', ');

/** @throws {RedishaError} DONE_IN_PART where the master lacks keys that it was to have */
const assertAllTaken = ({ sums: { restored, refused }, refused: keys }: Attempt, { endpoint }: Target): void => {
  if (refused === 0) return;
  const names = keys.slice(0, KEYS_SHOWN).map(({ database, key }) => printable(keyName(database, key)));
  const more = refused > names.length ? `, and ${String(refused - names.length)} more` : '';
  throw new RedishaError(
    'DONE_IN_PART',
    `${formatEndpoint(endpoint)} cannot read the values of ${plural(refused, 'key')}: ${names.join(', ')}${more}; ${plural(restored, 'key')} restored`,
    { hint: 'the others are in the master, and stay; a newer release of the same server may read these' },
  );
};

const restoreValues = async (call: RescueCall, rescue: RescueFile, choice: Choice): Promise<Exit> => {
  const { runtime, options } = call;
  assertAllowed(rescue, choice);
  return withMaster(call, async (target) => {
    const attempt = newAttempt();
    const doneOf = (doubts: Doubts | undefined): Done => ({
      rescue,
      target,
      how: choice.kind,
      sums: { ...attempt.sums, doubts },
    });
    return withBoth(call, rescue, target, 'restore', async (opened, live, progress) => {
      const onProgress = (done: number, total: number): void => {
        progress.show('restoring', done / Math.max(1, total));
      };
      const { doubts, libraries, reader } = opened;
      const how = { dryRun: options.dryRun, signal: runtime.signal, onProgress };
      try {
        await restoreKeys(opened, live, choice, attempt, how);
      } catch (error) {
        // What is in the master by now counts, for a replay would count it twice. Where it takes no value, nothing is.
        if (attempt.begun && !isCode(error, 'REFUSED_BY_RULE'))
          await record(call, doneOf(doubts), { interrupted: true });
        throw error;
      }
      await record(call, doneOf(doubts));
      assertAllTaken(attempt, target);
      const notes = [
        ...doubtNotes(doubts, reader).map((note) => `note: ${note}`),
        ...libraryNotes(libraries, 'restored'),
      ];
      return told(call, doneOf(doubts), [sumWords(attempt.sums, options.dryRun), ...notes]);
    });
  });
};

export const restore = async (call: RescueCall, word: string): Promise<Exit> => {
  const choice = choiceOf(call);
  const rescue = await call.session.rescues.find(word);
  if (choice.kind === 'replay') return replay(call, rescue);
  return choice.kind === 'replace-all' ? replace(call, rescue) : restoreValues(call, rescue, choice);
};
