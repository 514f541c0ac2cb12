/** `rescue restore --replay`: the commands of a suffix on the master, and never a second time. */
import { basename } from 'node:path';
import type { RescueFile } from '../app/ports/rescues.ts';
import type { Told } from '../app/rescue-journal.ts';
import { shareCommands, toldOf } from '../app/rescue-journal.ts';
import type { Target } from '../app/rescue-target.ts';
import { assertStillMaster } from '../app/rescue-target.ts';
import { isCode, RedishaError } from '../errors.ts';
import type { Exit } from './exits.ts';
import { plural, printable } from './text.ts';
import { timeText } from './entry.ts';
import type { Done, RescueCall } from './rescue-target.ts';
import { record, told, withMaster } from './rescue-target.ts';

const twice = (why: string, hint: string): RedishaError =>
  new RedishaError('REFUSED_BY_RULE', `${why}: an INCR among its commands would count twice`, { hint });

const shared = (name: string, where: string, other: string): RedishaError =>
  twice(
    `some of the commands of ${name} were carried out ${where}, with ${printable(other)}`,
    'use --only-missing for the keys that the master lacks',
  );

/** @throws {RedishaError} REFUSED_BY_RULE where the journal tells that some of it is in the pair already */
const assertNothingTold = ({ name }: RescueFile, { replayed, replayedInPart, restoredByEffect }: Told): void => {
  if (replayed !== undefined) return;
  if (replayedInPart !== undefined) {
    throw shared(name, `on ${timeText(replayedInPart.at)}`, basename(String(replayedInPart['file'])));
  }
  if (restoredByEffect === undefined) return;
  throw twice(
    `keys of ${name} were restored on ${timeText(restoredByEffect.at)}`,
    'delete those keys and use redis-cli --pipe, or leave it at what was restored',
  );
};

/** @throws {RedishaError} REFUSED_BY_RULE where the master has the commands of another rescue that shares some with this one */
const assertNothingThere = async ({ session }: RescueCall, { name }: RescueFile, target: Target): Promise<void> => {
  const others = (await session.rescues.list()).filter(
    (other) => other.name !== name && shareCommands(other.name, name),
  );
  const found = await session.rescues.findReplayed(others, target.endpoint);
  if (found !== undefined) throw shared(name, 'on the master before', found.name);
};

/** Carries out the commands of a suffix on the master, exactly once however often it is begun. */
export const replay = async (call: RescueCall, rescue: RescueFile): Promise<Exit> => {
  const { session, options } = call;
  const { name, file, form, sidecar } = rescue;
  if (form === 'dataset') {
    throw new RedishaError('REFUSED_BY_RULE', `${name} is a dataset: it holds no commands that could be replayed`, {
      hint: 'use --only-missing, --keys or --overwrite',
    });
  }
  const said = await toldOf(session.told, rescue);
  assertNothingTold(rescue, said);
  return withMaster(call, async (target, nodes) => {
    const sums = { commands: sidecar?.commands, keys: sidecar?.keyCount, replayedBefore: said.replayed?.at };
    const done: Done = { rescue, target, how: 'replay', sums };
    if (said.replayed !== undefined) {
      return told(call, done, [`nothing to do: its commands were carried out on ${timeText(said.replayed.at)}`]);
    }
    await assertNothingThere(call, rescue, target);
    const carriedOut = options.dryRun
      ? session.foreseeReplay(file, target.endpoint)
      : session.replay(file, target.endpoint, () => assertStillMaster(nodes, target));
    const outcome = await carriedOut.catch(async (error: unknown) => {
      if (isCode(error, 'DONE_IN_PART')) await record(call, done, { inPart: true });
      throw error;
    });
    const before = outcome === 'done before';
    // The marker is gone in a day; the journal stays.
    await record(call, done, { before });
    const what = sidecar?.commands === undefined ? 'its commands' : plural(sidecar.commands, 'command');
    return told(call, { ...done, sums: { ...sums, before } }, [
      before
        ? 'nothing to do: a marker on the master says that its commands were carried out before'
        : `${what} ${options.dryRun ? 'would be ' : ''}carried out, in one transaction`,
    ]);
  });
};
