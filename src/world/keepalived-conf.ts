/** keepalived.conf, read as the keepalived of this host reads it. */
import { runningConfigId } from '../host/keepalived-process.ts';
import type { KeepalivedConf } from '../keepalived/parse.ts';
import { readKeepalivedConf } from '../keepalived/parse.ts';

/** `undefined` where it cannot be read. */
export const confHere = (file: string): KeepalivedConf | undefined => readKeepalivedConf(file, runningConfigId);
