/** The words of a command line, judged before anything is touched. */
import { isAddress } from '../address.ts';
import { RedishaError } from '../errors.ts';
import type { Endpoint, VrrpState } from '../core/model.ts';

export interface PairWords {
  readonly local: string;
  readonly peer: string;
  readonly port: number;
  /** The command line named several ports, so that a log line has to say which one it is about. */
  readonly isOneOfSeveral?: boolean;
}

const usage = (message: string, command: string): RedishaError =>
  new RedishaError('USAGE', message, { hint: `redisha ${command} --help` });

/** A word that may be told: what is neither address nor number may be a password. */
const isTold = (word: string): boolean =>
  word.split(' ').every((part) => isAddress(part) || /^(?:\d{0,5}|[\d.]+:\d+)$/.test(part));

const notThat = (word: string): string => (isTold(word) ? `, not "${word}"` : '');

/** A greater number may be a password. */
export const isPort = (word: string): boolean => /^\d{1,5}$/.test(word) && Number(word) >= 1 && Number(word) <= 65_535;

export const parsePort = (word: string, command: string): number => {
  if (isPort(word)) return Number(word);
  throw usage(`PORT must be a number from 1 to 65535${notThat(word)}`, command);
};

export const parseHost = (word: string, name: string, command: string): string => {
  const host = word.startsWith('[') && word.endsWith(']') ? word.slice(1, -1) : word;
  if (isAddress(host)) return host;
  // Source: RFC 1123 section 2.1: no name ends in a number, or it would be taken for an address.
  if (/^[A-Za-z0-9_]([\w.-]*[\w.])?$/.test(host) && !/(?:^|\.)\d+\.?$/.test(host)) return host;
  throw usage(`${name} must be an IP address or a host name${notThat(word)}`, command);
};

/** A short name that only a name server could know may be anything, a password too. */
export const isNamed = (host: string, knowsName: (name: string) => boolean): boolean =>
  isAddress(host) || host.includes('.') || knowsName(host);

/**
 * @throws {RedishaError} USAGE when the number of words is not `names.length`. Where a pair may be meant without its words, none
 * and two are right as well.
 */
export const assertWords = (
  words: readonly string[],
  names: readonly string[],
  command: string,
  mayBeNone: boolean,
): void => {
  if (
    words.length === names.length ||
    (mayBeNone && (words.length === 0 || (words.length === 2 && names.length === 3)))
  )
    return;
  const wanted = names.length === 0 ? 'no words' : `${mayBeNone ? 'no words, or ' : ''}${names.join(' ')}`;
  const got = words.length === 0 ? 'none' : words.map((word) => (isTold(word) ? `"${word}"` : '"…"')).join(' ');
  throw usage(`${command} takes ${wanted}; got ${got}`, command);
};

/** @throws {RedishaError} USAGE */
export const parsePair = (words: readonly string[], command: string): PairWords => {
  const [localWord = '', peerWord = '', portWord = ''] = words;
  const local = parseHost(localWord, 'LOCAL', command);
  const peer = parseHost(peerWord, 'PEER', command);
  const port = parsePort(portWord, command);
  if (local.toLowerCase() === peer.toLowerCase()) {
    throw usage(`LOCAL and PEER are the same address (${local}); PEER is the other node's`, command);
  }
  return { local, peer, port };
};

/**
 * The pairs of a line in keepalived.conf: PORT may be several, separated by commas, that move with one address.
 * @throws {RedishaError} USAGE
 */
export const parsePairs = (words: readonly string[], command: string): readonly PairWords[] => {
  const [local = '', peer = '', portWord = ''] = words;
  const ports = portWord.split(',');
  const twice = ports.find((port, index) => ports.indexOf(port) !== index);
  if (twice !== undefined) throw usage(`PORT names ${twice} twice`, command);
  const pairs = ports.map((port) => parsePair([local, peer, port], command));
  return pairs.length === 1 ? pairs : pairs.map((pair) => ({ ...pair, isOneOfSeveral: true }));
};

/** What `watch` is told. */
export interface WatchWords {
  /** As they were said, for a second process. */
  readonly argv: readonly string[];
  readonly fifo: string;
  /** Each vrrp_instance of keepalived's, and the pairs whose address it has. */
  readonly instances: readonly { readonly instance: string; readonly pairs: readonly PairWords[] }[];
}

/** Without a FIFO: one pair, for the check script that asks. */
export interface AttendWords {
  readonly pair: PairWords;
}

/** @throws {RedishaError} USAGE */
export const parseWatch = (argv: readonly string[]): WatchWords | AttendWords =>
  argv.length === 3 ? { pair: parsePair(argv, 'watch') } : parseWatchAll(argv);

const parseWatchAll = (argv: readonly string[]): WatchWords => {
  const [local = '', peer = '', ...rest] = argv;
  const fifo = rest.at(-1) ?? '';
  const instances = rest.slice(0, -1).map((word) => {
    const [, instance, ports] = /^([^=]+)=([\d,]+)$/.exec(word) ?? [];
    if (instance === undefined || ports === undefined)
      throw usage(`watch takes NAME=PORT, a vrrp_instance and its ports, not "${word}"`, 'watch');
    return { instance, pairs: parsePairs([local, peer, ports], 'watch') };
  });
  if (instances.length === 0 || !fifo.startsWith('/'))
    throw usage(`watch takes LOCAL PEER NAME=PORT FIFO, and FIFO begins with /; got "${argv.join(' ')}"`, 'watch');
  const several = instances.length > 1;
  return {
    argv,
    fifo,
    instances: instances.map(({ instance, pairs }) => ({
      instance,
      pairs: several ? pairs.map((pair) => ({ ...pair, isOneOfSeveral: true })) : pairs,
    })),
  };
};

/** @throws {RedishaError} USAGE */
export const parseCheck = (words: readonly string[]): Endpoint => {
  const [host = '', port = ''] = words;
  return { host: parseHost(host, 'HOST', 'check'), port: parsePort(port, 'check') };
};

const VRRP_STATES: Readonly<Record<string, VrrpState>> = {
  MASTER: 'MASTER',
  BACKUP: 'BACKUP',
  FAULT: 'FAULT',
  STOP: 'STOP',
  DELETED: 'STOP',
};

/** @throws {RedishaError} USAGE */
export const parseVrrpState = (word: string): VrrpState => {
  const vrrpState = VRRP_STATES[word];
  if (vrrpState === undefined)
    throw usage(`STATE must be MASTER, BACKUP, FAULT, STOP or DELETED, not "${word}"`, 'notify');
  return vrrpState;
};
