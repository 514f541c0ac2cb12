/** What keepalived.conf says about this pair. */
import type { PairWords } from '../cli/words.ts';
import type { Told } from '../app/status.ts';
import { isRunningWith } from '../host/process-table.ts';
import { toldKeepalived } from '../host/track-file.ts';
import type { VrrpInstance } from '../keepalived/conf.ts';
import { findInstance, scriptUserOf, trackFileOf, willPreemptBack } from '../keepalived/conf.ts';
import { readKeepalivedConf } from '../keepalived/parse.ts';

export interface Outlook {
  readonly notes: readonly string[];
  /** The virtual address, without its length; `undefined` where the file does not tell. */
  readonly address: string | undefined;
}

/** The virtual addresses of the pair, and how often keepalived says where they are; none where it cannot be read. */
export const announcedIn = (file: string, { peer, port }: PairWords): Pick<VrrpInstance, 'addresses' | 'refreshMs'> => {
  const conf = readKeepalivedConf(file);
  const instance = conf === undefined ? undefined : findInstance(conf, { peer, port });
  return instance ?? { addresses: [], refreshMs: undefined };
};

/** One that keeps checks running looks at nothing itself. */
const looksAt = (path: string): Told['looks'] => {
  const words = ['check', '--track-file', path];
  const isLooking = isRunningWith(words, '--respawn');
  if (isLooking !== false) return isLooking && 'yes';
  return isRunningWith(words) === true ? 'failed' : 'no';
};

/** What the check of this port tells keepalived, where it stays and tells it by a file. */
export const toldIn = (file: string, pair: PairWords): Told | undefined => {
  const conf = readKeepalivedConf(file);
  const instance = conf === undefined ? undefined : findInstance(conf, pair);
  const path = instance === undefined ? undefined : trackFileOf(instance, pair.port);
  if (conf === undefined || path === undefined) return undefined;
  const user = scriptUserOf(conf);
  const byHand = user === undefined ? undefined : `sudo -u ${user} redisha check ${pair.local} ${String(pair.port)}`;
  return { path, fit: toldKeepalived(path), looks: looksAt(path), byHand };
};

export const outlookOf = (file: string, { peer, port }: PairWords): Outlook => {
  const conf = readKeepalivedConf(file);
  if (conf === undefined) {
    return {
      notes: [`${file} cannot be read: whether the peer will take the role back is not known`],
      address: undefined,
    };
  }
  const instance = findInstance(conf, { peer, port });
  if (instance === undefined) return { notes: [], address: undefined };
  const outlook = willPreemptBack(instance);
  const notes = outlook.kind === 'possible' ? [`the address may go back: ${outlook.why}`] : [];
  return { notes, address: instance.addresses[0]?.replace(/\/\d+$/, '') };
};
