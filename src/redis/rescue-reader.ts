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
import { HEAD_BYTES, headOf, reads, readersOf, takes } from './rdb-version.ts';
import type { Program } from './server-programs.ts';
import { findPrograms, programText } from './server-programs.ts';
import type { WhyNotLoaded } from './why-not-loaded.ts';
import { whyNotLoaded } from './why-not-loaded.ts';

export interface Wanted {
  readonly file: string;
  readonly form: 'suffix' | 'dataset';
  /** Which server it was read from, as far as the sidecar says. */
  readonly from: ServerVersion | undefined;
  /** The master that its values go into or are compared with; `undefined` where it does not say what it is. */
  readonly master: { readonly name: string; readonly server: ServerVersion | undefined };
  readonly to: 'compare' | 'restore';
  /** The process of this host's own server, if it runs. */
  readonly processId: number | undefined;
}

export interface Reader {
  readonly program: Program;
  readonly server: PrivateServer;
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

/** An older server does not know every command that a newer one has written down. */
const understands = ({ server }: Program, from: ServerVersion | undefined): boolean =>
  from === undefined || (server.product === from.product && compareVersions(server.version, from.version) >= 0);

const suits = ({ server }: Program, { master, to }: Wanted): boolean => {
  if (master.server === undefined) return true;
  return to === 'restore' ? takes(master.server, server) : takes(server, master.server);
};

/** The best first; of two that are as good, the newer one. */
const inOrder = (programs: readonly Program[], wanted: Wanted, head: RdbHead | undefined): readonly Program[] => {
  const from = head?.server ?? wanted.from;
  const merits = (program: Program): readonly boolean[] => [
    head === undefined ? understands(program, from) : reads(program.server, head),
    suits(program, wanted),
    program.server.product === (from ?? wanted.master.server)?.product,
  ];
  const worth = (program: Program): number => merits(program).reduce((sum, merit) => 2 * sum + Number(merit), 0);
  return programs.toSorted((one, other) => worth(other) - worth(one));
};

const listed = (programs: readonly Program[]): string => programs.map(programText).join(', ');

/** Which server has to be installed for it. */
const needed = ({ form }: Wanted, head: RdbHead | undefined, from: ServerVersion | undefined): string => {
  const oldest = head === undefined ? undefined : readersOf(head);
  const same = from === undefined ? undefined : `${serverText(from)} or newer`;
  return (form === 'dataset' ? oldest : same) ?? same ?? 'redis-server or valkey-server';
};

const hereOrThere = (what: string): string =>
  `install ${what} on this host, where its service need not run; or copy the file and its .json to a host that has it, and run redisha rescue there with the path of the copy`;

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
 * A restore into a master that takes no values as this program packs them would fail at the first one.
 * @throws {RedishaError} REFUSED_BY_RULE
 */
const assertSuits = (program: Program, wanted: Wanted): void => {
  const { master, form, to } = wanted;
  if (to !== 'restore' || master.server === undefined || suits(program, wanted)) return;
  const words = `${master.name} is ${serverText(master.server)}, which takes no values from ${programText(program)} of this host`;
  throw new RedishaError('REFUSED_BY_RULE', `${words}; nothing was restored`, {
    hint:
      form === 'suffix'
        ? 'use --replay, which sends commands and no values; or make a newer server the master first'
        : `make a server of ${serverText(program.server)} or newer the master first`,
  });
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
  const programs = inOrder(await findPrograms(wanted.processId), wanted, head);
  let first: Failed | undefined;
  for (const program of programs) {
    if (head === undefined || reads(program.server, head)) assertSuits(program, wanted);
    try {
      return { program, server: await PrivateServer.start(program, rdb, signal, onLoading) };
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
      hint: hereOrThere(needed(wanted, head, head?.server ?? wanted.from)),
    },
  );
};
