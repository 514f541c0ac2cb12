/** What keepalived.conf says about a role that a person is about to move. */
import type { PairWords } from '../cli/words.ts';
import { findInstance, willPreemptBack } from '../keepalived/conf.ts';
import { readKeepalivedConf } from '../keepalived/parse.ts';

export interface Outlook {
  readonly notes: readonly string[];
  /** The virtual address, without its length; `undefined` where the file does not tell. */
  readonly address: string | undefined;
}

/** The virtual addresses of the pair, as keepalived.conf has them; none where it cannot be read. */
export const addressesIn = (file: string, { peer, port }: PairWords): readonly string[] => {
  const conf = readKeepalivedConf(file);
  return conf === undefined ? [] : (findInstance(conf, { peer, port })?.addresses ?? []);
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
