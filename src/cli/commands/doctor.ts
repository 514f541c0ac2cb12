/** `doctor`: what the files of a pair will lead to, before the night. */
import type { DoctorFinding } from '../../core/doctor/doctor.ts';
import { diagnoseFiles } from '../../core/doctor/doctor.ts';
import { lineText, type Severity } from '../../core/doctor/row.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { pairMeant } from '../meant.ts';
import type { Mended } from '../mending.ts';
import type { DoctorOptions } from '../options.ts';
import type { DoctorSeen } from '../doctoring.ts';
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

const asJson = (findings: readonly DoctorFinding[], unlooked: readonly string[], mends?: readonly Mended[]): string =>
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
    ...(mends === undefined ? {} : { mends }),
  });

const usage = (message: string, hint: string): RedishaError => new RedishaError('USAGE', message, { hint });

/** @throws {RedishaError} USAGE */
const assertTogether = ({ fix, yes, files }: DoctorOptions): void => {
  if (yes && !fix) throw usage('--yes is for --fix', 'redisha doctor --fix --yes');
  if (fix && files !== undefined)
    throw usage('--fix mends the files of this host, and --files are others', 'redisha doctor --fix, on that host');
};

const asText = (findings: readonly DoctorFinding[], unlooked: readonly string[], colors: Colors): string => {
  const together = togetherOf(findings);
  const paint = countOf(findings, 'wrong') === 0 ? colors.green : colors.red;
  return [
    paint(verdictOf(together.flatMap((alike) => alike.slice(0, 1)))),
    ...together.map((alike) => `\n${linesOf(alike, colors)}`),
    ...(unlooked.length === 0 ? [] : ['']),
    ...unlooked.map((what) => hanging(`not looked at: ${printable(what)}`, INDENT)),
  ].join('\n');
};

export const run = async (runtime: PeoplesRuntime, words: readonly string[], options: DoctorOptions): Promise<Exit> => {
  const { files, peerFiles, fix, json } = options;
  assertTogether(options);
  const pair = words.length === 0 ? undefined : await pairMeant(runtime, words, 'doctor', options);
  const look = (): Promise<DoctorSeen> => runtime.doctorSeen(options, { pair, files, peerFiles });
  const first = await look();
  const mends = fix ? await (await import('../mending.ts')).mendAll(runtime, first.facts, options) : undefined;
  const { facts, unlooked } = mends?.some(({ result }) => result === 'made') === true ? await look() : first;
  const findings = diagnoseFiles(facts);
  const code = runtime.signalExit() ?? (countOf(findings, 'wrong') === 0 ? EXIT.done : EXIT.unfit);
  if (json) return exitWith(code, asJson(findings, unlooked, mends));
  const report = asText(findings, unlooked, await openColors());
  if (mends === undefined) return exitWith(code, report);
  const { mendedText } = await import('../mending.ts');
  return exitWith(code, `${mendedText(mends)}\n\n${report}`);
};
