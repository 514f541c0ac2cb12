/** What keepalived.conf says about a role that a person is about to move. */
import type { PairWords } from '../cli/words.ts';
import { findInstance, willPreemptBack } from '../keepalived/conf.ts';
import { readKeepalivedConf } from '../keepalived/parse.ts';

export const preemptNotes = (file: string, { peer, port }: PairWords): readonly string[] => {
  const conf = readKeepalivedConf(file);
  if (conf === undefined) return [`${file} cannot be read: whether the peer will take the role back is not known`];
  const instance = findInstance(conf, { peer, port });
  if (instance === undefined) return [];
  const outlook = willPreemptBack(instance);
  return outlook.kind === 'possible' ? [`the address may go back: ${outlook.why}`] : [];
};
