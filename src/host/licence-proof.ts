/**
 * What the next process of this node may go on with, by the lease that this one holds. It outlives neither a restart of the
 * server nor a lease that was taken anew: both have another name then, so an old file proves nothing.
 */
import { join } from 'node:path';
import type { Proof } from '../core/licence/model.ts';
import { replaceFile } from './files.ts';
import { readOwnText } from './own-file.ts';

export const proofFile = (runDirectory: string, port: number): string => join(runDirectory, `${String(port)}-licence`);

/** `undefined` where there is none, or it cannot be read. Never throws. */
export const readProof = (path: string): Proof | undefined => {
  try {
    const { run, tenure, runId, replid } = JSON.parse(readOwnText(path)) as Readonly<Record<string, unknown>>;
    const words = [run, tenure, runId, replid];
    if (!words.every((word) => typeof word === 'string')) return undefined;
    return { run, tenure, runId, replid } as Proof;
  } catch {
    return undefined;
  }
};

/** Where it cannot be written, the next process waits until the peer cannot write. Never throws. */
export const writeProof = (path: string, proof: Proof): void => {
  try {
    replaceFile(path, `${JSON.stringify(proof)}\n`);
  } catch {
    // What keepalived is told is written to the same directory, and logged where that is not possible.
  }
};
