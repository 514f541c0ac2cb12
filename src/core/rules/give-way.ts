/**
 * One side gives way to the other: the rows by which a dataset is overwritten, and the only ones.
 *
 * In this order: nothing would be lost; nobody has looked yet; the other side turns out to have written nothing (then it
 * is the one to give way); the writes can be merged; they have to be rescued; they are saved.
 */
import type { Evidence, Intent, Side, Suffix } from '../model.ts';
import { isMaster, otherSide } from '../model.ts';
import { readsCopyOf } from '../program.ts';
import { describeLoss, winnerRefused } from '../relation.ts';
import type { Situation } from '../situation.ts';
import type { Cover, Step } from '../steps.ts';
import type { Facts, Family, Rule } from './rule.ts';
import { addressOfOther, answering, harmless, refuse } from './rule.ts';

type Examined = Extract<Evidence, { kind: 'examined' }>;

const follow = (facts: Facts, side: Side, covered: Cover): Step => ({
  kind: 'follow',
  side,
  of: addressOfOther(facts, side),
  covered,
});

/** What makes `side` a master where it is none: nobody can follow a replica that follows nobody of this pair. */
const leading = (facts: Facts, side: Side): readonly Step[] =>
  isMaster(facts.pair[side]) ? [] : [{ kind: 'promote', side, reason: 'it has the newest data' }];

export const examined = ({ evidence }: Facts): Examined | undefined =>
  evidence.kind === 'examined' ? evidence : undefined;
const loss = (facts: Facts, loser: Side): string =>
  describeLoss(answering(facts, loser), answering(facts, otherSide(loser)));

/** A transaction of more writes would hold every client of the winner for longer than a second. */
const MERGED_MAX = 200_000;
/** The same of whole values. */
const KEYS_MERGED_MAX = 20_000;

/** What the loser alone has began before the two parted: its own writes are not all of it. */
const isOlderWinner = (facts: Facts, loser: Side): boolean =>
  winnerRefused(answering(facts, loser), answering(facts, otherSide(loser)));

const takesValues = (facts: Facts, loser: Side): boolean =>
  readsCopyOf(answering(facts, otherSide(loser)).program, answering(facts, loser).program);

/** Clients write some of the keys again and again: the next moment they do so on the other side as well. */
const isHot = ({ commands, keys = commands }: Extract<Suffix, { kind: 'writes' }>): boolean => commands > keys;

/**
 * Where the winner wrote nothing, merging saves its clients the wait for a full copy, but for very many writes. Nor where some
 * keys are written again and again: the clients of the winner wait, and would write these before anything is merged.
 */
export const isMergeable = (facts: Facts, loser: Side, { meet, unmergeable, ...suffixes }: Examined): boolean => {
  const { policy } = facts;
  if (isOlderWinner(facts, loser)) return false;
  const [lost, won] = [suffixes[loser], suffixes[otherSide(loser)]];
  if (unmergeable !== undefined || policy.onDiverged !== 'merge' || meet.length > 0) return false;
  if (lost.kind === 'began-empty') return lost.keys <= KEYS_MERGED_MAX && takesValues(facts, loser);
  if (lost.kind !== 'writes') return false;
  return won.kind === 'writes' || (won.kind === 'no-writes' && lost.commands <= MERGED_MAX && !isHot(lost));
};

const MAKE_ROOM = 'make room or mend the rights of the rescue directory, then run the command again';

/** Nobody has looked yet; or what was found is saved, in the form that its backlog allows. */
export const lookAtOrSave = (facts: Facts, loser: Side): Step => {
  const evidence = examined(facts);
  if (evidence === undefined) return { kind: 'examine', loser };
  const isSuffix = evidence[loser].kind === 'writes' && !isOlderWinner(facts, loser);
  return { kind: 'rescue', loser, form: isSuffix ? 'suffix' : 'dataset' };
};

const isSaved = ({ evidence }: Facts, loser: Side): boolean => evidence.kind === 'saved' && evidence.loser === loser;

const isUnsaved = ({ evidence }: Facts, loser: Side): boolean =>
  evidence.kind === 'unsaved' && evidence.loser === loser;

export interface GiveWay {
  /** Number of the first of the rows; they take ten. */
  readonly first: number;
  readonly loser: Side;
  readonly intents: readonly Intent[];
  readonly situations: readonly Situation[];
  readonly when?: (facts: Facts) => boolean;
  readonly because: string;
  /** Printed in place of the rows, which are the same wherever they stand. */
  readonly family: Family;
}

const overwriteRows = ({ first, loser, because, ...where }: GiveWay): readonly Rule[] => {
  const guard = where.when ?? (() => true);
  return [
    {
      ...where,
      id: first,
      name: `${loser} gives way, nothing is lost`,
      when: (facts) => guard(facts) && harmless(facts, loser),
      seen: 'the loser is empty, the same, or a prefix',
      does: 'the loser follows',
      why: (facts) => `${because}; ${loser} can follow: ${loss(facts, loser)}`,
      steps: (facts) => [follow(facts, loser, 'harmless')],
    },
    {
      ...where,
      id: first + 1,
      name: `diverged, and left to a person`,
      when: (facts) => guard(facts) && facts.policy.onDiverged === 'manual',
      seen: '`on_diverged` is `manual`',
      does: 'refuse (4)',
      why: (facts) => `${because}, but ${loser} would lose data: ${loss(facts, loser)}; on_diverged is manual`,
      steps: () => refuse('decide which side is right, then make the other one follow it with redis-cli REPLICAOF'),
    },
    {
      ...where,
      id: first + 2,
      name: `${loser} gives way, its writes are saved`,
      when: (facts) => guard(facts) && isSaved(facts, loser),
      seen: 'what only the loser had is in a file, also by a merge that was cut off before',
      does: 'the loser follows',
      why: ({ evidence }) =>
        `${because}; what only ${loser} had is in ${evidence.kind === 'saved' ? evidence.file : '?'}`,
      steps: (facts) => [follow(facts, loser, 'saved')],
    },
    {
      ...where,
      id: first + 3,
      name: `${loser} gives way although nothing could be saved, by choice`,
      when: (facts) => guard(facts) && isUnsaved(facts, loser) && facts.policy.onRescueFailure === 'proceed',
      seen: 'the rescue failed, and `on_rescue_failure` is `proceed`',
      does: 'the loser follows, and its writes are lost',
      why: ({ evidence }) =>
        `the rescue failed (${evidence.kind === 'unsaved' ? evidence.why : '?'}); on_rescue_failure is proceed`,
      steps: (facts) => [follow(facts, loser, 'by-choice')],
    },
    {
      ...where,
      id: first + 4,
      name: `${loser} keeps its data, since it could not be saved`,
      when: (facts) => guard(facts) && isUnsaved(facts, loser),
      seen: 'the rescue failed',
      does: 'refuse (4)',
      why: ({ evidence }) => `the rescue failed: ${evidence.kind === 'unsaved' ? evidence.why : '?'}`,
      steps: () => refuse(MAKE_ROOM),
    },
  ];
};

/** What a closer look found, where the rows apply. */
const foundWhere =
  (guard: (facts: Facts) => boolean = () => true) =>
  (facts: Facts): Examined | undefined =>
    guard(facts) ? examined(facts) : undefined;

const examinedRows = ({ first, loser, because, ...where }: GiveWay): readonly Rule[] => {
  const guard = where.when ?? (() => true);
  const winner = otherSide(loser);
  const found = foundWhere(where.when);
  return [
    {
      ...where,
      id: first + 5,
      name: 'diverged, to be examined',
      when: (facts) => guard(facts) && examined(facts) === undefined,
      seen: 'nobody has looked yet',
      does: "hold the loser's writes back, and those of a winner that seems to have written nothing; then read from both backlogs what each side wrote alone",
      why: (facts) => `${because}, but ${loss(facts, loser)}`,
      steps: (facts) => [lookAtOrSave(facts, loser)],
    },
    {
      ...where,
      id: first + 6,
      name: `${loser} wrote nothing of its own`,
      when: (facts) => found(facts)?.[loser].kind === 'no-writes' && !isOlderWinner(facts, loser),
      seen: 'the loser wrote nothing of its own (keep-alives only); not where the winner is an older server that has refused commands',
      does: 'the loser follows',
      why: () => `${because}; ${loser}'s backlog holds keep-alives and no write since the two parted`,
      steps: (facts) => [follow(facts, loser, 'saved')],
    },
    {
      ...where,
      id: first + 7,
      name: `${winner} wrote nothing of its own, so ${loser}'s data wins`,
      // Who insists on local has been told what that means: the peer's data goes to a file, and local leads.
      when: (facts) => {
        const evidence = found(facts);
        if (evidence?.[winner].kind !== 'no-writes' || (facts.forced && winner === 'local')) return false;
        return !isMergeable(facts, loser, evidence);
      },
      seen: 'the winner wrote nothing of its own, row +8 does not apply, and no `--force` insists on local',
      does: 'the winner follows the loser: its data wins (a loser that is not a master is promoted first)',
      why: () => `only ${loser} took writes since the two parted; ${winner} follows first`,
      steps: (facts) => [...leading(facts, loser), follow(facts, winner, 'saved')],
    },
  ];
};

const savingRows = ({ first, loser, intents, situations, when, family }: GiveWay): readonly Rule[] => {
  const winner = otherSide(loser);
  const found = foundWhere(when);
  const where = { intents, situations, family };
  return [
    {
      ...where,
      id: first + 8,
      name: `${loser}'s writes are merged`,
      when: (facts) => {
        const evidence = found(facts);
        return evidence !== undefined && isMergeable(facts, loser, evidence);
      },
      seen: '`on_diverged` is `merge`, and both wrote, to different keys (or removed the same ones), or the loser alone, at most 200,000 commands to known keys, none of which it wrote twice; or the loser began empty when it restarted and has at most 20,000 keys, none made of others; not after the winner has refused them, nor where it is an older server that has refused commands before',
      does: "rescue the loser's writes and replay them on the winner; of a loser that began empty, rescue all, and put on the winner those keys that it neither holds nor has touched since",
      why: (facts) =>
        found(facts)?.[loser].kind === 'began-empty'
          ? `${loser} began empty when it restarted; keys of it that ${winner} neither holds nor has touched are put there`
          : found(facts)?.[winner].kind === 'no-writes'
            ? `only ${loser} took writes since the two parted; they are replayed on ${winner}`
            : `both sides took writes, to different keys; ${loser}'s are replayed on ${winner}`,
      steps: (facts) => [
        { kind: 'merge', loser, form: found(facts)?.[loser].kind === 'began-empty' ? 'dataset' : 'suffix' },
      ],
    },
    {
      ...where,
      id: first + 9,
      name: `${loser}'s writes are rescued`,
      when: (facts) => found(facts) !== undefined,
      seen: 'anything else',
      does: 'rescue: the writes where the backlog has them, the whole dataset where it has not, or where the winner is an older server that has refused commands',
      why: (facts) => rescueReason(facts, loser),
      steps: (facts) => [lookAtOrSave(facts, loser)],
    },
  ];
};

export const rescueReason = (facts: Facts, loser: Side): string => {
  const evidence = examined(facts);
  const suffix = evidence?.[loser];
  if (isOlderWinner(facts, loser)) return `the other side has refused commands that ${loser} has carried out`;
  if (evidence?.unmergeable !== undefined) return `the other side did not take them (${evidence.unmergeable})`;
  if (suffix?.kind === 'unreadable') return `${loser}'s backlog does not tell what it wrote (${suffix.why})`;
  if (evidence !== undefined && evidence.meet.length > 0)
    return `both sides wrote ${evidence.meet.slice(0, 5).join(', ')}`;
  return `what only ${loser} has is kept before it follows`;
};

/** What only the loser has would be lost, and neither is it in a file nor need it be. */
const needsSaving = (facts: Facts, loser: Side): boolean => {
  const { onDiverged, onRescueFailure } = facts.policy;
  if (onDiverged === 'manual' || harmless(facts, loser) || isSaved(facts, loser)) return false;
  const evidence = examined(facts);
  if (evidence !== undefined) return evidence[loser].kind !== 'no-writes' && !isMergeable(facts, loser, evidence);
  return !isUnsaved(facts, loser) || onRescueFailure === 'refuse';
};

/**
 * The other side of what is to lead by choice gives way later; what it alone has is saved while it still is the only master.
 * What can be merged waits: a replica takes no writes.
 */
export const savedBeforehand = ({
  first: id,
  loser,
  because,
  when = () => true,
  ...where
}: Omit<GiveWay, 'family'>): Rule => ({
  ...where,
  id,
  name: `what only ${loser} has is saved before the other side leads by choice`,
  when: (facts) => when(facts) && needsSaving(facts, loser),
  seen: 'as rule 304; only the peer has something, which is in no file and cannot be merged afterwards; `on_diverged` is not `manual`',
  does: 'save it while the peer still is the only master: read both backlogs, then rescue; refuse (4) where that fails and `on_rescue_failure` is `refuse`',
  why: (facts) => {
    const { evidence } = facts;
    if (evidence.kind === 'unsaved') return `the rescue failed: ${evidence.why}`;
    return evidence.kind === 'examined' ? rescueReason(facts, loser) : `${because}, but ${loss(facts, loser)}`;
  },
  steps: (facts) => (isUnsaved(facts, loser) ? refuse(MAKE_ROOM) : [lookAtOrSave(facts, loser)]),
});

/** Ten rows, numbered from `first`, by which `loser` comes to follow the other side. */
export const giveWay = (row: GiveWay): readonly Rule[] => [
  ...overwriteRows(row),
  ...examinedRows(row),
  ...savingRows(row),
];
