/** Closing the port of a server at the virtual address, ending the clients that came by it, and opening it again. */
import { isSameAddress } from '../address.ts';
import type { Closing } from '../app/ports.ts';
import { formatEndpoint } from '../core/model.ts';
import { closedBind, localAddressesIn, openedBind, withoutInsisting } from './closed-address.ts';
import type { Connection, Reply } from './connection.ts';
import { Failure } from './failure.ts';
import { isRefused, parametersIn, readParameter } from './parameters.ts';

/** The list of so many clients takes a server some milliseconds; that of more is not asked for. */
const LISTED_MAX = 5_000;

const words = (text: string): readonly string[] => text.split(' ').filter(Boolean);

/** Where CONFIG is not granted, redisha can close nothing, so that nothing is closed. */
export const isAddressClosed = async (connection: Connection): Promise<boolean> => {
  try {
    return openedBind(words((await readParameter(connection, 'bind')) ?? '')) !== undefined;
  } catch (error) {
    if (isRefused(error)) return false;
    throw error;
  }
};

const CLIENTS = ['INFO', 'clients'] as const;

/** `info`: what it says of its clients. */
const linesIfFew = async (connection: Connection, info: Reply | undefined): Promise<string | undefined> => {
  const count = Number(/connected_clients:(\d+)/.exec(String(info))?.[1]);
  return count <= LISTED_MAX ? ` ${String(await connection.call('CLIENT', 'LIST'))}` : undefined;
};

const listedIfFew = async (connection: Connection, info: Reply | undefined): Promise<readonly string[] | undefined> => {
  const lines = await linesIfFew(connection, info);
  return lines === undefined ? undefined : localAddressesIn(lines);
};

/** Source: redis/src/networking.c catClientInfoString: ` name=` and no blank in it. */
export const clientNames = async (connection: Connection, prefix: string): Promise<readonly string[]> => {
  const lines = (await linesIfFew(connection, await connection.call(...CLIENTS))) ?? '';
  return lines.includes(` name=${prefix}`)
    ? [...lines.matchAll(/ name=(\S+)/g)].map(([, name = '']) => name).filter((name) => name.startsWith(prefix))
    : [];
};

/** Every `laddr` that a client of these addresses may have: TLS has a port of its own. */
const portsOf = async (connection: Connection): Promise<readonly number[]> => {
  const ports = [await readParameter(connection, 'port'), await readParameter(connection, 'tls-port')];
  return ports.map(Number).filter((port) => port > 0);
};

const NOBODY = '0.0.0.0:0';

/** @returns how many clients were ended */
export const endClients = async (connection: Connection, addresses: readonly string[]): Promise<number> => {
  const ports = await portsOf(connection);
  const ends = addresses.flatMap((host) => ports.map((port) => formatEndpoint({ host, port })));
  const replies = await connection.all(ends.map((end) => ['CLIENT', 'KILL', 'LADDR', end]));
  return replies.reduce<number>((sum, reply) => sum + Number(reply), 0);
};

/** `undefined` where there are too many to list. */
export const countClients = async (
  connection: Connection,
  addresses: readonly string[],
): Promise<number | undefined> => {
  const clients = await listedIfFew(connection, await connection.call(...CLIENTS));
  return clients?.filter((own) => addresses.some((address) => isSameAddress(address, own))).length;
};

/** What it takes to close the port at `addresses`, or in words why that cannot be done without cutting others off. */
export const prepareClosing = async (
  connection: Connection,
  addresses: readonly string[],
): Promise<Closing | string> => {
  try {
    const [, said, ownLine, replicaLines, info] = await connection.all([
      // It ends nobody, and tells whether that may be done.
      ['CLIENT', 'KILL', 'LADDR', NOBODY],
      ['CONFIG', 'GET', 'bind'],
      ['CLIENT', 'INFO'],
      ['CLIENT', 'LIST', 'TYPE', 'replica'],
      CLIENTS,
    ]);
    const now = words(parametersIn(said).get('bind') ?? '');
    const [own] = localAddressesIn(` ${String(ownLine)} `);
    if (own === undefined || addresses.some((address) => isSameAddress(address, own)))
      return 'redisha does not reach it by an address of its own';
    // Where the server has to go on listening: where we and its replicas came in, its own host, and where others did.
    const replicas = localAddressesIn(` ${String(replicaLines)}`);
    const others = [own, '127.0.0.1', '::1', ...replicas, ...((await listedIfFew(connection, info)) ?? [])];
    const bind = closedBind(openedBind(now) ?? now, addresses, others);
    return bind === undefined
      ? `bind has no words that could be replaced for a while (${now.join(' ')})`
      : { bind, addresses };
  } catch (error) {
    if (isRefused(error)) return `its user lacks a right (${error.message})`;
    throw error;
  }
};

export const closeAddress = async (connection: Connection, { bind }: Closing): Promise<void> => {
  await connection.call('CONFIG', 'SET', 'bind', bind.join(' '));
};

/** A server insists on an address that its redis.conf names, also where the host does not have it now. */
export const openAddress = async (connection: Connection): Promise<void> => {
  const before = openedBind(words((await readParameter(connection, 'bind')) ?? ''));
  if (before === undefined) return;
  try {
    await connection.call('CONFIG', 'SET', 'bind', before.join(' '));
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'error') throw error;
    await connection.call('CONFIG', 'SET', 'bind', withoutInsisting(before).join(' '));
  }
};
