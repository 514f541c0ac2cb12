/** Both nodes of a pair side by side, in at most 80 columns. */
import type { NodeSeen, StatusReport } from '../app/status-report.ts';
import { formatEndpoint } from '../core/model.ts';
import { describeNode } from '../core/situation.ts';
import { timeText } from './entry.ts';
import { formatAge, formatBytes, printable } from './text.ts';

const LABEL = 11;
const CELL = 32;
const GAP = '  ';

/** In lines of at most `CELL`; a word that is longer, such as an IPv6 address with its port, is cut. */
const cellLines = (text: string): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= CELL) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    for (; line.length > CELL; line = line.slice(CELL)) lines.push(line.slice(0, CELL));
  }
  return [...lines, line];
};

type Cells = readonly [label: string, local: string, peer: string];

const rowLines = ([label, local, peer]: Cells): readonly string[] => {
  const [left, right] = [cellLines(local), cellLines(peer)];
  return Array.from({ length: Math.max(left.length, right.length) }, (_, nth) =>
    [(nth === 0 ? label : '').padEnd(LABEL), (left[nth] ?? '').padEnd(CELL), right[nth] ?? ''].join(GAP).trimEnd(),
  );
};

/** Only the other host knows it. */
const UNSEEN = 'not seen from here';
const NONE = '-';

const addressText = ({ address }: StatusReport, { hasAddress }: NodeSeen): string => {
  if (address === undefined) return 'not known';
  return hasAddress === undefined ? 'not known' : hasAddress ? `has ${address.address}` : NONE;
};

const vrrpText = ({ vrrp, closed }: StatusReport): string => {
  if (vrrp !== undefined) return `${vrrp.vrrpState} for ${formatAge(vrrp.ageMs)}`;
  return closed === undefined ? 'nothing told since the boot' : 'cannot be read by this user';
};

const roleText = ({ pair }: StatusReport, { side, redisRole }: NodeSeen): string =>
  redisRole ?? describeNode(pair[side]);

const lagText = ({ lagBytes, lagSeconds }: NodeSeen): string => {
  const parts = [
    ...(lagBytes === undefined ? [] : [formatBytes(lagBytes)]),
    ...(lagSeconds === undefined ? [] : [`${String(lagSeconds)} s`]),
  ];
  return parts.length === 0 ? NONE : parts.join(', ');
};

const fitnessText = ({ told }: StatusReport): string => {
  if (told === undefined) return 'told by the exit code of check';
  const { fit, resident } = told;
  const word = fit === undefined ? 'nothing is told' : fit ? 'fit' : 'not fit';
  return resident === undefined
    ? word
    : `${word}, rule ${String(resident.rule)} for ${formatAge(resident.forMs)}: ${resident.why}`;
};

const changeText = ({ ends }: StatusReport, { lastChange }: NodeSeen): string => {
  if (ends === undefined) return 'cannot be read by this user';
  if (lastChange === undefined) return 'no command yet';
  const { at, command, result, why } = lastChange;
  return `${timeText(at).slice(0, 16)} ${command}: ${result}: ${why}`;
};

const rescuesText = ({ rescues }: StatusReport): string => {
  if (rescues === undefined) return 'cannot be read by this user';
  return rescues.unseen === 0 ? String(rescues.count) : `${String(rescues.count)}, ${String(rescues.unseen)} unseen`;
};

const watchedText = ({ told }: StatusReport): string => {
  const { resident, lookedS } = told ?? {};
  if (resident !== undefined) return `watch (${String(resident.pid)}), ${formatAge(resident.localAgeMs)} ago`;
  return lookedS === undefined ? 'nobody' : `watch, ${String(lookedS)} s ago`;
};

const lookText = ({ lookAgeMs }: NodeSeen): string =>
  lookAgeMs === 0 ? 'now' : `${formatAge(lookAgeMs)} ago, by watch`;

const own = (label: string, text: string): Cells => [label, text, UNSEEN];

/** The lines of the table. */
export const nodeLines = (report: StatusReport): readonly string[] => {
  const [local, peer] = report.nodes;
  const both = (label: string, of: (node: NodeSeen) => string): Cells => [label, of(local), of(peer)];
  const rows: readonly Cells[] = [
    ['', 'local', 'peer'],
    both('redis', ({ endpoint }) => formatEndpoint(endpoint)),
    both('address', (node) => addressText(report, node)),
    own('vrrp', vrrpText(report)),
    both('role', (node) => roleText(report, node)),
    both('link', ({ link }) => link ?? NONE),
    both('lag', lagText),
    both('version', ({ server }) => server ?? NONE),
    own('fitness', fitnessText(report)),
    own('last change', changeText(report, local)),
    own('rescues', rescuesText(report)),
    own('watched by', watchedText(report)),
    both('looked at', lookText),
  ];
  return rows.flatMap(rowLines);
};
