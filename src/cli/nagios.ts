/**
 * `status` as a plugin of Nagios and its kin: one line, performance data behind a bar, and exit codes of its own.
 * Source: the Monitoring Plugins development guidelines (plugin output, performance data, plugin return codes).
 */
import type { StatusReport } from '../app/status-report.ts';
import type { Survival } from '../core/survival.ts';
import { plural, printable } from './text.ts';

/** Not the exit codes of redisha. */
export const NAGIOS = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;

type State = keyof typeof NAGIOS;

const STATES: Readonly<Record<Survival['verdict'], State>> = {
  healthy: 'OK',
  'not-in-order': 'WARNING',
  'at-risk': 'WARNING',
  down: 'CRITICAL',
  unknown: 'UNKNOWN',
};

/** A bar begins the performance data, and a line is all that is read. */
const sentence = (text: string): string => printable(text).replaceAll('|', '/');

const lineOf = (state: State, text: string): string => `REDISHA ${state} - ${sentence(text)}`;

/** What is not known is left out: 0 would be a claim. The minimum of all of them is 0. */
const performance = ({ lag, rescues, nodes }: StatusReport): string => {
  const figures: readonly (readonly [name: string, value: number | undefined, unit: string])[] = [
    ['lag_bytes', lag?.bytes, 'B'],
    ['lag_s', lag?.seconds, 's'],
    ['rescues', rescues?.count, ''],
    ['rescues_unseen', rescues?.unseen, ''],
    ['rescues_bytes', rescues?.bytes, 'B'],
    ['look_age_s', Math.max(...nodes.map(({ lookAgeMs }) => lookAgeMs)) / 1000, 's'],
  ];
  return figures
    .flatMap(([name, value, unit]) => (value === undefined ? [] : [`${name}=${String(value)}${unit};;;0`]))
    .join(' ');
};

export interface PluginResult {
  readonly code: (typeof NAGIOS)[State];
  readonly line: string;
}

export const nagiosOf = (report: StatusReport): PluginResult => {
  const { survival, troubles, rescues } = report;
  const unseen = rescues?.unseen ?? 0;
  const waiting = `nobody has looked at ${plural(unseen, 'rescue')}; next: redisha rescue list`;
  const [trouble] = troubles;
  const next = trouble === undefined || trouble.next === '' ? '' : `; next: ${trouble.next}`;
  const found = STATES[survival.verdict];
  const state = found === 'OK' && unseen > 0 ? 'WARNING' : found;
  const text = found === 'OK' && unseen > 0 ? `${survival.says}; ${waiting}` : `${survival.says}${next}`;
  return { code: NAGIOS[state], line: `${lineOf(state, text)} | ${performance(report)}` };
};

/** Where nobody could look. */
export const nagiosOfFailure = (message: string, hint: string | undefined): PluginResult => ({
  code: NAGIOS.UNKNOWN,
  line: lineOf('UNKNOWN', hint === undefined ? message : `${message}; next: ${hint}`),
});
