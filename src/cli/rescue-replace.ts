/** `rescue restore --replace-all`: the pair back at a backup, and what came since in a rescue. */
import type { RescueFile, StandIn } from '../app/ports/rescues.ts';
import type { Replacement } from '../app/rescue-replace.ts';
import { replaceAll } from '../app/rescue-replace.ts';
import type { PairNodes, Target } from '../app/rescue-target.ts';
import { assertStillMaster } from '../app/rescue-target.ts';
import { formatEndpoint } from '../core/model.ts';
import { RedishaError } from '../errors.ts';
import type { Exit } from './exits.ts';
import { plural } from './text.ts';
import type { Done, RescueCall } from './rescue-target.ts';
import { libraryNotes, record, told, withBoth, withMaster } from './rescue-target.ts';

const wordsOf = ({ keys, before, saved, finished }: Replacement, dryRun: boolean): readonly string[] => {
  if (finished) {
    return [
      'an earlier run was cut off after it had replaced the dataset; this run has only done the rest',
      `what the master had before (${plural(before, 'key')}) is in ${saved ?? ''}`,
    ];
  }
  const would = dryRun ? 'would have' : 'has';
  const old = dryRun ? 'would go to a rescue' : `is in ${saved ?? ''}`;
  return [
    `the master ${would} exactly the ${plural(keys, 'key')} of the file`,
    before === 0 ? 'it had no keys before' : `what it had before (${plural(before, 'key')}) ${old}`,
  ];
};

const namesOf = (standIns: readonly StandIn[]): readonly number[] => standIns.map(({ spare }) => spare);

const doneOf = (rescue: RescueFile, target: Target, sums: Replacement): Done => ({
  rescue,
  target,
  how: 'replace-all',
  sums: { ...sums },
});

/** Recorded as soon as clients see the new dataset, and again with the rescue of the old one. */
const replaceIn = (call: RescueCall, rescue: RescueFile, target: Target, nodes: PairNodes): Promise<Exit> =>
  withBoth(call, rescue, target, 'restore', async (opened, live, progress) => {
    const { session, options, runtime } = call;
    const replacement = await replaceAll(opened, {
      target: live,
      assertStillMaster: () => assertStillMaster(nodes, target),
      assertRoom: (bytes) => session.rescues.assertRoom(bytes),
      saveOld: (standIns) =>
        session.rescues.saveOld(live, standIns, target, 'a person put a backup in its place', runtime.signal),
      onReplaced: async (standIns) => {
        const fields = { file: rescue.file, target: formatEndpoint(target.endpoint), oldIn: namesOf(standIns) };
        session.log.warn('dataset-replaced', fields);
        await session.journal.append({ event: 'dataset-replaced', ...fields });
      },
      onSaved: (so) => record(call, doneOf(rescue, target, so)),
      dryRun: options.dryRun,
      signal: runtime.signal,
      onProgress: (done, total) => {
        progress.show('loading', done / Math.max(1, total));
      },
    });
    const notes = libraryNotes(opened.libraries, 'restored');
    return told(call, doneOf(rescue, target, replacement), [...wordsOf(replacement, options.dryRun), ...notes]);
  });

export const replace = (call: RescueCall, rescue: RescueFile): Promise<Exit> => {
  if (rescue.form !== 'dataset') {
    throw new RedishaError('REFUSED_BY_RULE', `${rescue.name} holds commands and no whole dataset`, {
      hint: 'use --replay to carry out its commands on the master, or --only-missing',
    });
  }
  return withMaster(call, (target, nodes) => replaceIn(call, rescue, target, nodes));
};
