/** What keepalived.conf says about this pair. */
import { dirname } from 'node:path';
import type { PairWords } from '../cli/words.ts';
import { answerIn } from '../app/resident-answer.ts';
import type { Told } from '../app/told.ts';
import { askAtWork, residentSocket } from '../host/partner.ts';
import { secondsSinceLook, toldKeepalived, verdictFile } from '../host/verdict-file.ts';
import type { VrrpInstance, Wanted } from '../keepalived/conf.ts';
import { fifoOf, findInstance, SECOND_WORD_MS, scriptUserOf } from '../keepalived/conf.ts';
import type { FileOutlook } from '../keepalived/outlook.ts';
import { outlookFor, willPreemptBack } from '../keepalived/outlook.ts';
import type { ConfPair } from '../keepalived/pairs.ts';
import { pairsIn } from '../keepalived/pairs.ts';
import type { ReadConf } from './keepalived-conf.ts';
import { confHere } from './keepalived-conf.ts';

export interface Outlook {
  readonly notes: readonly string[];
  /** The virtual address, without its length; `undefined` where the file does not tell. */
  readonly address: string | undefined;
}

/** The virtual addresses of the pair, and how often keepalived says where they are; none where it cannot be read. */
export const announcedIn = (
  file: string,
  { peer, port }: PairWords,
): Pick<VrrpInstance, 'addresses' | 'refreshMs' | 'secondWordMs'> => {
  const conf = confHere(file);
  const instance = conf === undefined ? undefined : findInstance(conf, { peer, port });
  return instance ?? { addresses: [], refreshMs: undefined, secondWordMs: SECOND_WORD_MS };
};

/** This node gives way where two meet that have the address, and keepalived says so to nobody. */
export const isOutrankedIn = (file: string, { peer, port }: PairWords): boolean => {
  const conf = confHere(file);
  if (conf === undefined || fifoOf(conf, port) !== undefined) return false;
  return findInstance(conf, { peer, port })?.initialState === 'BACKUP';
};

const ANSWER_TIMEOUT_MS = 500;

const residentAt = async (directory: string, port: number): Promise<Told['resident']> => {
  const answer = answerIn(await askAtWork(residentSocket(directory), ANSWER_TIMEOUT_MS));
  const found = answer?.ports.find((one) => one.port === port);
  return answer === undefined || found === undefined ? undefined : { ...found, pid: answer.pid };
};

/**
 * Where a promote may ask keepalived to hurry: where the resident tells it of this port; `undefined` where keepalived starts none.
 * Without nopreempt it would take the address away from the master, while the role has yet to move or is refused.
 * Source: RFC 5798, 6.4.2, Preempt_Mode.
 */
export const hasteDirectoryIn = (file: string, { peer, port }: PairWords): string | undefined => {
  const conf = confHere(file);
  const fifo = conf === undefined ? undefined : fifoOf(conf, port);
  if (conf === undefined || fifo === undefined) return undefined;
  return findInstance(conf, { peer, port })?.nopreempt === true ? dirname(fifo) : undefined;
};

/** What the resident tells keepalived of this port, where keepalived starts one. */
export const toldIn = async (file: string, pair: PairWords, read: ReadConf = confHere): Promise<Told | undefined> => {
  const conf = read(file);
  const fifo = conf === undefined ? undefined : fifoOf(conf, pair.port);
  if (conf === undefined || fifo === undefined) return undefined;
  const directory = dirname(fifo);
  const path = verdictFile(directory, pair.port);
  const user = scriptUserOf(conf);
  const byHand = user === undefined ? undefined : `sudo -u ${user} redisha check ${pair.local} ${String(pair.port)}`;
  return {
    path,
    fit: toldKeepalived(path),
    lookedS: secondsSinceLook(directory, pair.port),
    resident: await residentAt(directory, pair.port),
    byHand,
  };
};

export const outlookOf = (file: string, { peer, port }: PairWords): Outlook => {
  const conf = confHere(file);
  if (conf === undefined) {
    return {
      notes: [`${file} cannot be read: whether the peer will take the role back is not known`],
      address: undefined,
    };
  }
  const instance = findInstance(conf, { peer, port });
  if (instance === undefined) return { notes: [], address: undefined };
  if (conf.problems.length > 0)
    return { notes: outlookFor(conf, { peer, port }).notes, address: instance.addresses[0] };
  const outlook = willPreemptBack(instance);
  // A pair of which one node says nopreempt is one whose address is to stay: a note at every promote would soon be read by nobody.
  const isNews = outlook.kind === 'possible' && !instance.nopreempt;
  const notes = isNews ? [`the address may go back: ${outlook.why}`] : [];
  return { notes, address: instance.addresses[0] };
};

/** The pairs that it has redisha called for; none where it cannot be read. */
export const confPairs = (file: string, read: ReadConf = confHere): readonly ConfPair[] => {
  const conf = read(file);
  return conf === undefined ? [] : pairsIn(conf);
};

const NOTHING: FileOutlook = { troubles: [], notes: [] };

/** What keepalived will do with the address of this pair; nothing where its file cannot be read. */
export const fileOutlook = (file: string, pair: Wanted, read: ReadConf = confHere): FileOutlook => {
  const conf = read(file);
  return conf === undefined ? NOTHING : outlookFor(conf, pair);
};
