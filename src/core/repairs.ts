/** When a check has the pair repaired: at once for what is new, and not again and again for what stays or comes and goes. */
import type { Condition } from './check/condition.ts';
import { isSameCondition } from './check/condition.ts';
import type { Intent } from './model.ts';

/** What a check asks for. */
interface Wanted {
  readonly condition: Condition;
  /** The intent of the repair; `undefined` where there is nothing to repair. */
  readonly heal: Intent | undefined;
  /** Something is about to be overwritten. */
  readonly isUrgent?: boolean | undefined;
  /** The process of the local server: one that has restarted is another trouble. */
  readonly processId: number | undefined;
}

/** One that was started. */
export interface Repair extends Wanted {
  readonly heal: Intent;
  /** When that was. */
  readonly atMs: number;
}

/** What the check before found, since when, and the repairs of the last seconds. */
interface Repaired {
  readonly condition: Condition;
  readonly sinceMs: number;
  readonly repairs: readonly Repair[];
}

/** A repair that was refused is not started anew by every check, as long as nothing has changed. */
const REPAIR_EVERY_MS = 10_000;
/** It may have come to nothing in a moment in which the network was broken, and Redis waits for some seconds at most. */
const URGENT_EVERY_MS = 2000;
/** A node that was in order for so long has been repaired: what is out of order afterwards is something new. */
const SOUND_MS = 2000;

const wasSound = (before: Repaired, condition: Condition, nowMs: number): boolean =>
  !isSameCondition(before.condition, condition) && before.condition.isSound && nowMs - before.sinceMs >= SOUND_MS;

/** The repairs that stand against another one for the same reason. */
const repairsSince = (before: Repaired | undefined, condition: Condition, nowMs: number): readonly Repair[] => {
  if (before === undefined || wasSound(before, condition, nowMs)) return [];
  return before.repairs.filter(({ atMs }) => nowMs - atMs < REPAIR_EVERY_MS);
};

const isSameReason = (one: Wanted, other: Wanted): boolean =>
  one.heal === other.heal && one.processId === other.processId && isSameCondition(one.condition, other.condition);

/** Whether a repair is to be started now, and what the next check is to know of repairs. */
export const repairDue = (
  before: Repaired | undefined,
  found: Wanted,
  nowMs: number,
): { readonly isDue: boolean; readonly repairs: readonly Repair[] } => {
  const { condition, heal, processId, isUrgent } = found;
  const repairs = repairsSince(before, condition, nowMs);
  const everyMs = isUrgent === true ? URGENT_EVERY_MS : REPAIR_EVERY_MS;
  const stands = (repair: Repair): boolean => nowMs - repair.atMs < everyMs && isSameReason(repair, found);
  if (heal === undefined || repairs.some(stands)) return { isDue: false, repairs };
  return { isDue: true, repairs: [...repairs, { condition, heal, processId, atMs: nowMs }] };
};
