/** From what the clients of a drill saw to the figures that an operator reads, and to whether the promise was kept. */
import type { ProfileName } from '../blueprint.ts';
import { type Disturbance, LIBRARY_MS, PROMISED_MS } from '../promises.ts';
import type { Account } from './account.ts';
import { CLIENTS, type ClientName, type ClientRecord } from './record.ts';

/** The time that belongs to one move: from its begin to the next one, or to the end of the drill. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Silence {
  readonly ms: number;
  readonly fromMs: number;
  /** It lasted to the end of the window. */
  readonly isOpen: boolean;
}

/** The longest time in the window without an answer. What began before the window counts from its begin. */
export const longestSilence = (answersMs: readonly number[], { fromMs, toMs }: Window): Silence => {
  const marks = [fromMs, ...answersMs.filter((ms) => ms > fromMs && ms < toMs), toMs];
  let longest: Silence = { ms: 0, fromMs, isOpen: false };
  for (const [index, ms] of marks.entries()) {
    const before = marks[index - 1];
    if (before !== undefined && ms - before > longest.ms)
      longest = { ms: ms - before, fromMs: before, isOpen: index === marks.length - 1 };
  }
  return longest;
};

/** How many errors of each kind. */
const countsOf = ({ errors }: ClientRecord): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { kind } of errors) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

export interface ClientFigures {
  readonly client: ClientName;
  /** One for each move. */
  readonly silences: readonly Silence[];
  readonly errors: Readonly<Record<string, number>>;
  /** How often its connection ended. */
  readonly closed: number;
  /** `undefined` for a client of which only the times count. */
  readonly account: Account | undefined;
}

export const figuresOf = (
  records: Readonly<Record<ClientName, ClientRecord>>,
  windows: readonly Window[],
  accounts: Readonly<Partial<Record<ClientName, Account>>>,
): readonly ClientFigures[] =>
  CLIENTS.map((client) => ({
    client,
    silences: windows.map((window) => longestSilence(records[client].answersMs, window)),
    errors: countsOf(records[client]),
    closed: records[client].closedMs.length,
    account: accounts[client],
  }));

/** One thing that was promised, and what came of it. */
export interface Pledge {
  readonly what: string;
  readonly promised: string;
  readonly seen: string;
  readonly isKept: boolean;
}

/** What is judged: a move that was planned loses nothing, and one that was not may lose what had not been sent yet. */
export interface Drilled {
  readonly disturbance: Disturbance;
  /** `undefined` where the timings are nobody's but the operator's. */
  readonly profile: ProfileName | undefined;
  readonly figures: readonly ClientFigures[];
  /** `undefined` where nobody can expect it: a server that was killed and that nothing starts again. */
  readonly inOrder: boolean | undefined;
}

export const secondsText = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** The longest silence that a client may see; `undefined` where nobody has promised any. */
export const promisedMs = (
  { profile, disturbance }: Pick<Drilled, 'profile' | 'disturbance'>,
  client: ClientName,
): number | undefined => {
  if (profile === undefined) return undefined;
  return PROMISED_MS[profile][disturbance] + (client === 'probe' ? 0 : LIBRARY_MS);
};

/** Longer than any client rests. A silence that lasted to the end may go on for good. */
const OPEN_MS = 1000;

const isWithin = ({ ms, isOpen }: Silence, mostMs: number): boolean => ms <= mostMs && !(isOpen && ms >= OPEN_MS);

export const silenceText = ({ ms, isOpen }: Silence): string =>
  `${secondsText(ms)}${isOpen && ms >= OPEN_MS ? ' and on' : ''}`;

const silencePledge = (drilled: Drilled, isProbe: boolean): readonly Pledge[] => {
  const most = promisedMs(drilled, isProbe ? 'probe' : 'counters');
  if (most === undefined) return [];
  const asked = drilled.figures.filter(({ client }) => (client === 'probe') === isProbe);
  const [longest] = asked.flatMap(({ silences }) => silences).toSorted((one, other) => other.ms - one.ms);
  const late = asked.filter(({ silences }) => silences.some((silence) => !isWithin(silence, most)));
  const who = late.map(({ client }) => client);
  return [
    {
      what: isProbe ? 'silence of the service, by the probe' : 'silence of every application',
      promised: `at most ${secondsText(most)}`,
      seen: `${longest === undefined ? 'nothing' : silenceText(longest)}${who.length === 0 || isProbe ? '' : ` (${who.join(', ')})`}`,
      isKept: who.length === 0,
    },
  ];
};

/** Errors by which an application learns of a move that should have stayed hidden from it. */
const TELLTALE = ['READONLY', 'EXECABORT'];

const nonePledge = (what: string, seen: number): Pledge => ({
  what,
  promised: 'none',
  seen: seen === 0 ? 'none' : String(seen),
  isKept: seen === 0,
});

const sum = (figures: readonly ClientFigures[], count: (figure: ClientFigures) => number): number =>
  figures.reduce((total, figure) => total + count(figure), 0);

const lostOf = ({ account }: ClientFigures): number =>
  account === undefined || account.kind === 'messages' ? 0 : account.lost;

const twiceOf = ({ account }: ClientFigures): number =>
  account === undefined || account.kind === 'keys' || account.kind === 'messages' ? 0 : account.twice;

const plannedPledges = ({ disturbance, figures }: Drilled): readonly Pledge[] =>
  disturbance !== 'promote'
    ? []
    : [
        nonePledge('acknowledged writes lost', sum(figures, lostOf)),
        nonePledge('writes carried out twice', sum(figures, twiceOf)),
        nonePledge(
          `${TELLTALE.join(' and ')} errors`,
          sum(figures, ({ errors }) => TELLTALE.reduce((total, kind) => total + (errors[kind] ?? 0), 0)),
        ),
      ];

/** Every promise that holds for this drill. */
export const pledgesOf = (drilled: Drilled): readonly Pledge[] => {
  const { inOrder } = drilled;
  return [
    ...silencePledge(drilled, true),
    ...silencePledge(drilled, false),
    ...plannedPledges(drilled),
    ...(inOrder === undefined
      ? []
      : [{ what: 'the pair at the end', promised: 'in order', seen: inOrder ? 'in order' : 'not', isKept: inOrder }]),
  ];
};
