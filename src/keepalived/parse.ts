/**
 * keepalived.conf as a tree of lines, read as keepalived reads it, in so far as its vrrp part needs that.
 *
 * Source: keepalived.conf(5) of 2.2.7, "Quoted strings", "Conditional configuration", "Parameter substitution", and
 * keepalived/lib/parser.c decomment: `!` and `#` begin a comment wherever no double quote is open. Not followed:
 * definitions that span lines, `$_STANDARD` parameters, `~SEQ` and `~LST`; such lines are taken as they stand.
 */
import { globSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** One line: its words, and the lines between the braces that follow it. */
export interface Statement {
  readonly words: readonly string[];
  readonly children: readonly Statement[];
}

export interface KeepalivedConf {
  readonly statements: readonly Statement[];
  /** What could not be read or does not add up, each a sentence. */
  readonly problems: readonly string[];
}

const DEPTH_MAX = 16;
const FILES_MAX = 128;
const BYTES_MAX = 4 * 1024 * 1024;

interface Reading {
  readonly definitions: Map<string, string>;
  readonly problems: string[];
  /** The open blocks; the first is the file itself. */
  readonly blocks: Statement[][];
  files: number;
}

const withoutComment = (line: string): string => {
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at);
    if (letter === '\\') at += 1;
    else if (letter === '"') quoted = !quoted;
    else if (!quoted && (letter === '!' || letter === '#')) return line.slice(0, at).trim();
  }
  return line.trim();
};

/** Words, with quotes taken off, and the braces that open and close blocks as tokens of their own. */
const TOKEN = /([{}])|((?:"(?:\\[^]|[^"\\])*"|'[^']*'|\\[^]|[^\s{}"'\\])+)|["']/g;

interface Token {
  readonly text: string;
  readonly brace: boolean;
}

const unquote = (word: string): string =>
  word.replace(/"((?:\\[^]|[^"\\])*)"|'([^']*)'|\\([^])/g, (_, double?: string, single?: string, escaped?: string) =>
    double === undefined ? (single ?? escaped ?? '') : double.replace(/\\([^])/g, '$1'),
  );

const tokensOf = (line: string): readonly Token[] =>
  [...line.matchAll(TOKEN)].map(([text, brace]) =>
    brace === undefined ? { text: unquote(text), brace: false } : { text, brace: true },
  );

const substitute = (line: string, definitions: ReadonlyMap<string, string>): string => {
  let text = line;
  // A value may name another parameter; the bound is for one that names itself.
  for (let round = 0; round < DEPTH_MAX && text.includes('$'); round += 1) {
    const next = text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced?: string, bare?: string) => {
      return definitions.get(braced ?? bare ?? '') ?? all;
    });
    if (next === text) break;
    text = next;
  }
  return text;
};

/** The line as this host is to see it; empty where it is meant for another. */
const conditional = (line: string): string => {
  const [, negated, id, rest = ''] = /^@(\^?)(\S+)\s*([^]*)$/.exec(line) ?? [];
  if (id === undefined) return line;
  const own = hostname().split('.')[0] === id;
  return own === (negated === '') ? rest : '';
};

const takeTokens = (reading: Reading, line: string, where: string): void => {
  let words: string[] = [];
  const end = (children: Statement[]): void => {
    if (words.length > 0) reading.blocks.at(-1)?.push({ words, children });
    words = [];
  };
  for (const { text, brace } of tokensOf(line)) {
    if (!brace) words.push(text);
    else if (text === '{') {
      const children: Statement[] = [];
      // The brace may stand on a line of its own, below the words that it belongs to.
      if (words.length > 0) end(children);
      else {
        const block = reading.blocks.at(-1);
        const above = block?.pop();
        block?.push({ words: above?.words ?? [], children });
      }
      reading.blocks.push(children);
    } else {
      end([]);
      if (reading.blocks.length > 1) reading.blocks.pop();
      else reading.problems.push(`${where}: a brace is closed that was not opened`);
    }
  }
  end([]);
};

const contentOf = (file: string): string => {
  const found = statSync(file);
  if (!found.isFile()) throw new Error('no regular file');
  if (found.size > BYTES_MAX) throw new Error(`larger than ${String(BYTES_MAX)} bytes`);
  return readFileSync(file, 'utf8');
};

const include = (reading: Reading, pattern: string, from: string, depth: number): void => {
  const path = isAbsolute(pattern) ? pattern : join(dirname(from), pattern);
  for (const file of /[*?[{]/.test(path) ? globSync(path).toSorted() : [path]) readInto(reading, file, depth + 1);
};

const takeLine = (reading: Reading, line: string, file: string, where: string, depth: number): void => {
  const [, pattern] = /^include[rmwba]?\s+(\S+)$/.exec(line) ?? [];
  if (pattern !== undefined) {
    include(reading, unquote(pattern), file, depth);
    return;
  }
  const [, name, value] = /^\$(\w+)\s*=\s*([^]*)$/.exec(line) ?? [];
  if (name !== undefined) reading.definitions.set(name, value ?? '');
  else takeTokens(reading, substitute(conditional(line), reading.definitions), where);
};

const readInto = (reading: Reading, file: string, depth: number): void => {
  reading.files += 1;
  if (depth > DEPTH_MAX || reading.files > FILES_MAX) {
    reading.problems.push(`${file} is not read: too many includes`);
    return;
  }
  let content: string;
  try {
    content = contentOf(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    reading.problems.push(`cannot read ${file}: ${code ?? message}`);
    return;
  }
  let continued = '';
  for (const [index, text] of content.split(/\r?\n/).entries()) {
    const line = continued + withoutComment(text);
    continued = line.endsWith('\\') ? `${line.slice(0, -1)} ` : '';
    if (continued === '' && line !== '') takeLine(reading, line, file, `${file}:${String(index + 1)}`, depth);
  }
};

/** The file and what it includes; `undefined` where it cannot be read itself. Never throws. */
export const readKeepalivedConf = (file: string): KeepalivedConf | undefined => {
  try {
    contentOf(file);
  } catch {
    return undefined;
  }
  const statements: Statement[] = [];
  const reading: Reading = { definitions: new Map(), problems: [], blocks: [statements], files: 0 };
  readInto(reading, file, 0);
  if (reading.blocks.length > 1) reading.problems.push(`${file}: a block is not closed`);
  return { statements, problems: reading.problems };
};
