/** The programs of this host that could hold a rescue while it is looked at. */
import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import { fstatSync, openSync, readlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerVersion } from '../core/program.ts';
import { compareVersions, serverOfText } from '../core/program.ts';

const NAMES = ['redis-server', 'valkey-server'] as const;
const VERSION_MS = 5_000;
const PROGRAMS_MAX = 16;

export interface Program {
  readonly path: string;
  readonly server: ServerVersion;
}

/** `valkey-server 9.1.2`. */
export const programText = ({ server: { product, version } }: Program): string =>
  `${product}-server ${version.join('.')}`;

interface Place {
  readonly path: string;
  /** Which file it is, however many names it has. */
  readonly file: string;
}

const fileOf = ({ dev, ino }: Stats): string => `${String(dev)}:${String(ino)}`;

const placeOf = async (path: string): Promise<Place | undefined> => {
  try {
    return { path, file: fileOf(await stat(path)) };
  } catch {
    return undefined;
  }
};

/**
 * The program of a server that runs on this host: it may be in no directory of PATH, or its file may have been replaced.
 *
 * A server may name any process and put another program into its place, and this user may be root. So the program counts by
 * its name, and only if nobody but root and this user can change it; and what was looked at is kept open and is what runs.
 * Source: proc(5), which opens /proc/PID/exe although the file is gone. Debian's redis-server is a link to redis-check-rdb.
 */
const runningPlace = (processId: number): Place | undefined => {
  const exe = `/proc/${String(processId)}/exe`;
  try {
    if (!/^(redis|valkey)-/.test(basename(readlinkSync(exe)))) return undefined;
    const descriptor = openSync(exe, 'r');
    const stats = fstatSync(descriptor);
    const isSafe = (stats.uid === 0 || stats.uid === process.geteuid?.()) && (stats.mode & 0o022) === 0;
    return isSafe ? { path: `/proc/${String(process.pid)}/fd/${String(descriptor)}`, file: fileOf(stats) } : undefined;
  } catch {
    return undefined;
  }
};

const programAt = async ({ path }: Place): Promise<Program | undefined> => {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: VERSION_MS });
    const server = serverOfText(stdout);
    return server === undefined ? undefined : { path, server };
  } catch {
    return undefined;
  }
};

/** Those in PATH and that of the server with this process id, newest first; none twice. */
export const findPrograms = async (processId: number | undefined): Promise<readonly Program[]> => {
  const directories = (process.env['PATH'] ?? '').split(':').filter(isAbsolute);
  const inPath = directories.flatMap((directory) => NAMES.map((name) => placeOf(join(directory, name))));
  const running = processId === undefined ? undefined : runningPlace(processId);
  const found = [...(await Promise.all(inPath)), running];
  const places = new Map<string, Place>();
  for (const place of found) if (place !== undefined && !places.has(place.file)) places.set(place.file, place);
  const programs = await Promise.all([...places.values()].slice(0, PROGRAMS_MAX).map(programAt));
  return programs
    .filter((program) => program !== undefined)
    .toSorted((one, other) => compareVersions(other.server.version, one.server.version));
};
