/**
 * The files of the resident for a port. `PORT-unfit` is a `track_file` of weight 0, by which keepalived hears of the
 * verdict: 0 means that this node is fit and 1 that it is not. `PORT-claim` is another one, of weight 1, see
 * core/watch/claim.ts. `PORT-looked` says the same with when somebody looked last.
 *
 * Source: keepalived.conf(5), track_file; keepalived/trackers/track_file.c process_inotify: the file is read when another
 * one is renamed to its place, so that no half of it is ever read.
 */
import { existsSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { reasonOf, replaceFile } from './files.ts';
import { readOwn } from './own-file.ts';

/** keepalived reads it as root; what it says is no secret. */
const MODE_PUBLIC = 0o644;

/** A digit or two, and when. */
const VERDICT_BYTES_MAX = 256;

const read = (path: string): string | undefined => {
  try {
    return readOwn(path, VERDICT_BYTES_MAX).toString('latin1');
  } catch {
    return undefined;
  }
};

export const verdictFile = (runDirectory: string, port: number): string => join(runDirectory, `${String(port)}-unfit`);

const lookFile = (runDirectory: string, port: number): string => join(runDirectory, `${String(port)}-looked`);

/** True afterwards: whoever reads it knows the verdict, and when it was true. Where that cannot be written, it grows old. */
export const noteLook = (runDirectory: string, port: number, fit: boolean): void => {
  try {
    replaceFile(lookFile(runDirectory, port), `${fit ? '0' : '1'} ${String(Math.trunc(uptime()))}\n`, MODE_PUBLIC);
  } catch {
    // What keepalived is told matters more, and where that cannot be written it is logged.
  }
};

/** Seconds since somebody looked at this port; `undefined` where nobody has since the host was started. */
export const secondsSinceLook = (runDirectory: string, port: number): number | undefined => {
  const [, seconds] = /^[01] (\d+)\n$/.exec(read(lookFile(runDirectory, port)) ?? '') ?? [];
  return seconds === undefined ? undefined : Math.max(0, Math.trunc(uptime()) - Number(seconds));
};

/** `redis_check.sh` writes it whenever it is called, and reads the look. */
const askedFile = (runDirectory: string, port: number): string => join(runDirectory, `${String(port)}-asked`);

/** Milliseconds since a script asked what the resident knows of this port; `undefined` where none ever did. */
export const sinceAskedMs = (runDirectory: string, port: number): number | undefined => {
  try {
    return Math.max(0, Date.now() - statSync(askedFile(runDirectory, port)).mtimeMs);
  } catch {
    return undefined;
  }
};

/** What keepalived is told there; `undefined` where that cannot be read, or is neither of the two. */
export const toldKeepalived = (path: string): boolean | undefined => {
  const word = read(path)?.trim();
  return word === '0' || (word === '1' ? false : undefined);
};

/** A `track_file` of weight 1: what stands there is added to the priority of this node. */
export const claimFile = (runDirectory: string, port: number): string => join(runDirectory, `${String(port)}-claim`);

const put = (path: string, content: string): string | undefined => {
  // keepalived writes it too: what stands there is looked at and not remembered.
  if (read(path) === content) return undefined;
  try {
    replaceFile(path, content, MODE_PUBLIC);
    return undefined;
  } catch (error) {
    return `cannot write ${path}: ${reasonOf(error)}`;
  }
};

/** True afterwards: keepalived takes this node for what it is. @returns why it could not be told. Never throws. */
export const tellKeepalived = (path: string, fit: boolean): string | undefined => put(path, fit ? '0\n' : '1\n');

/** True afterwards: keepalived adds so much to the priority. @returns why it could not be told. Never throws. */
export const raisePriority = (path: string, by: number): string | undefined => put(path, `${String(by)}\n`);

/** keepalived caps a priority at 254. So the skew, for which it waits when an address is let go, is next to nothing. */
const HASTE = 254;

/** Longer than any promote waits for its address. */
const HASTE_MAX_MS = 60_000;

/**
 * True afterwards: keepalived waits no longer than it must for an address that is let go. Where a claim is raised, or nobody
 * tells keepalived of claims, nothing is changed. What is returned takes it back. Behind the number stands whose haste it is.
 *
 * Source: keepalived/vrrp/vrrp.c, VRRP_TIMER_SKEW, (256 - priority) / 256 of an advert_int; keepalived/trackers/track_file.c,
 * process_track_file: strtol takes the number alone; seen on 2.1.5, 2.2.7, 2.3.3 and 2.3.4.
 */
export const hasten = (path: string): (() => void) => {
  if (read(path) !== '0\n') return () => undefined;
  const own = `${String(HASTE)} ${String(process.pid)}\n`;
  put(path, own);
  return () => {
    if (read(path) === own) raisePriority(path, 0);
  };
};

/** True afterwards: there is no haste of a promote that was killed. Never throws. */
export const calmDown = (path: string): void => {
  const [, pid] = /^254 (\d+)\n$/.exec(read(path) ?? '') ?? [];
  if (pid === undefined) return;
  // By then the number is another process's. One that is younger than now, by a clock that was set, was left behind as well.
  const ageMs = Math.abs(Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
  if (ageMs >= HASTE_MAX_MS || !existsSync(`/proc/${pid}`)) raisePriority(path, 0);
};
