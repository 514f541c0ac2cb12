/** What this host knows of itself that is worth proposing to a person who configures it. */
import { createSocket } from 'node:dgram';
import { familyOf } from '../address.ts';
import { networkInterfaces } from 'node:os';
import type { HostFacts, Route } from '../cli/runtime.ts';
import { within } from '../host/deadline.ts';
import { systemInterfaces } from '../host/network.ts';
import { serverPorts } from '../host/process-table.ts';

const ROUTE_TIMEOUT_MS = 1_000;
/** Discard. A datagram socket that is connected has asked for a route and sent nothing. */
const PORT = 9;

const interfaceOf = (address: string): string | undefined =>
  Object.entries(networkInterfaces()).find(([, list]) => list?.some((own) => own.address === address))?.[0];

const routeTo = async (peer: string): Promise<Route | undefined> => {
  const socket = createSocket(familyOf(peer) === 6 ? 'udp6' : 'udp4');
  try {
    const asked = new Promise<string | undefined>((resolve) => {
      socket.once('error', () => {
        resolve(undefined);
      });
      socket.connect(PORT, peer, () => {
        resolve(socket.address().address);
      });
    });
    const address = await within(ROUTE_TIMEOUT_MS, asked, undefined);
    return address === undefined ? undefined : { address, interface: interfaceOf(address) };
  } finally {
    socket.close();
  }
};

export const hostFacts = (): HostFacts => ({
  addresses: systemInterfaces.addresses(),
  ports: serverPorts(),
  routeTo,
});
