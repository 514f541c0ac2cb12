/**
 * Which program of this host holds a rescue while it is looked at, and why none can.
 *
 * What a program's version reads puts the programs in order; it refuses none of them, since a newer one may read more than is
 * known here. The first that loads the file is taken.
 */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { ServerVersion } from '../core/program.ts';
import { compareVersions, PRODUCTS, serverText } from '../core/program.ts';
import { RedishaError, UNREADABLE_HINT } from '../errors.ts';
import { timely } from '../host/disk.ts';
import { NotLoaded, PrivateServer } from './private-server.ts';
import type { RdbHead } from './rdb-version.ts';
import { HEAD_BYTES, headOf, readersOf } from './rdb-version.ts';
import type { Task } from './reader-choice.ts';
import { betterThan, inOrder, readsRescue, suitsMaster, suitsReplica } from './reader-choice.ts';
import type { Program } from './server-programs.ts';
import { findPrograms, programText } from './server-programs.ts';
import type { WhyNotLoaded } from './why-not-loaded.ts';
import { whyNotLoaded } from './why-not-loaded.ts';

/** A server of the pair; it need not say what it is. */
export interface Named {
  readonly name: string;
  readonly server: ServerVersion | undefined;
}

export interface Wanted {
  readonly file: string;
  readonly form: 'suffix' | 'dataset';
  /** Which server it was read from, as far as the sidecar says. */
  readonly from: ServerVersion | undefined;
  /** The master that its values go into or are compared with. */
  readonly master: Named;
  /** The other node, where it follows the master. */
  readonly replica: Named | undefined;
  readonly to: 'compare' | 'restore';
  /** The process of this host's own server, if it runs. */
  readonly processId: number | undefined;
}

export interface Reader {
  readonly program: Program;
  readonly server: PrivateServer;
  /** What would read more than this program does; `undefined` where nothing would. */
  readonly better: string | undefined;
}

/** @throws {RedishaError} HOST_FILE */
const readHead = async (file: string): Promise<RdbHead | undefined> => {
  let handle: FileHandle | undefined;
  try {
    handle = await timely(open(file));
    const { buffer, bytesRead } = await timely(handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0));
    return headOf(buffer.subarray(0, bytesRead));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new RedishaError('HOST_FILE', `cannot read ${file}: ${code}`, { hint: UNREADABLE_HINT, cause: error });
  } finally {
    await handle?.close();
  }
};

const taskOf = ({ from, to, master, replica }: Wanted, head: RdbHead | undefined): Task => ({
  rdb: head,
  from: head?.server ?? from,
  to,
  master: master.server,
  replica: replica?.server,
});

const listed = (programs: readonly Program[]): string => programs.map(programText).join(', ');

/** Which server has to be installed for it. */
const needed = ({ form }: Wanted, head: RdbHead | undefined, from: ServerVersion | undefined): string => {
  const oldest = head === undefined ? undefined : readersOf(head);
  const same = from === undefined ? undefined : `${serverText(from)} or newer`;
  return (form === 'dataset' ? oldest : same) ?? same ?? 'redis-server or valkey-server';
};

const hereText = (what: string): string => `install ${what} on this host, where its service need not run`;

const hereOrThere = (what: string): string =>
  `${hereText(what)}; or copy the file and its .json to a host that has it, and run redisha rescue there with the path of the copy`;

const described = ({ magic }: RdbHead, from: ServerVersion | undefined): string =>
  from === undefined ? magic : `${magic}, written by ${serverText(from)}`;

const unreadable = ({ file }: Wanted, why: string, hint: string, cause?: unknown): RedishaError =>
  new RedishaError('RESCUE_FAILED', `${basename(file)} cannot be read: ${why}`, { hint, cause });

const damaged = (wanted: Wanted, product: ServerVersion['product'], words: string, cause?: unknown): RedishaError =>
  unreadable(
    wanted,
    `it is damaged: ${words}`,
    `${product}-check-rdb ${wanted.file} shows how much of it is whole; if it is a copy, copy it again`,
    cause,
  );

/** A program that did not load the file, and why. */
interface Failed {
  readonly program: Program;
  readonly why: WhyNotLoaded;
  readonly cause: unknown;
}

const ofVersion = (wanted: Wanted, head: RdbHead, programs: readonly Program[], cause: unknown): RedishaError => {
  const { only } = head;
  const from = head.server ?? wanted.from;
  const isForeign = only !== undefined && !programs.some(({ server }) => server.product === only);
  const why = isForeign
    ? `only ${PRODUCTS[only]} reads such a file (${described(head, from)}), and this host has ${listed(programs)}`
    : `what this host has is too old for it (${described(head, from)}): ${listed(programs)}`;
  return unreadable(wanted, why, hereOrThere(needed(wanted, head, from)), cause);
};

/** The program knows the file's version and not all that is in it. */
const ofContent = (wanted: Wanted, head: RdbHead, { program, cause }: Failed, words: string): RedishaError => {
  const from = head.server ?? wanted.from;
  const { product, version } = program.server;
  if (from?.product !== product || compareVersions(version, from.version) >= 0) {
    return damaged(wanted, product, `${words} cannot be loaded`, cause);
  }
  const why = `${programText(program)} is too old for ${words} in it (${described(head, from)})`;
  return unreadable(wanted, why, hereOrThere(`${serverText(from)} or newer`), cause);
};

const failureOf = (
  wanted: Wanted,
  head: RdbHead | undefined,
  programs: readonly Program[],
  failed: Failed,
): RedishaError => {
  const { program, why, cause } = failed;
  const { product } = program.server;
  const byHand = `${product}-server --port 7777 --bind 127.0.0.1 --save "" --dir ${dirname(wanted.file)} --dbfilename ${basename(wanted.file)}`;
  if (why.kind === 'damaged') return damaged(wanted, product, why.words, cause);
  if (why.kind === 'version' && head !== undefined) return ofVersion(wanted, head, programs, cause);
  if (why.kind === 'content' && head !== undefined) return ofContent(wanted, head, failed, why.words);
  if (why.kind === 'module') {
    const words = `it holds values of the module type ${why.module}, and redisha loads no modules`;
    return unreadable(wanted, words, `read it by hand, with the module: ${byHand} --loadmodule MODULE.so`, cause);
  }
  if (why.kind === 'memory') {
    return unreadable(wanted, 'there is not enough memory', 'copy it to a host that has more, and run redisha there');
  }
  const words = why.kind === 'unknown' ? why.words : why.kind;
  return unreadable(
    wanted,
    `${programText(program)} ended: ${words}`,
    `start ${product}-server by hand to see why`,
    cause,
  );
};

/**
 * A restore into a master that takes no values as this program packs them would fail at the first one; a replica that takes none
 * would lack all of them without a word.
 * @throws {RedishaError} REFUSED_BY_RULE
 */
const assertSuits = (program: Program, { master, replica, form, to }: Wanted, task: Task): void => {
  if (to !== 'restore') return;
  const { server } = program;
  const [who, refusing] = suitsMaster(server, task) ? ['the replica', replica] : ['the master', master];
  if (refusing?.server === undefined || (refusing === replica && suitsReplica(server, task))) return;
  const better = betterThan(server, task);
  const ways = [
    ...(form === 'suffix' ? ['use --replay, which sends commands and no values'] : []),
    ...(better === undefined ? [] : [hereText(better)]),
    `make ${who} a server of ${serverText(server)} or newer first`,
  ];
  throw new RedishaError(
    'REFUSED_BY_RULE',
    `${who} ${refusing.name} is ${serverText(refusing.server)}, which takes no values from ${programText(program)} of this host; nothing was restored`,
    { hint: ways.join('; or ') },
  );
};

/** The rescue in a private server. @throws {RedishaError} COMMAND_UNAVAILABLE, RESCUE_FAILED, REFUSED_BY_RULE, INTERRUPTED */
export const startReader = async (
  wanted: Wanted,
  signal: AbortSignal,
  onLoading: (part: number) => void,
): Promise<Reader> => {
  const rdb = wanted.form === 'dataset' ? wanted.file : undefined;
  const head = rdb === undefined ? undefined : await readHead(rdb);
  if (rdb !== undefined && head === undefined) throw damaged(wanted, 'redis', 'it does not begin as an RDB file does');
  const task = taskOf(wanted, head);
  const programs = inOrder(await findPrograms(wanted.processId), task);
  let first: Failed | undefined;
  for (const program of programs) {
    if (head === undefined || readsRescue(program.server, task)) assertSuits(program, wanted, task);
    try {
      const server = await PrivateServer.start(program, rdb, signal, onLoading);
      return { program, server, better: betterThan(program.server, task) };
    } catch (error) {
      if (!(error instanceof NotLoaded)) throw error;
      first ??= { program, why: whyNotLoaded(error.log), cause: error };
    }
  }
  if (first !== undefined) throw failureOf(wanted, head, programs, first);
  throw new RedishaError(
    'COMMAND_UNAVAILABLE',
    'there is no redis-server or valkey-server in PATH to read the rescue',
    {
      hint: hereOrThere(needed(wanted, head, task.from)),
    },
  );
};
