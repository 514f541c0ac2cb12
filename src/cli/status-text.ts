/** `status` in words and as JSON. */
import type { JournalRecord } from '../core/history/record.ts';
import type { StatusReport } from '../app/status-report.ts';
import { describeDrained, describePaused } from '../core/marks.ts';
import { formatEndpoint } from '../core/model.ts';
import type { AddressFound } from '../core/order.ts';
import { describeStep } from '../core/steps.ts';
import { entryText, timeText } from './entry.ts';
import { nodeLines } from './status-nodes.ts';
import type { Colors } from './text.ts';
import { formatAge, formatBytes, hanging, pairs, plural, printable } from './text.ts';

const UNREADABLE = 'cannot be read by this user';

const vrrpText = ({ vrrp, closed }: StatusReport): string => {
  if (vrrp !== undefined) return `${vrrp.vrrpState}, told ${formatAge(vrrp.ageMs)} ago (${vrrp.command})`;
  return closed === undefined ? 'nothing told since the boot' : UNREADABLE;
};

const toldRows = ({ told }: StatusReport): readonly (readonly [string, string])[] => {
  if (told === undefined) return [];
  const { fit, path, resident } = told;
  const row = ['told', `${fit === undefined ? 'nothing' : fit ? 'fit' : 'not fit'}, by ${path}`] as const;
  if (resident === undefined) return [row];
  const { rule, forMs, localAgeMs, peerAgeMs, pid, clients, licence } = resident;
  const peerSeen = peerAgeMs === undefined ? '' : `, the peer ${formatAge(peerAgeMs)} ago`;
  const seen = `rule ${String(rule)} for ${formatAge(forMs)}; local seen ${formatAge(localAgeMs)} ago${peerSeen}`;
  const watched = ['watched', `${seen}, by the process ${String(pid)}`] as const;
  const known = clients?.known ?? 0;
  return [
    row,
    watched,
    ...(licence === undefined ? [] : [['witness', licence.says] as const]),
    ...(known === 0
      ? []
      : [['clients', `${String(known)} at the address, at the peer; they are told if it comes here`] as const]),
  ];
};

const ruleRows = ({ plan, intent, vrrp }: StatusReport): readonly (readonly [string, string])[] => {
  if (plan === undefined || intent === undefined) {
    const hasStopped = vrrp?.vrrpState === 'STOP';
    return [['rule', hasStopped ? 'none: keepalived has stopped' : 'none: keepalived wants nothing of this node now']];
  }
  return [
    ['rule', `${String(plan.rule)} (${plan.name}), would fire for ${intent}`],
    ['why', plan.why],
    ...plan.steps.map((step, index) => [index === 0 ? 'steps' : '', describeStep(step)] as const),
  ];
};

const endRows = (ends: readonly JournalRecord[] | undefined): readonly (readonly [string, string])[] => {
  if (ends === undefined) return [['last', UNREADABLE]];
  if (ends.length === 0) return [['last', 'no command yet']];
  return ends.map((entry, index) => [index === 0 ? 'last' : '', `${timeText(entry.at)} ${entryText(entry)}`]);
};

const AT: Readonly<Record<AddressFound['at'], string>> = {
  here: 'is here',
  peer: 'is at the peer',
  stranger: 'is at a server that is neither of the pair',
  refused: 'is at another host, where no Redis listens on it',
  nowhere: 'is nowhere',
  unread: 'is at another host, which does not say who it is',
};

const addressText = ({ address }: StatusReport): string =>
  address === undefined ? 'not known' : `${address.address} ${AT[address.at]}`;

const KEEPALIVED = { runs: 'runs', gone: 'does not run', unknown: 'not looked for: no keepalived.conf' } as const;

const markRows = ({ drained, paused }: StatusReport): readonly (readonly [string, string])[] => [
  ...(drained === undefined ? [] : [['drained', `${describeDrained(drained)}; redisha resume ends it`] as const]),
  ...(paused === undefined ? [] : [['paused', `${describePaused(paused)}; redisha resume ends it`] as const]),
];

const rows = (report: StatusReport): readonly (readonly [string, string])[] => {
  const { pair, rescues } = report;
  return [
    ['local', `${formatEndpoint(pair.localEndpoint)}  ${report.local}`],
    ['peer', `${formatEndpoint(pair.peerEndpoint)}  ${report.peer}`],
    ['address', addressText(report)],
    ['keepalived', KEEPALIVED[report.keepalived]],
    ['situation', `${report.situation}: ${report.situationWords}`],
    ...markRows(report),
    ['vrrp', vrrpText(report)],
    ...toldRows(report),
    ...ruleRows(report),
    ['running', report.commandRunning ? 'a command is at work on this port' : 'no command'],
    ...endRows(report.ends),
    [
      'rescues',
      rescues === undefined ? UNREADABLE : `${plural(rescues.count, 'rescue')}, ${formatBytes(rescues.bytes)}`,
    ],
  ];
};

/** What is not in order, with what to type, and what is worth knowing. */
const causeLines = ({ troubles, unlooked, notes }: StatusReport, { colors, width }: Look): readonly string[] => [
  ...(troubles.length === 0
    ? [unlooked.length === 0 ? colors.green('in order') : 'in order, as far as anybody looked']
    : []),
  ...troubles.flatMap(({ says, next }) => [
    colors.red(hanging(`not in order: ${printable(says)}`, 2, width)),
    hanging(`  next: ${printable(next)}`, 8, width),
  ]),
  ...[...unlooked, ...notes].map((note) => hanging(`note: ${printable(note)}`, 2, width)),
];

/** How it is to look. */
export interface Look {
  readonly colors: Colors;
  readonly width: number;
}

/** The verdict comes first: whoever is called at night reads no further than has to be. */
const verdictLine = ({ survival, inOrder }: StatusReport, { colors, width }: Look): string => {
  const text = hanging(printable(survival.says), 2, width);
  return inOrder && survival.verdict === 'healthy' ? colors.green(text) : colors.red(text);
};

export const statusText = (report: StatusReport, look: Look): string =>
  [
    verdictLine(report, look),
    '',
    ...nodeLines(report),
    '',
    ...causeLines(report, look),
    '',
    pairs(rows(report), look.width),
  ].join('\n');

/** Of the JSON object; another one where a field changes its meaning or goes. */
const FORMAT = 1;

export const statusJson = ({ pair, plan, survival, ...report }: StatusReport): string =>
  JSON.stringify({
    format: FORMAT,
    ...survival,
    ...report,
    local: { endpoint: pair.localEndpoint, words: report.local, view: pair.local },
    peer: { endpoint: pair.peerEndpoint, words: report.peer, view: pair.peer },
    plan: plan === undefined ? undefined : { ...plan, words: plan.steps.map(describeStep) },
  });
