/** `status`: one look at the pair, in words. */
import type { JournalRecord } from '../../app/ports/rescues.ts';
import type { StatusReport } from '../../app/status.ts';
import { status } from '../../app/status.ts';
import { formatEndpoint } from '../../core/model.ts';
import type { AddressFound } from '../../core/order.ts';
import { describeStep } from '../../core/steps.ts';
import { EXIT } from '../../errors.ts';
import { entryText, timeText } from '../entry.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { pairMeant } from '../meant.ts';
import type { ReadOptions } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';
import type { Colors } from '../text.ts';
import { formatAge, formatBytes, hanging, lineWidth, openColors, pairs, plural, printable } from '../text.ts';

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

const rows = (report: StatusReport): readonly (readonly [string, string])[] => {
  const { pair, rescues } = report;
  return [
    ['local', `${formatEndpoint(pair.localEndpoint)}  ${report.local}`],
    ['peer', `${formatEndpoint(pair.peerEndpoint)}  ${report.peer}`],
    ['address', addressText(report)],
    ['keepalived', KEEPALIVED[report.keepalived]],
    ['situation', `${report.situation}: ${report.situationWords}`],
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

/** The verdict comes first: whoever is called at night reads no further than has to be. */
const verdictLines = ({ troubles, unlooked, notes }: StatusReport, colors: Colors): readonly string[] => [
  ...(troubles.length === 0
    ? [unlooked.length === 0 ? colors.green('in order') : 'in order, as far as anybody looked']
    : []),
  ...troubles.flatMap(({ says, next }) => [
    colors.red(hanging(`not in order: ${printable(says)}`, 2)),
    hanging(`  next: ${printable(next)}`, 8),
  ]),
  ...[...unlooked, ...notes].map((note) => hanging(`note: ${printable(note)}`, 2)),
];

const asJson = ({ pair, plan, ...report }: StatusReport): string =>
  JSON.stringify({
    ...report,
    local: { endpoint: pair.localEndpoint, words: report.local, view: pair.local },
    peer: { endpoint: pair.peerEndpoint, words: report.peer, view: pair.peer },
    plan: plan === undefined ? undefined : { ...plan, words: plan.steps.map(describeStep) },
  });

export const run = async (runtime: PeoplesRuntime, words: readonly string[], options: ReadOptions): Promise<Exit> => {
  const pair = words.length === 0 ? undefined : await pairMeant(runtime, words, 'status', options);
  const report = await status(await runtime.openStatus(pair, options));
  const code = report.inOrder ? EXIT.done : EXIT.unfit;
  if (options.json) return exitWith(code, asJson(report));
  const lines = verdictLines(report, await openColors());
  return exitWith(code, `${lines.join('\n')}\n\n${pairs(rows(report), lineWidth())}`);
};
