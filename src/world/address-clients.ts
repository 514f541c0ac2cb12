/** The clients of the virtual addresses with the real servers and packets; see core/watch/clients.ts. */
import type { AddressClients, ClientsTold, ClientsWorld } from '../app/clients.ts';
import { keepClients } from '../app/clients.ts';
import type { Journal, Log } from '../app/ports.ts';
import type { PairWords } from '../cli/words.ts';
import { watchDeadlines } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import { CLIENTS_MAX } from '../core/watch/clients.ts';
import { after, systemClock } from '../host/clock.ts';
import { hasAddress } from '../host/network.ts';
import { maySendRaw } from '../host/rights.ts';
import { connectionTo } from './settings.ts';
import { masterAddressesOf } from './virtual-address.ts';

const listOf = (settings: Settings, pair: PairWords): ClientsWorld['list'] => {
  const peer = { host: pair.peer, port: settings.connection.peerPort };
  const options = connectionTo(settings, peer, watchDeadlines(settings.check));
  let addresses: Promise<readonly string[]> | undefined;
  return async (numbers) => {
    addresses ??= masterAddressesOf(settings, pair);
    const [{ listClients }, { Failure }] = await Promise.all([
      import('../redis/client-list.ts'),
      import('../redis/failure.ts'),
    ]);
    try {
      return await listClients(options, { addresses: await addresses, clientsMax: CLIENTS_MAX, numbers });
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
  };
};

const tellThem: ClientsWorld['tell'] = async (clients): Promise<ClientsTold> => {
  const [{ tickle }, { addressOf, portOf }] = await Promise.all([
    import('../host/tickle.ts'),
    import('../redis/client-list.ts'),
  ]);
  const here = new Map<string, boolean>();
  const isHere = (address: string): boolean => {
    const known = here.get(address) ?? hasAddress(address) === true;
    here.set(address, known);
    return known;
  };
  const endOf = (text: string) => ({ address: addressOf(text), port: portOf(text) });
  const connected = [...clients]
    .map(([client, at]) => ({ client: endOf(client), at: endOf(at) }))
    .filter(({ at }) => isHere(at.address));
  const { told, why } = connected.length === 0 ? { told: 0, why: undefined } : await tickle(connected);
  return { clients: connected.length, told, why };
};

export interface ClientsOptions {
  readonly settings: Settings;
  readonly pair: PairWords;
  readonly log: Log;
  readonly journal: Journal;
  readonly isHere: () => boolean;
}

export const clientsOfAddress = ({ settings, pair, log, journal, isHere }: ClientsOptions): AddressClients =>
  keepClients({
    clock: systemClock,
    after,
    list: listOf(settings, pair),
    tell: tellThem,
    mayTell: maySendRaw,
    isHere,
    log,
    journal,
  });
