/** The pairs that keepalived.conf has redisha called for. */
import { isOurs, wordsFor } from './commands.ts';
import { instancesOf } from './conf.ts';
import type { KeepalivedConf } from './parse.ts';

export interface ConfPair {
  readonly local: string;
  readonly peer: string;
  readonly port: number;
}

const isHost = (word: string | undefined): word is string => word !== undefined && !/^\d*$/.test(word);

const pairsOf = (command: string): readonly ConfPair[] => {
  const [local, peer, ports = ''] = wordsFor(command);
  if (!isOurs(command) || !isHost(local) || !isHost(peer) || !/^\d{1,5}(?:,\d{1,5})*$/.test(ports)) return [];
  return ports.split(',').map((port) => ({ local, peer, port: Number(port) }));
};

/** Each once, in the order of the file, by the commands that keepalived does call. */
export const pairsIn = (conf: KeepalivedConf): readonly ConfPair[] => {
  const all = instancesOf(conf).flatMap(({ notifies }) => notifies.flatMap(({ command }) => pairsOf(command)));
  return all.filter(({ port }, index) => all.findIndex((other) => other.port === port) === index);
};
