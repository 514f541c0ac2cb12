/** The files of a host as somebody has handed them over: in a directory, or pasted. Nothing is written anywhere. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, matchesGlob, resolve } from 'node:path';
import type { TextFiles } from '../app/ports/text-files.ts';
import { RedishaError } from '../errors.ts';
import { within } from '../host/deadline.ts';
import { reasonOf } from '../host/files.ts';
import { IS_PART } from '../redis/conf-part.ts';

const FILES_MAX = 256;
const DEPTH_MAX = 4;
const BYTES_MAX = 4 * 1024 * 1024;
/** Somebody may paste by hand. */
const PASTE_MS = 120_000;

export interface HandedFiles {
  readonly disk: TextFiles;
  readonly keepalivedConf: string | undefined;
  /** Those that no other one includes. */
  readonly redisConfs: readonly string[];
  readonly toml: string | undefined;
}

const unusable = (option: string, why: string): RedishaError =>
  new RedishaError('USAGE', `${option}: ${why}`, {
    hint: 'a directory with keepalived.conf, redis.conf and redisha.toml of that host; or - and: ssh HOST tail -n +1 /etc/keepalived/keepalived.conf /etc/redis/redis.conf /etc/redisha/redisha.toml | redisha doctor --peer-files -',
  });

/** Every file of another directory than the one that is meant may be there: only what looks like one of ours is read. */
const IS_WANTED = /\.(?:conf|toml|inc)$/;

const walk = (directory: string, depth: number): readonly string[] =>
  depth > DEPTH_MAX
    ? []
    : readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) return walk(path, depth + 1);
        return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? [path] : [];
      });

const fromDirectory = (option: string, directory: string): ReadonlyMap<string, string> => {
  try {
    const paths = walk(resolve(directory), 0);
    if (paths.length > FILES_MAX) throw unusable(option, `${directory} holds more than ${String(FILES_MAX)} files`);
    const wanted = paths.filter((path) => IS_WANTED.test(path) && statSync(path).size <= BYTES_MAX);
    return new Map(wanted.map((path) => [path, readFileSync(path, 'utf8')]));
  } catch (error) {
    if (error instanceof RedishaError) throw error;
    throw unusable(option, `cannot read ${directory}: ${reasonOf(error)}`);
  }
};

const readInput = async (): Promise<string> => {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > BYTES_MAX) break;
  }
  return text;
};

/** As `tail -n +1 FILE FILE` heads each file; without such a line it is keepalived.conf. */
export const fromText = (text: string): ReadonlyMap<string, string> => {
  const [before = '', ...parts] = text.split(/^==> (.+) <==\r?\n/m);
  if (parts.length === 0) return new Map([['/keepalived.conf', before]]);
  const paths = parts.filter((_, index) => index % 2 === 0).map((path) => join('/', path));
  return new Map(paths.map((path, index) => [path, parts[2 * index + 1] ?? '']));
};

const missing = (path: string): Error => new Error(`${path} is not among the files that were handed over`);

const openDisk = (files: ReadonlyMap<string, string>): TextFiles => {
  /** An absolute path leads to the file of that name: it lay elsewhere on its own host. */
  const textOf = (path: string): string => {
    const [only, ...more] = [...files.keys()].filter((known) => basename(known) === basename(path));
    const text = files.get(path) ?? (only === undefined || more.length > 0 ? undefined : files.get(only));
    if (text === undefined) throw missing(path);
    return text;
  };
  return {
    stat: (path) => ({ isFile: true, mode: 0o644, size: textOf(path).length }),
    read: textOf,
    list: (pattern) => {
      const found = [...files.keys()].filter((path) => matchesGlob(path, pattern));
      return found.length > 0
        ? found
        : [...files.keys()].filter((path) => matchesGlob(basename(path), basename(pattern)));
    },
  };
};

const IS_REDIS = /^(?:redis|valkey)[\w.-]*\.conf$/;
const IS_OTHER = /^redisha-read\.conf$|sentinel/;

/** `files`: the texts by their paths. @throws {RedishaError} USAGE where nothing in them can be used */
export const filesHanded = (option: string, files: ReadonlyMap<string, string>): HandedFiles => {
  const paths = [...files.keys()].toSorted();
  const named = (test: (name: string) => boolean): readonly string[] => paths.filter((path) => test(basename(path)));
  const redis = named((name) => IS_REDIS.test(name) && !IS_OTHER.test(name));
  const wholes = redis.filter((path) => !IS_PART.test(path));
  const found = {
    disk: openDisk(files),
    keepalivedConf: named((name) => name === 'keepalived.conf')[0],
    redisConfs: wholes.length > 0 ? wholes : redis,
    toml: named((name) => name === 'redisha.toml')[0],
  };
  if (found.keepalivedConf === undefined && found.redisConfs.length === 0)
    throw unusable(option, 'there is neither a keepalived.conf nor a redis.conf');
  return found;
};

/**
 * `-`: what comes on standard input.
 * @throws {RedishaError} USAGE where nothing in it can be used
 */
export const handedFiles = async (option: string, place: string): Promise<HandedFiles> => {
  if (place !== '-') return filesHanded(option, fromDirectory(option, place));
  const text = await within(PASTE_MS, readInput(), undefined);
  if (text === undefined) throw unusable(option, 'nothing came on standard input');
  return filesHanded(option, fromText(text));
};
