/** `doctor`: what the files of a pair will lead to, before the night. */
import type { DoctorFinding } from '../../core/doctor/doctor.ts';
import { diagnoseFiles } from '../../core/doctor/doctor.ts';
import { lineText, type Severity } from '../../core/doctor/row.ts';
import { EXIT } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { pairMeant } from '../meant.ts';
import type { DoctorOptions } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';
import type { Colors } from '../text.ts';
import { hanging, openColors, plural, printable } from '../text.ts';

/** Of the JSON object; another one where a field changes its meaning or goes. */
const FORMAT = 1;
const INDENT = 2;

const countOf = (findings: readonly DoctorFinding[], severity: Severity): number =>
  findings.filter((one) => one.severity === severity).length;

const verdictOf = (findings: readonly DoctorFinding[]): string => {
  const wrong = countOf(findings, 'wrong');
  const more = [plural(countOf(findings, 'risk'), 'risk'), plural(countOf(findings, 'note'), 'note')].join(', ');
  return wrong === 0 ? `nothing wrong in what was looked at (${more})` : `${String(wrong)} wrong, ${more}`;
};

/** The same of both hosts is said once. */
const togetherOf = (findings: readonly DoctorFinding[]): readonly (readonly DoctorFinding[])[] => [
  ...Map.groupBy(findings, ({ id, says, fix }) => [id, says, fix].join('\0')).values(),
];

const placeOf = ({ at, host }: DoctorFinding): string => {
  const who = host === 'peer' ? 'the other host' : '';
  const place = at === undefined ? '' : lineText(at);
  return [who, place].filter((part) => part !== '').join(': ');
};

const PAINT: Readonly<Record<Severity, (colors: Colors, text: string) => string>> = {
  wrong: ({ red }, text) => red(text),
  risk: ({ yellow }, text) => yellow(text),
  note: ({ dim }, text) => dim(text),
};

const part = (text: string): string => hanging(`${' '.repeat(INDENT)}${printable(text)}`, 2 * INDENT);

const linesOf = (alike: readonly DoctorFinding[], colors: Colors): string => {
  const [finding] = alike;
  if (finding === undefined) return '';
  const { severity, id, says, fix, source } = finding;
  const places = alike.map(placeOf).filter((place) => place !== '');
  const head = [`${PAINT[severity](colors, severity)}  ${id}`, ...places.map((place) => `  ${printable(place)}`)].join(
    '\n',
  );
  return [head, part(says), part(`fix: ${fix}`), colors.dim(part(`source: ${source}`))].join('\n');
};

const asJson = (findings: readonly DoctorFinding[], unlooked: readonly string[]): string =>
  JSON.stringify({
    format: FORMAT,
    wrong: countOf(findings, 'wrong'),
    risks: countOf(findings, 'risk'),
    notes: countOf(findings, 'note'),
    findings: findings.map(({ at, says, fix, ...finding }) => ({
      ...finding,
      says: printable(says),
      fix: printable(fix),
      ...(at === undefined ? {} : { file: printable(at.file), ...(at.line === 0 ? {} : { line: at.line }) }),
    })),
    unlooked: unlooked.map(printable),
  });

export const run = async (runtime: PeoplesRuntime, words: readonly string[], options: DoctorOptions): Promise<Exit> => {
  const { files, peerFiles } = options;
  const pair = words.length === 0 ? undefined : await pairMeant(runtime, words, 'doctor', options);
  const { facts, unlooked } = await runtime.doctorSeen(options, { pair, files, peerFiles });
  const findings = diagnoseFiles(facts);
  const code = countOf(findings, 'wrong') === 0 ? EXIT.done : EXIT.unfit;
  if (options.json) return exitWith(code, asJson(findings, unlooked));
  const colors = await openColors();
  const together = togetherOf(findings);
  const paint = code === EXIT.done ? colors.green : colors.red;
  return exitWith(
    code,
    [
      paint(verdictOf(together.flatMap((alike) => alike.slice(0, 1)))),
      ...together.map((alike) => `\n${linesOf(alike, colors)}`),
      ...(unlooked.length === 0 ? [] : ['']),
      ...unlooked.map((what) => hanging(`not looked at: ${printable(what)}`, INDENT)),
    ].join('\n'),
  );
};
