/**
 * Tells the hosts of a network where one of our addresses is now.
 *
 * keepalived does so when it becomes MASTER. A node that stayed MASTER on its side of a broken network says nothing when
 * the network is whole again, so that hosts which were told otherwise meanwhile keep the other node's card in mind, for
 * half a minute or for hours. To send the ARP message itself takes a right that a script need not have. But the kernel
 * asks by broadcast for a neighbour that it does not know, in the name of the address that the datagram comes from, and
 * everybody who knows that address learns from the question. Unanswered it asks three times, a second apart.
 *
 * Source: RFC 826, "Packet Reception" (the sender is taken note of before the target is looked at); Linux
 * net/ipv4/arp.c arp_solicit (arp_announce 0 and 1) and arp_process, net/core/neighbour.c neigh_probe.
 */
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { familyOf, isAddress, toAddress, toNumber } from '../address.ts';
import { inTime } from './deadline.ts';
import { reasonOf } from './files.ts';

/** Source: RFC 863: whatever comes to this port is thrown away. */
const DISCARD_PORT = 9;
const TIMEOUT_MS = 500;
/** Neighbours that are looked at before a network counts as full. */
const TRIES_MAX = 1024;
/** Smaller networks have no room for a stranger. */
const PREFIX_MAX = 29;

type Own = Pick<NetworkInterfaceInfo, 'address' | 'netmask' | 'cidr' | 'family'>;

/** Those whom the kernel would not have to ask for. Source: proc(5), /proc/net/arp; flag 2 is a complete entry. */
export const knownNeighbours = (table: string): ReadonlySet<string> =>
  new Set(
    table
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/))
      .filter(([, , flags = '0']) => Number(flags) !== 0)
      .map(([address = '']) => address),
  );

/** The last address of the network that nobody is known to have; `undefined` where there is none. */
export const strangerIn = ({ address, netmask }: Own, taken: ReadonlySet<string>): string | undefined => {
  const size = 2 ** 32 - toNumber(netmask);
  const first = Math.floor(toNumber(address) / size) * size;
  const count = Math.min(size - 2, TRIES_MAX);
  const candidates = Array.from({ length: count }, (_, place) => toAddress(first + size - 2 - place));
  return candidates.find((candidate) => !taken.has(candidate));
};

const prefixOf = ({ cidr }: Own): number => Number(cidr?.split('/')[1] ?? 32);
const withoutLabel = (device: string): string => device.replace(/:.*$/, '');

interface Around {
  readonly card: string | undefined;
  readonly networks: readonly Own[];
  readonly own: readonly string[];
}

/** The card that has the address, its networks, and every address of this host. */
const around = (address: string): Around => {
  const cards = Object.entries(networkInterfaces()).map(([device, list]) => ({ device, list: list ?? [] }));
  const cardsWithIt = cards.filter(({ list }) => list.some((one) => one.address === address));
  // Where it is for reading too, the loopback has it for good.
  const cardWithIt = cardsWithIt.find(({ list }) => list.every((one) => !one.internal)) ?? cardsWithIt[0];
  if (cardWithIt === undefined) return { card: undefined, networks: [], own: [] };
  const card = withoutLabel(cardWithIt.device);
  const networks = cards
    .filter(({ device }) => withoutLabel(device) === card)
    .flatMap(({ list }) => list.filter((one) => one.family === 'IPv4' && prefixOf(one) <= PREFIX_MAX));
  return { card, networks, own: cards.flatMap(({ list }) => list.map((one) => one.address)) };
};

const send = async (socket: Socket, address: string, to: string): Promise<void> => {
  socket.bind({ address, port: 0, exclusive: true });
  await once(socket, 'listening');
  socket.setTTL(1);
  await new Promise<void>((resolve, reject) => {
    socket.send('', DISCARD_PORT, to, (error) => (error === null ? resolve() : reject(error)));
  });
};

const sendFrom = async (address: string, to: string): Promise<void> => {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  try {
    await inTime(TIMEOUT_MS, send(socket, address, to), () => new Error('no answer from the kernel'));
  } finally {
    socket.close();
  }
};

/** With 2 the kernel asks in the name of an address of its choice. Source: Linux, Documentation/networking/ip-sysctl.rst. */
const asksInItsOwnName = (card: string): boolean =>
  ['all', card].some((name) => readFileSync(`/proc/sys/net/ipv4/conf/${name}/arp_announce`, 'utf8').trim() === '2');

/**
 * True afterwards, where nothing is returned: the hosts of the network are being told, which takes two seconds.
 * @returns why they are not, in a sentence.
 */
export const tellNeighbours = async (address: string): Promise<string | undefined> => {
  if (!isAddress(address) || familyOf(address) !== 4) return `${address} is no IPv4 address`;
  try {
    const { card, networks, own } = around(address);
    const taken = new Set([...own, ...knownNeighbours(readFileSync('/proc/net/arp', 'utf8'))]);
    const stranger = networks.map((network) => strangerIn(network, taken)).find((found) => found !== undefined);
    if (card === undefined || stranger === undefined)
      return `${address} is not on a card of this host with an IPv4 network around it`;
    if (asksInItsOwnName(card)) return `arp_announce is 2 on ${card}: only keepalived can say where ${address} is`;
    await sendFrom(address, stranger);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
};
