/**
 * Two datasets that took different writes: read what each side wrote alone, save what the loser has, and replay it where
 * that is provably right (invariants I2 and I3).
 *
 * The loser's writes are held back from the first look until it follows, and those of a winner that seems to have none until
 * it is known what both have; `releaseAll` lets go whatever happened.
 */
import { isCode, RedishaError } from '../errors.ts';
import type { Answering, Evidence, NodeView, Side, Suffix } from '../core/model.ts';
import { isAnswering, otherSide } from '../core/model.ts';
import { meetingKeys } from '../core/merge.ts';
import type { Step } from '../core/steps.ts';
import { nodeOf } from './execution.ts';
import type { Applying } from './findings.ts';
import { HOLD_MS, hold, holdForLong, holdLeader, release } from './hold-over-steps.ts';
import type { RescueReason, SuffixContent } from './ports.ts';
import { beginOf, readSuffix, suffixRangeOf, written, wroteNothingSince } from './suffixes.ts';

const answered = (side: Side, view: NodeView): Answering => {
  if (!isAnswering(view)) throw new RedishaError('SITUATION_CHANGED', `${side} does not answer any more`);
  return view;
};

const look = async (applying: Applying, side: Side): Promise<Answering> =>
  answered(side, await nodeOf(applying, side).look());

/**
 * A merge was cut off before the loser followed: what it replayed is on the other side and in a file, and no reason to save it
 * again. True when that is all that the loser wrote; else `findings.merged` says how far it goes.
 */
const findMerged = async (applying: Applying, loser: Side, held: Answering, other: Answering): Promise<boolean> => {
  const { findings, rescuer, journal, log } = applying;
  const on = nodeOf(applying, otherSide(loser)).endpoint;
  const known = findings.merged.get(loser);
  findings.merged.delete(loser);
  const { replid } = held.history;
  for (;;) {
    const begin = beginOf(applying, loser, [held, other]);
    if (begin === undefined || replid === '') return false;
    const replayed = await rescuer.findReplayed(suffixRangeOf(applying, loser, held, begin), on);
    if (replayed === undefined || replayed.toOffset <= begin) break;
    const { file, toOffset: offset } = replayed;
    findings.merged.set(loser, { replid, offset, file });
    if (known?.file === file) continue;
    log.warn('merged-before', { loser, file });
    // Whoever was cut off may not have come to write it down, and the marker is gone in a day.
    await journal.append({ event: 'merged', loser, file, before: true });
  }
  const merged = findings.merged.get(loser);
  if (merged === undefined || !(await wroteNothingSince(applying, loser, held, merged))) return false;
  findings.covered.set(loser, held.history);
  findings.evidence = { kind: 'saved', loser, file: merged.file, merged: true };
  return true;
};

/** What it took of its own, it took after this command made it a master, and so after the other side restarted. */
const isKnownSince = ({ findings }: Applying, side: Side, { history }: Answering): boolean =>
  history.replid2 !== undefined && findings.ledFrom.get(side) === history.replid2;

/** Where a backlog tells nothing, the server itself may tell that it has nothing but what it took since its start. */
const suffixOf = async (
  applying: Applying,
  loser: Side,
  [held, other]: readonly [Answering, Answering],
  read: Suffix,
): Promise<Suffix> => {
  if (read.kind !== 'unreadable' || applying.policy.onDiverged !== 'merge') return read;
  if (!isKnownSince(applying, otherSide(loser), other)) return read;
  const why = await applying.rescuer.whyNotFromNothing(nodeOf(applying, loser).endpoint);
  if (why === undefined) return { kind: 'began-empty', keys: held.keys };
  applying.log.info('not-mergeable', { loser, why });
  return read;
};

/** True afterwards: `findings.evidence` says what each side wrote alone since the two parted. */
export const examine = async (applying: Applying, { loser }: Step<'examine'>): Promise<void> => {
  const { findings } = applying;
  const winner = otherSide(loser);
  // At first sight, before anything is read: clients may come to the side that wrote nothing now.
  const held = await hold(applying, loser);
  const other = answered(winner, await holdLeader(applying, winner, held));
  if (await findMerged(applying, loser, held, other)) return;
  const [lost, won] = await Promise.all([
    readSuffix(applying, loser, [held, other]),
    readSuffix(applying, winner, [other, held]),
  ]);
  // What it wrote is left where it is; what it did not write it might begin to.
  if (won.suffix.kind !== 'no-writes') await release(applying, winner);
  const meet = meetingKeys(written(lost), written(won));
  const mine = await suffixOf(applying, loser, [held, other], lost.suffix);
  const suffixes = loser === 'local' ? { local: mine, peer: won.suffix } : { local: won.suffix, peer: mine };
  findings.covered.set(loser, held.history).set(winner, other.history);
  const tried = findings.mergeFailed === undefined ? {} : { unmergeable: findings.mergeFailed };
  findings.evidence = { kind: 'examined', ...suffixes, meet, ...tried };
  applying.log.warn('diverged', { ...suffixes, meet: meet.slice(0, 20), meetCount: meet.length });
  await applying.journal.append({
    event: 'examined',
    loser,
    ...suffixes,
    meet: meet.slice(0, 1000),
    meetCount: meet.length,
  });
};

/** Keeps the hold alive while `work` runs, since a large dataset takes longer than one pause. */
const withHoldKept = async <T>(
  applying: Applying,
  loser: Side,
  work: (onProgress: () => void) => Promise<T>,
): Promise<T> => {
  let renewedMs = applying.clock.nowMs();
  let renewal: Promise<unknown> = Promise.resolve();
  const renew = (): void => {
    if (applying.clock.nowMs() - renewedMs < HOLD_MS / 4) return;
    renewedMs = applying.clock.nowMs();
    renewal = renewal
      .then(() => hold(applying, loser))
      .catch((error: unknown) => {
        applying.log.warn('hold-not-renewed', { loser, error: String(error) });
      });
  };
  try {
    return await work(renew);
  } finally {
    // Whoever lets go of the hold next must not be overtaken by one that is on its way.
    await renewal;
  }
};

/**
 * True afterwards: `side` sends its dataset. A replica without a link sends it to nobody, so it leads from now on, with
 * its writes held back, until the plan that comes next makes it follow: somebody else may have let go of the hold, and
 * only that plan looks whether a write came in.
 * Source: redis/src/replication.c syncCommand, -NOMASTERLINK.
 */
const sendsDatasets = async (applying: Applying, side: Side, { upstream }: Answering): Promise<void> => {
  if (upstream === undefined || upstream.linkUp) return;
  await nodeOf(applying, side).promote();
  applying.findings.keepsItsData = side;
};

const saveAs = async (applying: Applying, { loser, form }: Step<'rescue'>, reason: RescueReason): Promise<string> => {
  const [held, other] = [await hold(applying, loser), await look(applying, otherSide(loser))];
  const { endpoint } = nodeOf(applying, loser);
  const begin = beginOf(applying, loser, [held, other]);
  applying.findings.covered.set(loser, held.history);
  if (form === 'suffix' && begin !== undefined) {
    try {
      return await applying.rescuer.saveSuffix(suffixRangeOf(applying, loser, held, begin), reason);
    } catch (error) {
      if (!isCode(error, 'RESCUE_FAILED')) throw error;
      applying.log.warn('rescued-as-dataset', { loser, why: error.message });
    }
  }
  await sendsDatasets(applying, loser, held);
  await holdForLong(applying, loser);
  const file = await withHoldKept(applying, loser, (onProgress) =>
    applying.rescuer.saveDataset(endpoint, reason, onProgress),
  );
  // What came in while the file was made may or may not be in it: only what was there before is covered for certain.
  // The first sync of a server without a backlog gives its history a new id.
  const { replid } = (await hold(applying, loser)).history;
  applying.findings.covered.set(loser, { replid, offset: held.history.offset });
  return file;
};

/** True afterwards: what only the loser has is in a file, or `findings.evidence` says why it is not. */
export const rescue = (applying: Applying, step: Step<'rescue'>): Promise<void> =>
  rescueFor(applying, step, { side: step.loser, why: 'diverged' });

const rescueFor = async (applying: Applying, step: Step<'rescue'>, reason: RescueReason): Promise<void> => {
  const { findings, journal, log } = applying;
  const { loser } = step;
  const startMs = applying.clock.nowMs();
  await release(applying, otherSide(loser));
  try {
    const file = await saveAs(applying, step, reason);
    findings.savingMs += applying.clock.nowMs() - startMs;
    findings.evidence = { kind: 'saved', loser, file, merged: false };
    log.warn('rescued', { loser, form: step.form, file });
    const bytes = await applying.rescuer.bytesOf(file);
    await journal.append({ event: 'rescued', loser, form: step.form, file, bytes });
  } catch (error) {
    if (!isCode(error, 'RESCUE_FAILED')) throw error;
    findings.evidence = { kind: 'unsaved', loser, why: error.message };
    log.error('rescue-failed', { loser, error: error.message });
  }
};

const assertApart = async (applying: Applying, loser: Side, mine: SuffixContent): Promise<void> => {
  const winner = otherSide(loser);
  const [held, other] = [await look(applying, loser), await look(applying, winner)];
  const now = await readSuffix(applying, winner, [other, held]);
  const apart = now.suffix.kind !== 'unreadable' && meetingKeys(mine, now.content).length === 0;
  if (apart) return;
  applying.findings.evidence = { kind: 'none' };
  throw new RedishaError('SITUATION_CHANGED', 'the other side has come to write the same keys meanwhile');
};

/**
 * The other side did not take the writes, and none of them is there. Where both took writes, those of the loser are saved by
 * now; where only the loser did, its data is to win all the same.
 */
const evidenceWithoutMerge = (before: Evidence, saved: Evidence, loser: Side, unmergeable: string): Evidence =>
  before.kind === 'examined' && before[otherSide(loser)].kind === 'no-writes' ? { ...before, unmergeable } : saved;

/** True afterwards: the loser's writes are in a file and on the other side, each exactly once. */
export const merge = (applying: Applying, step: Step<'merge'>): Promise<void> =>
  step.form === 'suffix' ? mergeSuffix(applying, step) : mergeDataset(applying, step);

const mergeSuffix = async (applying: Applying, { loser }: Step<'merge'>): Promise<void> => {
  const { findings, rescuer, journal, log } = applying;
  const before = findings.evidence;
  const reason = { side: loser, why: 'diverged', mayBeReplayed: true } as const;
  await rescueFor(applying, { kind: 'rescue', loser, form: 'suffix' }, reason);
  const { evidence } = findings;
  if (evidence.kind !== 'saved') return;
  // Whatever breaks off from here on leaves open whether the writes are there: the next look finds out, by the marker.
  findings.evidence = { kind: 'none' };
  const [held, other] = [await look(applying, loser), await look(applying, otherSide(loser))];
  const begin = beginOf(applying, loser, [held, other]);
  if (begin === undefined) throw new RedishaError('SITUATION_CHANGED', 'the two share no history any more');
  const mine = await rescuer.read(suffixRangeOf(applying, loser, held, begin));
  const on = nodeOf(applying, otherSide(loser)).endpoint;
  try {
    await withHoldKept(applying, loser, (onProgress) =>
      rescuer.replay(evidence.file, on, async () => {
        onProgress();
        await assertApart(applying, loser, mine);
      }),
    );
  } catch (error) {
    if (error instanceof RedishaError && error.code !== 'SITUATION_CHANGED') findings.mergeFailed = error.message;
    if (!isCode(error, 'PERMISSION_MISSING', 'COMMAND_UNAVAILABLE', 'STEP_FAILED', 'DONE_IN_PART')) throw error;
    const inPart = error.code === 'DONE_IN_PART';
    findings.evidence = inPart ? evidence : evidenceWithoutMerge(before, evidence, loser, error.message);
    log.warn('not-merged', { why: error.message, file: evidence.file });
    if (inPart) await journal.append({ event: 'merged', loser, file: evidence.file, inPart, why: error.message });
    return;
  }
  findings.evidence = { ...evidence, merged: true };
  log.warn('merged', { loser, file: evidence.file, commands: mine.commands });
  await journal.append({ event: 'merged', loser, file: evidence.file, commands: mine.commands });
};

/** What the winner has touched since this command made it a master. */
const touchedSince = async (applying: Applying, winner: Side): Promise<SuffixContent> => {
  const view = await look(applying, winner);
  const { secondOffset } = view.history;
  if (secondOffset === undefined || !isKnownSince(applying, winner, view))
    throw new RedishaError('STEP_FAILED', `since when ${winner} leads is not known`);
  return applying.rescuer.read(suffixRangeOf(applying, winner, view, secondOffset - 1));
};

const mergeDataset = async (applying: Applying, { loser }: Step<'merge'>): Promise<void> => {
  const { findings, rescuer, journal, log } = applying;
  await rescueFor(applying, { kind: 'rescue', loser, form: 'dataset' }, { side: loser, why: 'diverged' });
  const { evidence } = findings;
  if (evidence.kind !== 'saved') return;
  const winner = otherSide(loser);
  const [from, to] = [nodeOf(applying, loser).endpoint, nodeOf(applying, winner).endpoint];
  try {
    const { file } = evidence;
    const { merged, left } = await withHoldKept(applying, loser, (onProgress) =>
      rescuer.graft(file, from, to, {
        touched: () => {
          onProgress();
          return touchedSince(applying, winner);
        },
      }),
    );
    findings.evidence = { ...evidence, merged: true };
    log.warn('merged', { loser, file, keys: merged, keysInFileAlone: left });
    await journal.append({ event: 'merged', loser, file, keys: merged, keysInFileAlone: left, inPart: left > 0 });
  } catch (error) {
    if (!(error instanceof RedishaError) || error.code === 'SITUATION_CHANGED') throw error;
    log.warn('not-merged', { why: error.message, file: evidence.file });
  }
};
