/**
 * The manual pages, in the macros of man(7). All they say comes from the table of commands and that of the configuration.
 *
 * Source: man(7) of groff and of mandoc: a line that begins with a dot is a macro, a backslash begins an escape, and a bare
 * hyphen may be set as another character.
 */
import { EXIT, EXIT_WORDS } from '../errors.ts';
import type { Command } from './command.ts';
import { usageOf } from './command.ts';
import { flagOf, type OptionSpec } from './option-kinds.ts';
import type { KeyTold } from '../config/told.ts';

const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(
      /[^\n -~]/gu,
      (letter) => `\\[u${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );

/** A line of text: what stands in backticks is bold. */
const line = (text: string): string => {
  const set = plain(text).replaceAll(/`([^`]*)`/g, '\\fB$1\\fR');
  return /^[.']/.test(set) ? `\\&${set}` : set;
};

const bold = (text: string): string => `\\fB${plain(text)}\\fR`;
const italic = (text: string): string => `\\fI${plain(text)}\\fR`;

const heading = (text: string): string => `.SH ${text}`;
const tagged = (tag: string, ...body: readonly string[]): readonly string[] => ['.TP', tag, ...body];
const literal = (lines: readonly string[]): readonly string[] => [
  '.PP',
  '.RS 4',
  '.nf',
  ...lines.map((one) => line(one)),
  '.fi',
  '.RE',
];

/** Which program the pages are of. */
interface Edition {
  readonly version: string;
  /** As `2026-08-13`. */
  readonly day: string;
}

const title = (name: string, section: number, { version, day }: Edition): string =>
  `.TH ${plain(name).toUpperCase()} ${String(section)} "${day}" "redisha ${plain(version)}" "redisha"`;

const ended = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);
const capital = (sentence: string): string => sentence.replace(/^[a-z]/, (letter) => letter.toUpperCase());

const flagsOf = (name: string, { kind, short, ...spec }: OptionSpec): string => {
  const flags = [...(short === undefined ? [] : [`-${short}`]), flagOf(name)].map(bold).join(', ');
  return kind === 'flag' ? flags : `${flags} ${italic('value' in spec ? spec.value : '')}`;
};

interface Used {
  readonly name: string;
  readonly spec: OptionSpec;
  readonly by: readonly string[];
}

/** Each option once, with the commands that have it. */
const optionsOf = (commands: readonly Command[]): readonly Used[] => {
  const having = commands.flatMap(({ name: by, options }) =>
    Object.entries(options).map(([name, spec]) => ({ name, spec, by })),
  );
  return [...Map.groupBy(having, ({ spec }) => spec)].map(([spec, uses]) => ({
    spec,
    name: uses[0]?.name ?? '',
    by: uses.map(({ by }) => by),
  }));
};

const optionLines = ({ name, spec }: Used, note: string): readonly string[] =>
  tagged(flagsOf(name, spec), line(ended(capital(spec.doc))), ...(note === '' ? [] : [line(note)]));

const commandLines = (command: Command, own: readonly Used[]): readonly string[] => {
  const { name, summary, words, orNone = false, calledBy, done, details, examples } = command;
  const usage = usageOf(command);
  return [
    `.SS ${plain(name)}`,
    `${bold(`redisha ${name}`)} [${italic('options')}]${usage === '' ? '' : ` ${orNone ? '[' : ''}${italic(usage)}${orNone ? ']' : ''}`}`,
    '.PP',
    line(ended(capital(summary))),
    line(`It is called by ${calledBy}.`),
    line(ended(`It exits 0 when this is true: ${done}`)),
    '.PP',
    line(details),
    ...words.flatMap(({ name: word, doc }) => tagged(italic(word), line(ended(capital(doc))))),
    ...own.flatMap((used) => optionLines(used, '')),
    ...literal(examples),
  ];
};

/** redisha(1). */
export const programPage = (commands: readonly Command[], edition: Edition): string => {
  const options = optionsOf(commands);
  const shared = options.filter(({ by }) => by.length > 1);
  const ownOf = ({ name }: Command): readonly Used[] => options.filter(({ by }) => by.length === 1 && by[0] === name);
  return [
    title('redisha', 1, edition),
    heading('NAME'),
    line('redisha - keeps a Redis pair highly available behind keepalived, without losing data'),
    heading('SYNOPSIS'),
    `${bold('redisha')} ${italic('COMMAND')} [${italic('options')}] [${italic('words')}]`,
    '.br',
    `${bold('redisha')} ${bold('--help')} | ${bold('--version')}`,
    heading('DESCRIPTION'),
    line('keepalived decides which of two hosts has the virtual address, and calls redisha.'),
    line('redisha makes the data follow, in the order that loses no acknowledged write.'),
    line('Where both servers took writes, it merges them or keeps them in a file, and it says which.'),
    line('The commands that keepalived calls come first, those for people after them.'),
    heading('COMMANDS'),
    ...commands.flatMap((command) => commandLines(command, ownOf(command))),
    heading('OPTIONS OF SEVERAL COMMANDS'),
    ...shared.flatMap((used) => optionLines(used, `Taken by: ${used.by.map((name) => `\`${name}\``).join(', ')}.`)),
    heading('EXIT STATUS'),
    ...Object.entries(EXIT_WORDS).flatMap(([name, [means, remedy]]) =>
      tagged(
        bold(String(EXIT[name as keyof typeof EXIT])),
        line(ended(capital(means))),
        ...(remedy === '' ? [] : [line(ended(capital(remedy)))]),
      ),
    ),
    heading('ENVIRONMENT'),
    ...tagged(bold('REDISHA_CONFIG'), line('The configuration to read instead of `/etc/redisha/redisha.toml`.')),
    ...tagged(bold('REDISHA_KEY'), line('`KEY` is a key of redisha.toml(5) in upper case. It wins over the file.')),
    ...tagged(bold('NO_COLOR'), line('Without colours.')),
    heading('FILES'),
    ...tagged('/etc/redisha/redisha.toml', line('The configuration, see redisha.toml(5). None is needed.')),
    ...tagged('/var/log/redisha/redisha.log', line('What was seen, decided and done.')),
    ...tagged('/var/lib/redisha', line('State, journal and rescues, for each port in a directory of its own.')),
    ...tagged('/run/redisha', line('What keepalived is told. It is empty after a boot.')),
    heading('SEE ALSO'),
    line('redisha.toml(5), keepalived(8), keepalived.conf(5)'),
    '',
  ].join('\n');
};

const keyLines = ({ key, preset, doc, expects }: KeyTold): readonly string[] =>
  tagged(
    preset === undefined ? bold(key) : `${bold(key)} (${plain(preset)})`,
    line(ended(doc)),
    line(`It takes ${expects}.`),
  );

/** redisha.toml(5). */
export const keysPage = (keys: readonly KeyTold[], edition: Edition): string =>
  [
    title('redisha.toml', 5, edition),
    heading('NAME'),
    line('redisha.toml - configuration of redisha'),
    heading('SYNOPSIS'),
    line('/etc/redisha/redisha.toml'),
    heading('DESCRIPTION'),
    line('No configuration is needed. Each value comes from the first of these places that has it:'),
    ...['the option `--option key=value`', '`REDISHA_` and the key in upper case, in the environment'].flatMap(
      (place) => tagged('\\(bu', line(place)),
    ),
    ...tagged('\\(bu', line('this file, and there first the table `[instance.PORT]`')),
    ...tagged('\\(bu', line('the redis.conf that `redis_conf` names')),
    ...tagged('\\(bu', line('the default')),
    '.PP',
    line('Durations and sizes need their unit. An unknown key is an error.'),
    line('`redisha config show` prints every key, its value, and where the value comes from.'),
    heading('KEYS'),
    line('The default is in brackets.'),
    ...keys.flatMap(keyLines),
    heading('EXAMPLES'),
    line('One pair, and another one on port 6380:'),
    ...literal(['password_file = "/etc/redisha/password"', '', '[instance.6380]', 'peer = "10.0.0.3"']),
    heading('SEE ALSO'),
    line('redisha(1)'),
    '',
  ].join('\n');
