/**
 * How a check tells keepalived of its verdict without ending: a `track_file` of weight 0, where 0 means that this node is fit
 * and 1 that it is not.
 *
 * Source: keepalived.conf(5), track_file; keepalived/trackers/track_file.c process_inotify: the file is read when another
 * one is renamed to its place, so that no half of it is ever read.
 */
import { readFileSync } from 'node:fs';
import { reasonOf, replaceFile } from './files.ts';

/** keepalived reads it as root; what it says is no secret. */
const MODE_PUBLIC = 0o644;

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
};

/** What keepalived is told there; `undefined` where that cannot be read, or is neither of the two. */
export const toldKeepalived = (path: string): boolean | undefined => {
  const word = read(path)?.trim();
  return word === '0' || (word === '1' ? false : undefined);
};

/** True afterwards: keepalived takes this node for what it is. @returns why it could not be told. Never throws. */
export const tellKeepalived = (path: string, fit: boolean): string | undefined => {
  const content = fit ? '0\n' : '1\n';
  // keepalived, and a check that was late, write it too: what stands there is looked at and not remembered.
  if (read(path) === content) return undefined;
  try {
    replaceFile(path, content, MODE_PUBLIC);
    return undefined;
  } catch (error) {
    return `cannot write ${path}: ${reasonOf(error)}`;
  }
};
