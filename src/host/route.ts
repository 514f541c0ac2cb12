/** By which address of its own this host reaches another one. */
import { createSocket } from 'node:dgram';
import { familyOf, isLoopback, isSameAddress } from '../address.ts';
import { within } from './deadline.ts';
import { systemInterfaces } from './network.ts';

const ROUTE_TIMEOUT_MS = 1_000;
/** Discard. A datagram socket that is connected has asked for a route and sent nothing. */
const PORT = 9;

/** Asks the kernel and sends nothing; `undefined` where there is no way. */
export const sourceTowards = async (host: string): Promise<string | undefined> => {
  const socket = createSocket(familyOf(host) === 6 ? 'udp6' : 'udp4');
  try {
    const asked = new Promise<string | undefined>((resolve) => {
      socket.once('error', () => {
        resolve(undefined);
      });
      socket.connect(PORT, host, () => {
        resolve(socket.address().address);
      });
    });
    return await within(ROUTE_TIMEOUT_MS, asked, undefined);
  } finally {
    socket.close();
  }
};

/**
 * An address that this host keeps when the virtual one leaves it, so that its connections to that are those of any client.
 *
 * Why: to an address of its own a host connects from that same address. With the address such a client loses its own end, and
 * hears for good neither an answer nor a refusal. Seen on Linux 6: ioredis was silent until the address came back.
 */
export const ownAddressFor = async (virtual: string, peer: string): Promise<string | undefined> => {
  const isUsable = (address: string): boolean =>
    familyOf(address) === familyOf(virtual) &&
    !isSameAddress(address, virtual) &&
    isLoopback(address) === isLoopback(virtual) &&
    !/^fe80:/i.test(address);
  const towards = await sourceTowards(peer);
  return towards !== undefined && isUsable(towards) ? towards : systemInterfaces.addresses().find(isUsable);
};
