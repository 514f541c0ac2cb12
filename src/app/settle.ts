/**
 * What a check does about what it has found: it remembers a pair that is whole, records and logs what is new, and starts the
 * repair that is due.
 */
import type { SeenAs } from '../core/check/condition.ts';
import { isSameCondition } from '../core/check/condition.ts';
import type { LinkCause } from '../core/link-cause.ts';
import type { Intent } from '../core/model.ts';
import { repairDue } from '../core/repairs.ts';
import type { Checked } from './check.ts';
import { tellCameBack } from './older-told.ts';
import type { Clock, Journal, JournalEntry, LastCheck, Log, Memory, MemoryStore } from './ports.ts';

/** Who the two nodes are, by the words of this host. */
type Names = Pick<Memory, 'local' | 'peer'>;

/** May be kept for hours: whatever may change meanwhile is asked for each time. */
export interface SettleWorld {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly port: number;
  /** `undefined` where nobody has named the peer yet: there is nothing to remember then, and nothing to repair. */
  readonly pair: () => Names | undefined;
  readonly lastCheck: {
    readonly load: () => LastCheck | undefined;
    /** True afterwards: `load` returns `last`. @returns why the next process will not find it. Never throws. */
    readonly save: (last: LastCheck) => string | undefined;
  };
  /** What works in the configuration, of redisha or of keepalived, but should not stay so; each a sentence. */
  readonly warnings: () => Promise<readonly string[]>;
  /** Opened only when there is something to say. */
  readonly log: () => Promise<Log>;
  /** Why local's link is down, within the time that a check has left; `undefined` where that cannot be seen. */
  readonly explainLink: () => Promise<LinkCause | undefined>;
  /** Opened only when there is something that somebody may ask for later. */
  readonly journal: () => Promise<Journal>;
  /** Opened only when there is something to remember. */
  readonly memory: () => Promise<MemoryStore>;
  /** True afterwards, as far as the local server allows it: its INFO says whether the node is drained. Never rejects. */
  readonly tellDrained: (isDrained: boolean) => Promise<void>;
  /** Resolves as soon as the repair has been started, and not when it is over; rejects where it could not be started. */
  readonly startRepair: (intent: Intent, pair: Names) => Promise<void>;
}

const remember = async (world: SettleWorld, checked: Checked): Promise<void> => {
  const { unremembered, processId } = checked;
  const names = world.pair();
  if (unremembered === undefined || names === undefined) return;
  // Before it is remembered, since it is known by what was remembered until now.
  await tellCameBack(checked, world.lastCheck.load()?.processId !== processId, world);
  await (await world.memory()).save({ ...names, ...unremembered });
};

const logChange = async (world: SettleWorld, { verdict }: Checked, problem: string | undefined): Promise<void> => {
  const log = await world.log();
  const { fit, rule, why, heal, isInOrder, isLinkDown } = verdict;
  const cause = isLinkDown === true ? await world.explainLink() : undefined;
  const told = cause === undefined ? {} : { cause: cause.why, hint: cause.next };
  log[isInOrder ? 'info' : 'warn'](fit ? 'fit' : 'unfit', { port: world.port, rule, why, heal, ...told });
  for (const warning of await world.warnings()) log.warn('configuration', { warning });
  if (problem !== undefined) log.warn('state-not-written', { problem });
};

/** A host that has no process left for a repair is no reason to give the address away. */
const repair = async (world: SettleWorld, intent: Intent): Promise<void> => {
  const names = world.pair();
  if (names === undefined) return;
  try {
    await world.startRepair(intent, names);
  } catch (error) {
    (await world.log()).error('repair-not-started', { port: world.port, problem: String(error) });
  }
};

/** While a command is at work nobody need look, and yet a pair with a dead node is not in order. */
const BESIDE: readonly SeenAs[] = ['unknown', 'master', 'replica'];

/** Why it failed over is asked days later, on whichever host is at hand. A server that is in no pair fails over nowhere. */
const journalChanges = async (
  world: SettleWorld,
  { verdict, condition, address }: Checked,
  isNew: Changes,
): Promise<void> => {
  const { fit, rule, why, heal } = verdict;
  const inOrder = verdict.isInOrder && BESIDE.includes(condition.peer);
  const entries: readonly JournalEntry[] = [
    ...(isNew.verdict ? [{ event: 'verdict' as const, fit, inOrder, rule, why, heal }] : []),
    ...(isNew.address ? [{ event: 'address' as const, isHere: address?.isHere }] : []),
  ];
  if (entries.length === 0 || world.pair() === undefined) return;
  const journal = await world.journal();
  for (const entry of entries) await journal.append(entry);
};

interface Changes {
  readonly verdict: boolean;
  readonly address: boolean;
}

/** What is to be known of this check, where that is anything new. */
const recorded = (world: SettleWorld, checked: Checked) => {
  const { verdict, condition, sinceMs, address } = checked;
  const last = world.lastCheck.load();
  const processId = checked.processId ?? last?.processId;
  const { heal, isUrgent } = verdict;
  const { isDue, repairs } = repairDue(last, { condition, heal, isUrgent, processId }, world.clock.nowMs());
  const isNew: Changes = {
    verdict: last?.fit !== verdict.fit || !isSameCondition(last.condition, condition),
    address: last?.address?.isHere !== address?.isHere,
  };
  if (!isNew.verdict && !isNew.address && !isDue && last?.processId === processId) return undefined;
  const now: LastCheck = { fit: verdict.fit, condition, sinceMs, processId, repairs, address };
  return { now, isNew, heal: isDue ? heal : undefined };
};

/** True afterwards: what `checked` says of the pair is remembered, recorded and logged, and its repair was started. */
export const settle = async (world: SettleWorld, checked: Checked): Promise<void> => {
  await remember(world, checked);
  if (checked.toTell !== undefined) await world.tellDrained(checked.toTell);
  const record = recorded(world, checked);
  if (record === undefined) return;
  const problem = world.lastCheck.save(record.now);
  if (record.isNew.verdict) await logChange(world, checked, problem);
  if (record.heal !== undefined) await repair(world, record.heal);
  await journalChanges(world, checked, record.isNew);
};
