/** The files of `config` on their way to a directory: all of them or, where one differs and nobody insists, none. */
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { GeneratedFile, PlacedFile } from '../cli/runtime.ts';
import { RedishaError } from '../errors.ts';
import { writeFileAtomic } from '../host/durable.ts';
import { ensureDirectory, reasonOf } from '../host/files.ts';
import { readOwnText } from '../host/own-file.ts';

/** A file that is larger is none that `config` wrote. */
const CONF_BYTES_MAX = 4 * 1024 * 1024;
const DIRECTORY_MODE = 0o755;
const OUT_HINT = '--out names a directory that you may write to; without it the files are printed';

const before = (path: string): string | undefined => {
  try {
    return readOwnText(path, CONF_BYTES_MAX);
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw new RedishaError('HOST_FILE', `cannot read ${path}: ${reasonOf(error)}`, { hint: OUT_HINT });
  }
};

/** Of keepalived.conf, where it need not begin a line; of redis.conf, commented out or not; and of TOML. */
const SECRETS: readonly RegExp[] = [
  /(\bauth_pass[ \t]+)(?:"[^"\n]*"|[^\s}]+)/gi,
  /(\bkey[ \t]+\d+[ \t]+)(?!"?file:)(?:"[^"\n]*"|[^\s}]+)/gi,
  /^([ \t]*#?[ \t]*(?:masterauth|requirepass|tls-(?:client-)?key-file-pass|user|rename-command[ \t]+\S+)[ \t]+).+$/gim,
  /^([ \t]*#?[ \t]*(?:password|rename_commands)[ \t]*=[ \t]*).+$/gim,
];

/** What stands there may hold a password even where what was generated does not. */
const withoutSecrets = (text: string): string =>
  SECRETS.reduce((rest, secret) => rest.replace(secret, '$1(hidden)'), text);

/** What would change in the file, without its passwords. `what`: the new one, in a word. */
export const diffOf = async (path: string, old: string, content: string, what: string): Promise<string> => {
  const [was, is] = [withoutSecrets(old), withoutSecrets(content)];
  if (was === is) return `${path}: nothing differs but a password, which is not shown\n`;
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
  return createTwoFilesPatch(path, `${path} (${what})`, was, is, '', '', { headerOptions: FILE_HEADERS_ONLY });
};

const write = async (path: string, { content, mode }: GeneratedFile, done: readonly PlacedFile[]): Promise<void> => {
  try {
    ensureDirectory(join(path, '..'), DIRECTORY_MODE);
    await writeFileAtomic(path, content, mode);
  } catch (error) {
    const written = done.filter(({ result }) => result === 'written' || result === 'replaced').map((one) => one.path);
    const already = written.length === 0 ? 'nothing was written' : `these were already written: ${written.join(', ')}`;
    throw new RedishaError('HOST_FILE', `cannot write ${path}: ${reasonOf(error)}; ${already}`, {
      hint: OUT_HINT,
      cause: error,
    });
  }
};

/** What held no secret before may hold one now. What its owner has closed further stays so. */
const close = (path: string, mode: number): void => {
  const now = statSync(path).mode & 0o777;
  if ((now & ~mode) !== 0) chmodSync(path, now & mode);
};

const directoryOf = (directory: string, node: number): string => join(resolve(directory), `node${String(node)}`);

const namesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory);
  } catch {
    // A directory that is not there holds nothing, and one that cannot be read is told where it is written to.
    return [];
  }
};

/** The files whose name goes by what a pair is made of. */
const OF_SOME_PAIR = /^redis-pair-\d+\.conf$|^redisha-read\.conf$/;

/** What a run for other ports, or with an address for reading, has left in the directories of these files. */
export const leftoversIn = (files: readonly GeneratedFile[], directory: string): readonly string[] =>
  [...new Set(files.map(({ node }) => node))].flatMap((node) => {
    const own = files.filter((file) => file.node === node).map(({ name }) => name);
    return namesIn(directoryOf(directory, node))
      .filter((name) => OF_SOME_PAIR.test(name) && !own.includes(name))
      .toSorted()
      .map((name) => join(directoryOf(directory, node), name));
  });

/**
 * The files are in `directory`/node1 and `directory`/node2. Where one of them differs from what is there, nothing is written
 * unless `force` says so; the differences are told either way.
 * @throws {RedishaError} HOST_FILE, with what was written by then
 */
export const placeConfig = async (
  files: readonly GeneratedFile[],
  directory: string,
  force: boolean,
): Promise<readonly PlacedFile[]> => {
  const compared = await Promise.all(
    files.map(async (file) => {
      const path = join(directoryOf(directory, file.node), file.name);
      const old = before(path);
      const isNew = old !== file.content;
      const diff = old === undefined || !isNew ? undefined : await diffOf(path, old, file.content, 'generated');
      return { file, path, diff, isNew, isThere: old !== undefined };
    }),
  );
  const refused = !force && compared.some(({ isNew, isThere }) => isNew && isThere);
  const placed: PlacedFile[] = [];
  for (const { file, path, diff, isNew, isThere } of compared) {
    if (!refused && isNew) await write(path, file, placed);
    else if (!refused) close(path, file.mode);
    const [kept, made] = isThere ? (['differs', 'replaced'] as const) : (['not written', 'written'] as const);
    const { node, address, place } = file;
    placed.push({ node, address, place, path, result: isNew ? (refused ? kept : made) : 'unchanged', diff });
  }
  return placed;
};
