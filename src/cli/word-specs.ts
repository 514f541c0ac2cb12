/** The words that name a pair, as several commands take them. */
import type { WordSpec } from './command.ts';

export const LOCAL: WordSpec = {
  name: 'LOCAL',
  doc: 'address at which this host reaches its own Redis, such as 127.0.0.1',
};
export const PEER: WordSpec = { name: 'PEER', doc: "address of the other node's Redis" };
export const PORT: WordSpec = { name: 'PORT', doc: 'port of the Redis on both hosts' };
const PORTS: WordSpec = {
  name: 'PORT',
  doc: 'port on both hosts; or several that move with one address, separated by commas',
};
export const PAIR = [LOCAL, PEER, PORT];
export const PAIRS = [LOCAL, PEER, PORTS];
