/** redis.conf as the server reads it, and what of it tells how to reach the server. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { TextFiles } from '../app/ports/text-files.ts';
import { isWide } from '../glob.ts';

export interface Directive {
  /** Lower case. */
  readonly name: string;
  readonly args: readonly string[];
  readonly file: string;
  readonly line: number;
}

export interface RedisConf {
  /** In the order in which the server takes them. */
  readonly directives: readonly Directive[];
  /** What could not be read, each a sentence; the rest stands. */
  readonly problems: readonly string[];
}

const DEPTH_MAX = 8;
const FILES_MAX = 64;
/** Of all files together, and so of what they include again and again. */
const BYTES_MAX = 4 * 1024 * 1024;
const LINES_MAX = 20_000;
const PROBLEMS_MAX = 20;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\u0007' };
const WORD = /\s*(?:"((?:\\[^]|[^"\\])*)"|'((?:\\'|[^'])*)'|([^\s"']+))/y;

const unescape = (quoted: string): string =>
  quoted.replace(/\\(?:x([0-9a-f]{2})|([^]))/gi, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );

/**
 * The words of a line; `undefined` where its quotes are out of balance, which the server refuses.
 * Source: redis/src/sds.c sdssplitargs: escapes in double quotes, only \' in single ones.
 */
export const splitWords = (line: string): readonly string[] | undefined => {
  const words: string[] = [];
  const text = line.trimEnd();
  let at = 0;
  while (at < text.length) {
    WORD.lastIndex = at;
    const [all, double, single, bare] = WORD.exec(text) ?? [];
    if (all === undefined) return undefined;
    words.push(double === undefined ? (single?.replaceAll("\\'", "'") ?? bare ?? '') : unescape(double));
    at += all.length;
    // A closing quote is followed by a blank or by nothing.
    if (at < text.length && !/\s/.test(text.charAt(at))) return undefined;
  }
  return words;
};

/** What this host has. */
const DISK: TextFiles = {
  stat: (path) => {
    const found = statSync(path);
    return { isFile: found.isFile(), mode: found.mode, size: found.size };
  },
  read: (path) => readFileSync(path, 'utf8'),
  list: (pattern) => globSync(pattern),
};

interface Reading {
  readonly disk: TextFiles;
  readonly directives: Directive[];
  readonly problems: string[];
  files: number;
  bytes: number;
  lines: number;
}

const complain = ({ problems }: Reading, problem: string): void => {
  if (problems.length < PROBLEMS_MAX) problems.push(problem);
};

const contentOf = (reading: Reading, file: string): string => {
  const found = reading.disk.stat(file);
  if (!found.isFile) throw new Error('no regular file');
  reading.bytes += found.size;
  if (reading.bytes > BYTES_MAX) throw new Error(`more than ${String(BYTES_MAX)} bytes`);
  return reading.disk.read(file);
};

const include = (reading: Reading, pattern: string, from: string, depth: number): void => {
  // Relative to the directory that the server was started in, which nobody knows; its own file's is the best guess.
  const path = isAbsolute(pattern) ? pattern : join(dirname(from), pattern);
  if (isWide(path)) {
    complain(reading, `${path} is not read: redisha does not look into so many directories`);
    return;
  }
  // Source: redis/src/config.c loadServerConfig: a pattern that meets no file is no error, since 7.0.
  const files = /[*?[]/.test(path) ? reading.disk.list(path).toSorted() : [path];
  for (const file of files) readInto(reading, file, depth + 1);
};

const readInto = (reading: Reading, file: string, depth: number): void => {
  reading.files += 1;
  if (depth > DEPTH_MAX || reading.files > FILES_MAX) {
    complain(reading, `${file} is not read: too many includes`);
    return;
  }
  let content: string;
  try {
    content = contentOf(reading, file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    complain(reading, `cannot read ${file}: ${code ?? message}`);
    return;
  }
  for (const [index, text] of content.split('\n').entries()) {
    const line = text.trim();
    if (line === '' || line.startsWith('#')) continue;
    reading.lines += 1;
    if (reading.lines > LINES_MAX) {
      complain(reading, `${file}:${String(index + 1)} is not read: more than ${String(LINES_MAX)} lines`);
      return;
    }
    const [name, ...args] = splitWords(line) ?? [];
    if (name === undefined) complain(reading, `${file}:${String(index + 1)}: unbalanced quotes`);
    else if (name.toLowerCase() === 'include' && args[0] !== undefined) include(reading, args[0], file, depth);
    else reading.directives.push({ name: name.toLowerCase(), args, file, line: index + 1 });
  }
};

/** The file and what it includes. Never throws: what cannot be read is a problem in the result. */
export const readRedisConf = (file: string, disk: TextFiles = DISK): RedisConf => {
  const reading: Reading = { disk, directives: [], problems: [], files: 0, bytes: 0, lines: 0 };
  readInto(reading, file, 0);
  return { directives: reading.directives, problems: reading.problems };
};

/** The first argument of the last such directive, which is the one that counts; `undefined` where it is not set. */
export const lastOf = ({ directives }: RedisConf, name: string): string | undefined =>
  directives.findLast((directive) => directive.name === name)?.args[0];

/** What a redis.conf says about reaching its server, under the names of redisha's own options. */
export interface RedisConfValues {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
}

const renamesOf = ({ directives }: RedisConf): Readonly<Record<string, string>> =>
  Object.fromEntries(
    directives.flatMap(({ name, args: [command, renamed] }) =>
      // A command renamed to nothing is gone; the server says so itself.
      name === 'rename-command' && command !== undefined && renamed ? [[command.toUpperCase(), renamed]] : [],
    ),
  );

/**
 * Port, password, TLS and renamed commands of the server that `file` starts. With `port` given, TLS is on where that is the
 * server's TLS port.
 *
 * Source: redis.conf of 7.0: `port 0` turns plain connections off; tls-client-cert-file is what the server shows when it
 * is the client, as towards its master, else tls-cert-file.
 */
export const redisConfValues = (file: string, port: number | undefined): RedisConfValues => {
  const conf = readRedisConf(file);
  const plainPort = Number(lastOf(conf, 'port') ?? 6379);
  const tlsPort = Number(lastOf(conf, 'tls-port') ?? 0);
  const ownPort = port ?? (plainPort === 0 ? tlsPort : plainPort);
  const tls = tlsPort !== 0 && ownPort === tlsPort && ownPort !== plainPort;
  const renames = renamesOf(conf);
  const password = lastOf(conf, 'requirepass');
  const client = lastOf(conf, 'tls-client-cert-file') === undefined ? 'tls-' : 'tls-client-';
  const all = {
    port: ownPort === 0 ? undefined : ownPort,
    password: password === '' ? undefined : password,
    tls: tls ? true : undefined,
    tls_ca_file: tls ? lastOf(conf, 'tls-ca-cert-file') : undefined,
    tls_cert_file: tls ? lastOf(conf, `${client}cert-file`) : undefined,
    tls_key_file: tls ? lastOf(conf, `${client}key-file`) : undefined,
    rename_commands: Object.keys(renames).length === 0 ? undefined : renames,
  };
  const values = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return { values, problems: conf.problems };
};
