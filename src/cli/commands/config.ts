/** `config`: the files of a pair, generated; and `config show`: every option and where it comes from. */
import { EXIT } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { configUsage, parsePairRequest } from '../pair-request.ts';
import type { CommonOptions, GeneratedFile, PlacedFile, Runtime, ShownSettings } from '../runtime.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Options that say something to the generator alone. */
const GENERATING: readonly string[] = [
  'vip',
  'nodes',
  'port',
  'interface',
  'routerId',
  'profile',
  'unicast',
  'scriptUser',
  'executable',
  'authPassFile',
  'redisConf',
  'node',
  'out',
  'force',
];

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const show = ({ options, warnings }: ShownSettings, json: boolean): Exit => {
  if (json) return exitWith(EXIT.done, JSON.stringify({ options: Object.fromEntries(options), warnings }));
  const rows = options.map(([key, { value, from }]) => [key, value ?? '(not set)', from] as const);
  const widths = ([0, 1] as const).map((column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map(([key, value, from]) =>
    [key.padEnd(widths[0] ?? 0), value.padEnd(widths[1] ?? 0), from].join('  '),
  );
  return exitWith(EXIT.done, lines.join('\n'), warnings.map((warning) => `warning: ${warning}`).join('\n'));
};

const notesOf = (notes: readonly string[]): string => notes.map((note) => `note: ${note}`).join('\n');

/** A comment in each of the three languages. */
const separator = ({ node, address, place }: GeneratedFile): string =>
  `# ===== node ${String(node)} (${address}): ${place} =====`;

const printed = (files: readonly GeneratedFile[], notes: readonly string[], json: boolean): Exit =>
  json
    ? exitWith(EXIT.done, JSON.stringify({ files, notes }))
    : exitWith(
        EXIT.done,
        files.map((file) => `${separator(file)}\n${file.content.trimEnd()}`).join('\n\n'),
        notesOf(notes),
      );

const placed = (files: readonly PlacedFile[], notes: readonly string[], json: boolean): Exit => {
  const kept = files.filter(({ result }) => result === 'differs').length;
  const code = kept === 0 ? EXIT.done : EXIT.refused;
  if (json) {
    const text = JSON.stringify({ files, notes });
    return code === EXIT.done ? exitWith(code, text) : exitWith(code, '', text);
  }
  const lines = files.flatMap(({ path, result, diff }) => [
    ...(diff === undefined ? [] : [diff.trimEnd()]),
    `${result}: ${path}`,
  ]);
  const refusal =
    kept === 0
      ? []
      : [`redisha: ${String(kept)} of the files differ from what is there, so none is written`, 'hint: --force'];
  return exitWith(code, lines.join('\n'), [notesOf(notes), ...refusal].filter((text) => text !== '').join('\n'));
};

const generate = async (runtime: Runtime, { json }: CommonOptions, raw: Raw): Promise<Exit> => {
  const request = parsePairRequest(raw);
  const { files, notes } = await runtime.generateConfig(request);
  const out = raw['out'];
  if (typeof out !== 'string') {
    if (raw['force'] === true) throw configUsage('--force overwrites files, and without --out none is written');
    return printed(files, notes, json);
  }
  return placed(await runtime.placeConfig(files, out, raw['force'] === true), notes, json);
};

export const runConfig = async (
  runtime: Runtime,
  [word]: readonly string[],
  options: CommonOptions,
  raw: Raw,
): Promise<Exit> => {
  if (word === undefined) return generate(runtime, options, raw);
  if (word !== 'show') throw configUsage(`config takes the word show or none, not "${word}"`);
  const stray = GENERATING.find((name) => raw[name] !== undefined);
  if (stray !== undefined) throw configUsage(`config show takes no ${flagOf(stray)}`);
  return show(await runtime.showSettings(options), options.json);
};
