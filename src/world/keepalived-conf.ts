/** keepalived.conf, read as the keepalived of this host reads it. */
import { runningConfigId } from '../host/keepalived-process.ts';
import type { KeepalivedConf } from '../keepalived/parse.ts';
import { readKeepalivedConf } from '../keepalived/parse.ts';

/** `undefined` where it cannot be read. */
export type ReadConf = (file: string) => KeepalivedConf | undefined;

export const confHere: ReadConf = (file) => readKeepalivedConf(file, runningConfigId);

/** Reads each file once, whoever asks for it: for a command that asks for it in several places. */
export const readingOnce = (): ReadConf => {
  const found = new Map<string, KeepalivedConf | undefined>();
  return (file) => {
    if (!found.has(file)) found.set(file, confHere(file));
    return found.get(file);
  };
};
