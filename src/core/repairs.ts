/** When a check has the pair repaired: at once for what is new, and not again and again for what stays or comes and goes. */
import type { Intent } from './model.ts';

/** What repairs were started for in the last seconds, with when that was. */
export type Repairs = Readonly<Record<string, number>>;

/** What the check before found, since when, and what it knew of repairs. */
export interface Repaired {
  readonly condition: string;
  readonly sinceMs: number;
  readonly repairs: Repairs;
}

/** A repair that was refused is not started anew by every check, as long as nothing has changed. */
const REPAIR_EVERY_MS = 10_000;
/** A node that was in order for so long has been repaired: what is out of order afterwards is something new. */
const SOUND_MS = 2000;

/** Of the names that a check gives to what it sees: rules 38 and 66, with a peer that is not out of reach. */
const SOUND = /^(?:38 local master|66 local replica) peer (?!unreachable|frozen)/;

const wasSound = (before: Repaired, condition: string, nowMs: number): boolean =>
  before.condition !== condition && SOUND.test(before.condition) && nowMs - before.sinceMs >= SOUND_MS;

/** The repairs that stand against another one for the same reason. */
const repairsSince = (before: Repaired | undefined, condition: string, nowMs: number): Repairs => {
  if (before === undefined || wasSound(before, condition, nowMs)) return {};
  return Object.fromEntries(Object.entries(before.repairs).filter(([, atMs]) => nowMs - atMs < REPAIR_EVERY_MS));
};

interface Found {
  readonly condition: string;
  /** The intent of the repair that the check asks for; `undefined` where there is nothing to repair. */
  readonly heal: Intent | undefined;
  /** The process of the local server: one that has restarted is another trouble. */
  readonly processId: number | undefined;
}

/** Whether a repair is to be started now, and what the next check is to know of repairs. */
export const repairDue = (
  before: Repaired | undefined,
  { condition, heal, processId }: Found,
  nowMs: number,
): { readonly isDue: boolean; readonly repairs: Repairs } => {
  const repairs = repairsSince(before, condition, nowMs);
  const reason = `${heal ?? ''}: ${condition} ${String(processId)}`;
  const isDue = heal !== undefined && repairs[reason] === undefined;
  return { isDue, repairs: isDue ? { ...repairs, [reason]: nowMs } : repairs };
};
