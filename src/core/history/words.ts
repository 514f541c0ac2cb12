/** An entry of the journal in words, for people. */
import type { Step } from '../steps.ts';
import { describeStep } from '../steps.ts';
import type { JournalRecord } from './record.ts';

const DETAILS_MAX = 300;

/** What every entry has, and what only a program reads. */
const UNTOLD = new Set(['at', 'atMs', 'pid', 'event', 'version', 'change', 'seen', 'localBefore']);

export interface Told {
  readonly text: string;
  /** What else there is to say of it, each a line. */
  readonly notes: readonly string[];
  /** Something is not as it should be. */
  readonly isBad: boolean;
}

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const rest = (entry: JournalRecord): string => {
  const said = Object.entries(entry).filter(([name, value]) => !UNTOLD.has(name) && value !== undefined);
  const all = said.map(([name, value]) => `${name}=${text(value)}`).join(' ');
  return all.length > DETAILS_MAX ? `${all.slice(0, DETAILS_MAX)}…` : all;
};

/** An entry of another version may have a step that this one does not know. */
const stepText = (step: unknown): string => {
  try {
    return describeStep(step as Step);
  } catch {
    return text(step);
  }
};

export const bytesText = (bytes: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** at;
  return `${at === 0 ? String(value) : value.toFixed(1)} ${units[at] ?? ''}`;
};

const counted = (count: unknown, one: string): string => `${text(count)} ${one}${count === 1 ? '' : 's'}`;

const HELD: Readonly<Record<string, string>> = {
  pause: 'waited',
  failover: 'waited',
  fence: 'were refused (NOREPLICAS)',
};

/** What clients may have seen meanwhile: of a step, or of what a command let go of at its end. */
export const clientsSaw = ({ way, held, clientsEnded, staysOpen }: JournalRecord): readonly string[] => [
  ...(way === undefined ? [] : [`the role moved by ${text(way)}`]),
  ...listOf(held).map((one) => {
    const { side, way: heldBy, forMs } = recordOf(one);
    return `writes on ${text(side)} ${HELD[text(heldBy)] ?? 'were held'} for ${text(forMs)} ms`;
  }),
  ...(clientsEnded === undefined
    ? []
    : [`the port was closed at the virtual address, and ${counted(clientsEnded, 'connection')} ended`]),
  ...(staysOpen === undefined
    ? []
    : [`clients were told READONLY until the address had moved: the port stayed open there (${text(staysOpen)})`]),
];

export const tellVerdict: Teller = ({ fit, inOrder, why, rule, heal }) => {
  const order = fit === true && inOrder === false ? ', the pair is not in order' : '';
  const repair = heal === undefined ? '' : `; repaired by ${text(heal)}`;
  return {
    text: `${fit === true ? 'fit' : 'unfit'}${order}: ${text(why)} (rule ${text(rule)})${repair}`,
    isBad: fit !== true || inOrder === false,
  };
};

const address: Teller = ({ isHere }) => {
  if (isHere === undefined) return { text: 'where the virtual address is, is not known any more', isBad: true };
  return { text: `the virtual address has ${isHere === true ? 'come to' : 'left'} this host` };
};

const plan: Teller = ({ intent, rule, situation, why, warnings, local, peer }) => ({
  text: `${text(intent)}: rule ${text(rule)}, ${text(situation)}: ${text(why)}`,
  notes: [
    ...(typeof local === 'string' ? [`local: ${local}`] : []),
    ...(typeof peer === 'string' ? [`peer: ${peer}`] : []),
    ...listOf(warnings).map((warning) => `writes may be missing: ${text(warning)}`),
  ],
  isBad: listOf(warnings).length > 0,
});

const step: Teller = (entry) => ({
  text: `${stepText(entry['step'])} (${text(entry['tookMs'])} ms)`,
  notes: clientsSaw(entry),
});

const end: Teller = (entry) => {
  const { intent, rule, result, message, tookMs, exitCode } = entry;
  const fired = rule === undefined ? '' : `rule ${text(rule)}, `;
  return {
    text: `${text(intent)}: ${text(result)}: ${text(message)} (${fired}${text(tookMs)} ms)`,
    notes: clientsSaw(entry),
    isBad: exitCode !== 0,
  };
};

export const tellRescue: Teller = ({ loser, form, file, bytes }) => {
  const what = form === 'dataset' ? `the whole dataset of ${text(loser)}` : `the writes that only ${text(loser)} has`;
  const size = typeof bytes === 'number' ? ` (${bytesText(bytes)})` : '';
  return { text: `saved ${what}${size} in ${text(file)}`, isBad: true };
};

const merged: Teller = ({ loser, file, commands, keys, keysInFileAlone, inPart, before, why }) => {
  const what =
    typeof commands === 'number'
      ? counted(commands, 'command')
      : typeof keys === 'number'
        ? counted(keys, 'key')
        : `the writes of ${text(loser)}`;
  const left = inPart === true ? ', in part only' : '';
  const alone =
    typeof keysInFileAlone === 'number' && keysInFileAlone > 0
      ? `; ${counted(keysInFileAlone, 'key')} in the file alone`
      : '';
  const earlier = before === true ? ' by an earlier command' : '';
  return {
    text: `merged ${what} of ${text(loser)} into the other side${left}${earlier}${alone}: ${text(file)}${why === undefined ? '' : ` (${text(why)})`}`,
    isBad: inPart === true,
  };
};

const clientsTold: Teller = ({ clients, told, why }) => ({
  text: `${text(told)} of ${counted(clients, 'client')} of the address were told that it is here${why === undefined ? '' : `: ${text(why)}`}`,
  isBad: why !== undefined,
});

type Teller = (entry: JournalRecord) => Partial<Told> & Pick<Told, 'text'>;

const reason = (why: unknown): string => (why === undefined ? '' : `: ${text(why)}`);

/** What a person has said of the node. */
export const tellPerson = {
  drained: ({ by, why }) => ({ text: `${text(by)} has drained this node${reason(why)}` }),
  paused: ({ by, why, until }) => ({ text: `${text(by)} has paused redisha here until ${text(until)}${reason(why)}` }),
  resumed: ({ what, why }) => ({ text: `the ${text(what)} of this node has ended${reason(why)}` }),
} as const satisfies Readonly<Record<string, Teller>>;

const TELLERS: Readonly<Record<string, Teller>> = {
  ...tellPerson,
  verdict: tellVerdict,
  address,
  vrrp: ({ vrrpState }) => ({ text: `keepalived says ${text(vrrpState)}`, isBad: vrrpState === 'FAULT' }),
  plan,
  step,
  end,
  rescued: tellRescue,
  merged,
  'clients-told': clientsTold,
  claim: ({ isRaised }) => ({
    text:
      isRaised === true
        ? 'this node keeps the address when it meets the other one: clients have written here'
        : 'this node no longer keeps the address before the other one',
  }),
  'writes-seen': () => ({ text: 'a look sees the first write since local leads' }),
  'stepped-down': () => ({ text: 'keepalived here is about to be stopped, and the role has gone to the peer' }),
  'older-data': (entry) => ({ text: rest(entry), isBad: true }),
};

/** What the entry says. One of a kind that this version does not know is told by its fields. */
export const tellEntry = (entry: JournalRecord): Told => {
  const teller = Object.hasOwn(TELLERS, entry.event) ? TELLERS[entry.event] : undefined;
  return { notes: [], isBad: false, ...(teller?.(entry) ?? { text: rest(entry) }) };
};
