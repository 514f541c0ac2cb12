/** What a drill prints: the timeline as it happens, the tables at the end, and the same as JSON. */
import type { DrillReport } from '../app/drill/drill.ts';
import type { DrillEvent, EventKind } from '../app/drill/recorder.ts';
import type { Account } from '../core/drill/account.ts';
import { type ClientFigures, secondsText, silenceText } from '../core/drill/figures.ts';
import { CLIENTS, CLIENT_WORDS, type ClientName } from '../core/drill/record.ts';
import type { Colors } from './text.ts';
import { hanging, table } from './text.ts';

const COLOURS: Readonly<Record<EventKind, (colors: Colors) => (text: string) => string>> = {
  drill: (colors) => colors.dim,
  move: (colors) => colors.bold,
  address: (colors) => colors.blue,
  role: (colors) => colors.magenta,
  trouble: (colors) => colors.red,
  recovery: (colors) => colors.green,
};

export const eventLine = ({ atMs, kind, text }: DrillEvent, colors: Colors): string =>
  `${(atMs / 1000).toFixed(2).padStart(7)} s  ${COLOURS[kind](colors)(text)}`;

const LIVE_MS = 300;
/** More names than that make the line too long for a terminal. */
const NAMES_MAX = 3;

/** One line for a person who waits: who works, and who has had no answer for how long. */
export const liveLine = (atMs: number, silentMs: (client: ClientName) => number): string => {
  const silent = CLIENTS.map((client) => [client, silentMs(client)] as const).filter(([, ms]) => ms > LIVE_MS);
  const longest = (Math.max(...silent.map(([, ms]) => ms)) / 1000).toFixed(1);
  const names =
    silent.length <= NAMES_MAX ? silent.map(([client]) => client).join(', ') : `${String(silent.length)} clients`;
  const words = silent.length === 0 ? 'every client works' : `no answer for ${longest} s: ${names}`;
  return `${(atMs / 1000).toFixed(1).padStart(6)} s   ${words}`;
};

const errorsText = ({ errors, closed }: ClientFigures): string => {
  const counted = Object.entries(errors).map(([kind, count]) => `${String(count)} ${kind}`);
  const lost = closed === 0 ? [] : [`connection lost ${String(closed)}x`];
  return [...counted, ...lost].join(', ') || '-';
};

const accountText = (account: Account | undefined): string => {
  switch (account?.kind) {
    case undefined:
      return '';
    case 'counter':
      return `${String(account.acknowledged)} acknowledged, ${String(account.lost)} lost, ${String(account.twice)} twice`;
    case 'keys':
      return `${String(account.acknowledged)} acknowledged, ${String(account.lost)} lost`;
    case 'messages':
      return `${String(account.published)} published, ${String(account.heard)} heard, ${String(account.missed)} missed`;
    case 'queue':
      return `${String(account.pushed)} pushed, ${String(account.popped)} popped, ${String(account.lost)} lost, ${String(account.twice)} twice`;
  }
};

const clientTable = ({ figures, moves, promisedMs }: DrillReport): Promise<string> => {
  const heads = moves.length === 1 ? ['silence'] : moves.map((_, index) => `silence ${String(index + 1)}`);
  const rows = figures.map((figure) => {
    const promised = promisedMs[figure.client];
    return [
      figure.client,
      ...figure.silences.map(silenceText),
      promised === undefined ? 'none' : secondsText(promised),
      errorsText(figure),
      accountText(figure.account),
    ];
  });
  return table(['client', ...heads, 'promised', 'errors', 'account'], rows);
};

const MOVES = { promote: 'a planned move', frozen: 'a frozen Redis', killed: 'a killed Redis' } as const;

const promiseHead = ({ profile, disturbance }: DrillReport): string => {
  const what = MOVES[disturbance as keyof typeof MOVES];
  return profile === undefined
    ? `promises for ${what} (keepalived.conf has timings of its own, so no time is promised)`
    : `promises of the profile ${profile} for ${what}`;
};

const pledgeTable = ({ pledges }: DrillReport, colors: Colors): Promise<string> =>
  table(
    ['promise', 'promised', 'seen', ''],
    pledges.map(({ what, promised, seen, isKept }) => [what, promised, seen, isKept ? 'kept' : 'NOT KEPT']),
  ).then((text) => text.replaceAll('NOT KEPT', colors.red('NOT KEPT')));

export const reportText = async (report: DrillReport, colors: Colors): Promise<string> => {
  const { disorder, isKept, keysLeft, moves } = report;
  const parts = [
    ...(moves.length === 1
      ? []
      : moves.map(({ what, tookMs }, index) => `move ${String(index + 1)}: ${what} (${secondsText(tookMs)})`)),
    await clientTable(report),
    '',
    promiseHead(report),
    await pledgeTable(report, colors),
    '',
    ...disorder.map((trouble) => hanging(`not in order: ${trouble}`, 2)),
    ...(keysLeft === 0 ? [] : [`note: ${String(keysLeft)} keys of the drill could not be removed`]),
    isKept ? colors.green('every promise was kept') : colors.red('not every promise was kept'),
  ];
  return parts.join('\n');
};

/** Another number when a field changes its meaning or goes. */
const JSON_VERSION = 1;

export const reportJson = (report: DrillReport, pair: Readonly<Record<string, string | number>>): string => {
  const { figures, promisedMs, events, records: _records, ...rest } = report;
  return JSON.stringify({
    version: JSON_VERSION,
    command: 'drill',
    pair,
    ...rest,
    clients: figures.map((figure) => ({
      ...figure,
      does: CLIENT_WORDS[figure.client],
      promisedMs: promisedMs[figure.client],
    })),
    timeline: events,
  });
};
