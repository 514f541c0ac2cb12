/** `config check`: what keepalived would run, tried, and what of it will not do. */
import { EXIT } from '../errors.ts';
import type { Exit } from './exits.ts';
import { exitWith } from './exits.ts';
import type { ReadOptions } from './options.ts';
import type { CallsReport, PeoplesRuntime, TriedCall } from './runtime.ts';
import { printable } from './text.ts';

const lineOf = ({ where, command, user, kind, said, hint }: TriedCall): string =>
  [
    `${kind === 'right' ? 'right' : 'WRONG'}  ${where}, as ${user}: ${printable(command)}`,
    `       ${printable(said)}`,
    ...(hint === undefined ? [] : [`       hint: ${printable(hint)}`]),
  ].join('\n');

const passwordLines = ({ password, tried }: CallsReport): readonly string[] => {
  if (password === undefined) {
    return tried.some(({ asksPassword }) => asksPassword)
      ? [
          'warning: Redis asks for a password, and none was found: write it into a file and name that in redisha.toml (password_file)',
        ]
      : [];
  }
  const { foundIn, keptIn, left } = password;
  if (keptIn === undefined)
    return [
      `warning: the password stands in ${foundIn}: "redisha config check --take-password" copies it into a file for redisha`,
    ];
  return [`the password of ${foundIn} is in ${keptIn} now`, ...(left === undefined ? [] : [`warning: ${left}`])];
};

export const runConfigCheck = async (
  runtime: PeoplesRuntime,
  options: ReadOptions,
  takePassword: boolean,
): Promise<Exit> => {
  const report = await runtime.checkConfig(options, takePassword);
  const { file, isThere, tried, troubles } = report;
  const isWrong = troubles.length > 0 || tried.some(({ kind }) => kind === 'wrong');
  const code = isWrong ? EXIT.configuration : EXIT.done;
  if (options.json)
    return isWrong ? exitWith(code, '', JSON.stringify(report)) : exitWith(code, JSON.stringify(report));
  const warnings = [...troubles.map((trouble) => `warning: ${printable(trouble)}`), ...passwordLines(report)];
  const none = isThere ? `${file} calls redisha nowhere yet` : `there is no ${file} yet`;
  const lines = tried.length === 0 ? [`note: ${none}: "redisha config" writes one that does`] : tried.map(lineOf);
  return exitWith(code, lines.join('\n'), warnings.join('\n'));
};
