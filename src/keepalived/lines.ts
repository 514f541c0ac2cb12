/**
 * keepalived.conf as the lines that keepalived makes of it: without comments, with the conditional lines of this host alone,
 * definitions put in, and the included files in the place of their `include`.
 *
 * Where the versions do different things with a line, or where keepalived itself would not come to an end, the line is left
 * out and named as a problem. A file may be of anybody's making, so everything that a line can multiply has a bound.
 *
 * Source: keepalived/lib/parser.c decomment, read_line, check_definition, replace_param, check_include, read_conf_file; seen on
 * 2.1.5, 2.2.7, 2.3.3 and 2.3.4 (test/conformance/keepalived.test.ts).
 */
import { accessSync, constants, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { TextFiles } from '../app/ports/text-files.ts';
import { isWide, WILD } from '../glob.ts';
import { withoutComment } from './comment.ts';

export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface Line {
  readonly text: string;
  readonly at: Place;
}

export interface Lines {
  readonly lines: readonly Line[];
  /** What is not understood, each a sentence. */
  readonly problems: readonly string[];
}

/** Source: keepalived/lib/parser.h MAXBUF: 1024 with the zero at the end. */
const LINE_LENGTH_MAX = 1_023;
const ROUNDS_MAX = 256;
const LINES_MAX = 20_000;
const DEPTH_MAX = 16;
const FILES_MAX = 128;
const BYTES_MAX = 4 * 1024 * 1024;
/** Of all lines, when definitions are put in. */
const CHARACTERS_MAX = 1024 * 1024;
const PROBLEMS_MAX = 20;

const TOO_MUCH = `redisha reads ${String(LINES_MAX)} lines and ${String(CHARACTERS_MAX)} characters and no more`;

/** The lines of a value; more than one where they ended in `\`. */
interface Definition {
  readonly lines: string[];
  readonly isMultiline: boolean;
}

/** What keepalived was started with (`-i`), or else the first part of the host's name; `undefined` where nobody knows. */
export type ConfigId = () => string | undefined;

interface Reading {
  readonly disk: TextFiles;
  readonly configId: ConfigId;
  readonly definitions: Map<string, Definition>;
  readonly lines: Line[];
  readonly problems: string[];
  files: number;
  bytes: number;
  /** Lines that were looked at, whatever became of them. */
  looked: number;
  characters: number;
}

/** What this host has. */
export const DISK: TextFiles = {
  stat: (path) => {
    accessSync(path, constants.R_OK);
    const found = statSync(path);
    return { isFile: found.isFile(), mode: found.mode, size: found.size };
  },
  read: (path) => readFileSync(path, 'utf8'),
  list: (pattern) => globSync(pattern),
};

export const describePlace = ({ file, line }: Place): string => `line ${String(line)} of ${file}`;

const complain = ({ problems }: Reading, at: Place, why: string): void => {
  if (problems.length < PROBLEMS_MAX) problems.push(`${describePlace(at)} is not understood: ${why}`);
};

/** There is no blank before the `=`. */
const DEFINITION = /^\$([A-Za-z_]\w*)=[ \t]*([^]*)$/;

/** A bare name ends with a blank, with a comma or with the line. */
const PARAMETER = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)(?![^ \t,]))/g;

/** What keepalived defines itself. Source: keepalived.conf(5), "Pre-defined definitions". */
const OWN: Readonly<Record<string, (at: Place, configId: ConfigId) => string | undefined>> = {
  _PWD: ({ file }) => dirname(file),
  _INSTANCE: (_, configId) => configId(),
  _HASH: () => '#',
  _BANG: () => '!',
};

interface Put {
  readonly text: string;
  /** What follows it, where a definition had several lines. */
  readonly rest: readonly string[];
}

/** One look for parameters; `undefined` where none is defined. */
const putOnce = ({ definitions, configId }: Reading, text: string, at: Place): Put | undefined => {
  let [found, rest]: [boolean, readonly string[]] = [false, []];
  const put = text.replace(PARAMETER, (all, braced: string | undefined, bare: string, offset: number) => {
    const name = braced ?? bare;
    const definition = definitions.get(name);
    if (definition === undefined) {
      const own = OWN[name]?.(at, configId);
      found ||= own !== undefined;
      return own ?? all;
    }
    if (definition.isMultiline && offset + all.length < text.length) return all;
    found = true;
    if (definition.isMultiline) rest = definition.lines.slice(1);
    return definition.lines[0] ?? '';
  });
  return found ? { text: put, rest } : undefined;
};

/** All parameters are put in, those in values too; `undefined` after a complaint. */
const substitute = (reading: Reading, line: string, at: Place): Put | undefined => {
  let [text, rest]: [string, readonly string[]] = [line, []];
  for (let round = 0; text.includes('$') && !DEFINITION.test(text); round += 1) {
    const put = putOnce(reading, text, at);
    if (put === undefined) break;
    if (put.text.length > LINE_LENGTH_MAX || round >= ROUNDS_MAX || rest.length > LINES_MAX) {
      complain(reading, at, 'its definitions name each other without an end, or make it longer than keepalived takes');
      return undefined;
    }
    text = put.text;
    rest = [...put.rest, ...rest];
  }
  return { text, rest };
};

/** The line as this host is to see it; empty where it is meant for another. */
const conditional = (reading: Reading, line: string, at: Place): string => {
  if (!line.startsWith('@')) return line;
  const [, negated, id = '', rest = ''] = /^@(\^?)([^ \t]*)(?:[ \t]+([^]*))?$/.exec(line) ?? [];
  const configId = reading.configId();
  if (configId === undefined) {
    complain(
      reading,
      at,
      'it is for one of several hosts (@), and no keepalived runs here that was told for which (-i)',
    );
    return '';
  }
  return (id === configId) === (negated === '') ? rest : '';
};

const contentOf = (reading: Reading, file: string): string | undefined => {
  const found = reading.disk.stat(file);
  // keepalived passes these over. Source: keepalived/lib/parser.c read_conf_file.
  if (!found.isFile || (found.mode & 0o111) !== 0) return undefined;
  reading.bytes += found.size;
  if (reading.bytes > BYTES_MAX) throw new Error('too large');
  return reading.disk.read(file);
};

const include = (reading: Reading, pattern: string, at: Place, depth: number): void => {
  if (/["'\s]/.test(pattern)) {
    complain(reading, at, 'keepalived takes quotes and blanks for a part of the name');
    return;
  }
  const path = isAbsolute(pattern) ? pattern : join(dirname(at.file), pattern);
  if (isWide(path)) {
    complain(reading, at, 'redisha does not look into so many directories');
    return;
  }
  for (const file of WILD.test(path) ? reading.disk.list(path).toSorted() : [path])
    readInto(reading, file, at, depth + 1);
};

const INCLUDE = /^include[rmwba]?[ \t]+([^]*)$/;

/** The definition that the line begins; `undefined` where it begins none. */
const define = ({ definitions }: Reading, line: string, isMultiline: boolean): Definition | undefined => {
  const [, name, value = ''] = (line.startsWith('$') ? DEFINITION.exec(line) : undefined) ?? [];
  if (name === undefined) return undefined;
  const definition = { lines: isMultiline && value === '' ? [] : [value], isMultiline };
  definitions.set(name, definition);
  return definition;
};

/** Why redisha does not look further into a line that is for this host. */
const whyNot = (line: string): string | undefined => {
  if (line.startsWith('~')) return 'redisha does not follow ~SEQ and ~LST';
  return /\$\{?_(?:RANDOM|ENV)\b/.test(line) ? 'only keepalived knows what is put in here' : undefined;
};

/** One line for this host. `isPart`: it comes from a definition. @returns the lines that follow it, of a definition with several */
const takeLine = (reading: Reading, own: string, at: Place, depth: number, isPart: boolean): readonly string[] => {
  const why = whyNot(own);
  if (why !== undefined) complain(reading, at, why);
  if (why !== undefined || define(reading, own, false) !== undefined) return [];
  const { text, rest } = substitute(reading, own, at) ?? { text: '', rest: [] };
  // The first line of a definition may be a definition itself.
  if (define(reading, text, false) !== undefined) return rest;
  const [, pattern] = (text.startsWith('include') ? INCLUDE.exec(text) : undefined) ?? [];
  if (pattern !== undefined && isPart)
    complain(reading, at, 'keepalived 2.1 and 2.2 follow this include in different ways');
  else if (pattern !== undefined) include(reading, pattern, at, depth);
  else if (text.startsWith('@') && text !== own)
    complain(reading, at, 'keepalived before 2.3 misreads a condition in a definition');
  else if (text !== '') reading.lines.push({ text, at });
  return rest;
};

/** A line for this host and, of definitions with several, whatever follows it. */
const takeAll = (reading: Reading, line: string, at: Place, depth: number): void => {
  const waiting = [line];
  let isPart = false;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    reading.looked += 1;
    reading.characters += next.length;
    if (reading.looked > LINES_MAX || waiting.length > LINES_MAX || reading.characters > CHARACTERS_MAX) {
      complain(reading, at, TOO_MUCH);
      return;
    }
    const own = isPart ? conditional(reading, next, at) : next;
    if (own !== '') waiting.push(...takeLine(reading, own, at, depth, isPart).toReversed());
    isPart = true;
  }
};

/** The definition that goes on in the next line, if one does. */
const takeRaw = (reading: Reading, raw: string, at: Place, depth: number, open: Definition | undefined) => {
  const { text, goesOn, why } = withoutComment(raw);
  if (why !== undefined) complain(reading, at, why);
  if (raw.length > LINE_LENGTH_MAX) complain(reading, at, 'it is so long that keepalived cuts it in two');
  if (open !== undefined) {
    if (text !== '') open.lines.push(text);
    else if (!goesOn && raw.trim() !== '')
      complain(reading, at, 'keepalived 2.1 goes on with the definition after a comment, and 2.2 does not');
    return goesOn ? open : undefined;
  }
  const own = conditional(reading, text, at);
  if (!goesOn) {
    if (own !== '') takeAll(reading, own, at, depth);
    return undefined;
  }
  const begun = define(reading, own, true);
  if (begun === undefined && own !== '') complain(reading, at, 'only a definition goes on in the next line');
  return begun;
};

const readLines = (reading: Reading, file: string, content: string, depth: number): void => {
  let open: Definition | undefined;
  for (const [index, raw] of content.split('\n').entries()) {
    if (reading.looked > LINES_MAX || reading.characters > CHARACTERS_MAX) return;
    open = takeRaw(reading, raw.endsWith('\r') ? raw.replace(/\r+$/, '') : raw, { file, line: index + 1 }, depth, open);
  }
};

/** A function that is known above: what it reads may include more. */
function readInto(reading: Reading, file: string, at: Place, depth: number): void {
  reading.files += 1;
  if (depth > DEPTH_MAX || reading.files > FILES_MAX) {
    complain(
      reading,
      at,
      `redisha reads no more than ${String(FILES_MAX)} files, one in the other up to ${String(DEPTH_MAX)}`,
    );
    return;
  }
  try {
    readLines(reading, file, contentOf(reading, file) ?? '', depth);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // keepalived goes on without a file that is not there.
    if (code !== 'ENOENT') complain(reading, at, `${file} cannot be read: ${code ?? message}`);
  }
}

/** `undefined` where the file itself cannot be read. `configId` is asked only where the file depends on it. Never throws. */
export const readLinesOf = (file: string, configId: ConfigId, disk: TextFiles = DISK): Lines | undefined => {
  try {
    if (!disk.stat(file).isFile) return undefined;
  } catch {
    return undefined;
  }
  const reading: Reading = {
    disk,
    configId,
    definitions: new Map(),
    lines: [],
    problems: [],
    files: 0,
    bytes: 0,
    looked: 0,
    characters: 0,
  };
  readInto(reading, file, { file, line: 1 }, 0);
  return { lines: reading.lines, problems: reading.problems };
};
