/** Of all that is written down, what people want to be told of by a program of theirs (`on_event`). docs/hooks.md is printed from here. */
import type { Condition } from '../check/condition.ts';
import type { JournalRecord } from './record.ts';
import { leaderAfter } from './record.ts';
import { tellPerson, tellRescue, tellVerdict } from './words.ts';

interface HookEvent {
  /** What is true when it is told. */
  readonly says: string;
  /** How long it waits, and for what: what is undone meanwhile is not told, and nor is what undid it. */
  readonly holdMs: number;
  readonly undoneBy?: string;
  /** The fields that it has besides those of every event. */
  readonly fields: readonly string[];
}

/** A role that moves on purpose makes a node unfit, and a pair incomplete, for a moment. */
const MOMENT_MS = 1000;
const WHILE_MS = 10_000;

export const HOOK_EVENTS = {
  'role-changed': {
    says: 'a command of this host has changed who leads: `leader` is `local` or `peer`',
    holdMs: 0,
    fields: ['leader', 'intent', 'rule', 'why', 'result', 'change'],
  },
  unfit: {
    says: 'this node may not own the address any more, and why',
    holdMs: MOMENT_MS,
    undoneBy: 'fit',
    fields: ['rule', 'why'],
  },
  fit: { says: 'this node may own the address again', holdMs: 0, fields: ['rule', 'why'] },
  'not-in-order': {
    says: 'this node is fit, but the pair has not been in order for ten seconds, and why',
    holdMs: WHILE_MS,
    undoneBy: 'in-order-again',
    fields: ['rule', 'why'],
  },
  'in-order-again': { says: 'the pair is in order again', holdMs: 0, fields: ['rule', 'why'] },
  'rescue-made': {
    says: 'writes that something was about to overwrite were saved in `file`: somebody has to look at them',
    holdMs: 0,
    fields: ['file', 'bytes', 'loser', 'form', 'change'],
  },
  drained: {
    says: 'a person has drained this node: it is kept unfit until `redisha resume`',
    holdMs: 0,
    fields: ['by', 'why'],
  },
  paused: { says: 'a person has paused redisha on this node', holdMs: 0, fields: ['by', 'why', 'until'] },
  resumed: {
    says: 'a drain or a pause of this node has ended: `what` is `drain` or `pause`',
    holdMs: 0,
    fields: ['what', 'why'],
  },
} as const satisfies Readonly<Record<string, HookEvent>>;

export type HookName = keyof typeof HOOK_EVENTS;

export interface ForPeople {
  readonly event: HookName;
  /** When it was written down. */
  readonly at: string;
  /** One sentence. */
  readonly says: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A node that a person has drained is unfit by that word: nobody has to be told that it is. */
type Standing = 'in order' | 'not in order' | 'unfit' | 'drained';

/** Rows of the check with smaller numbers are what a person has said. */
const FIRST_SEEN = 10;

/** A change that is at work: nobody is told of it before it has ended. */
interface AtWork {
  readonly leader: 'local' | 'peer' | undefined;
  readonly rule: unknown;
  readonly why: unknown;
  readonly rescues: readonly ForPeople[];
}

export interface Hearing {
  /** What the last look came to; `undefined` before the first. */
  readonly standing: Standing | undefined;
  readonly atWork: ReadonlyMap<string, AtWork>;
}

export const NOTHING_HEARD: Hearing = { standing: undefined, atWork: new Map() };

const IDLE: AtWork = { leader: undefined, rule: undefined, why: undefined, rescues: [] };

/** More changes than these are never at work at once: what did not come to its end was a bug, and is forgotten. */
const AT_WORK_MAX = 20;

const standingOf = (fit: unknown, inOrder: unknown, rule: unknown): Standing => {
  if (fit !== true) return Number(rule) < FIRST_SEEN ? 'drained' : 'unfit';
  return inOrder === false ? 'not in order' : 'in order';
};

/** Only what is declared for the event, so that docs/hooks.md has all of it. */
const eventOf = (
  event: HookName,
  { at }: JournalRecord,
  says: string,
  from: Readonly<Record<string, unknown>>,
): ForPeople => ({
  event,
  at,
  says,
  fields: Object.fromEntries(HOOK_EVENTS[event].fields.map((name) => [name, from[name]])),
});

const changeOfStanding = (before: Standing | undefined, now: Standing): readonly HookName[] => {
  if (before === now) return [];
  const again: readonly HookName[] =
    before === 'unfit' ? ['fit'] : before === 'not in order' && now === 'in order' ? ['in-order-again'] : [];
  return [
    ...again,
    ...(now === 'unfit' ? ['unfit' as const] : now === 'not in order' ? ['not-in-order' as const] : []),
  ];
};

const hearVerdict = (heard: Hearing, record: JournalRecord): Heard => {
  const standing = standingOf(record['fit'], record['inOrder'], record['rule']);
  const { text } = tellVerdict(record);
  const events = changeOfStanding(heard.standing, standing).map((name) => eventOf(name, record, text, record));
  return { next: { ...heard, standing }, events };
};

const roleChanged = (record: JournalRecord, { leader, rule, why }: AtWork): ForPeople => {
  const who = leader === 'local' ? 'local' : 'the peer';
  const says = `${who} became the master (rule ${String(rule)}: ${String(why)})`;
  return eventOf('role-changed', record, says, { ...record, leader, rule, why });
};

const after = (work: AtWork, record: JournalRecord): AtWork => {
  switch (record.event) {
    case 'plan': {
      const { rule, why, steps } = record;
      // The last look of a command finds nothing left to do.
      return Array.isArray(steps) && steps.length > 0 && work.leader === undefined ? { ...work, rule, why } : work;
    }
    case 'step':
      return { ...work, leader: leaderAfter(record) ?? work.leader };
    case 'rescued':
      return { ...work, rescues: [...work.rescues, eventOf('rescue-made', record, tellRescue(record).text, record)] };
    default:
      return work;
  }
};

interface Heard {
  readonly next: Hearing;
  readonly events: readonly ForPeople[];
}

const hearChange = (heard: Hearing, record: JournalRecord, change: string): Heard => {
  const work = after(heard.atWork.get(change) ?? IDLE, record);
  const others = [...heard.atWork].filter(([name]) => name !== change).slice(-AT_WORK_MAX);
  if (record.event !== 'end') return { next: { ...heard, atWork: new Map([...others, [change, work]]) }, events: [] };
  const role = work.leader === undefined ? [] : [roleChanged(record, work)];
  return { next: { ...heard, atWork: new Map(others) }, events: [...role, ...work.rescues] };
};

/** What people are to be told of this entry, and what has to be known for the next one. */
export const hearEntry = (heard: Hearing, record: JournalRecord): Heard => {
  const { event, change } = record;
  if (event === 'verdict') return hearVerdict(heard, record);
  if (event === 'drained' || event === 'paused' || event === 'resumed')
    return { next: heard, events: [eventOf(event, record, tellPerson[event](record).text, record)] };
  return typeof change === 'string' ? hearChange(heard, record, change) : { next: heard, events: [] };
};

/** What an earlier process found last: nobody is told of it again. */
export const heardBefore = (last: { readonly fit: boolean; readonly condition: Condition } | undefined): Hearing => {
  if (last === undefined) return NOTHING_HEARD;
  const { local, peer, isSound } = last.condition;
  const isBeside = peer === 'unknown' || peer === 'master' || (peer === 'replica' && local === 'master');
  return { ...NOTHING_HEARD, standing: standingOf(last.fit, isSound && isBeside, last.condition.row) };
};
