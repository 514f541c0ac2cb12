/**
 * Tells clients that the address they are connected to is at this host now. Who only listens (SUBSCRIBE, BLPOP) would not
 * find out: the old host is gone, or sends nothing in the name of an address that it has no more.
 */
import type { Family } from '../address.ts';
import { familyOf } from '../address.ts';
import { NO_RIGHT } from '../core/watch/clients.ts';
import type { Libc } from './libc.ts';
import { IPPROTO_RAW, openLibc, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from './libc.ts';
import { maySendRaw } from './rights.ts';
import type { End, Segment } from './segment.ts';
import { AF, tickleOf } from './segment.ts';

/** Made and sent without a look at anything else: some milliseconds. */
const SLICE = 128;

/** A connection of a client, as the old owner of the address listed it. */
export interface Connected {
  /** The virtual address, and the port of Redis. */
  readonly at: End;
  readonly client: End;
}

export interface Told {
  /** To how many a packet went out. */
  readonly told: number;
  /** Why not to all of them; `undefined` where it did. */
  readonly why: string | undefined;
}

export const send = (libc: Libc, fd: number, { packet, destination }: Segment): boolean =>
  libc.sendto(fd, packet, BigInt(packet.length), 0, destination, destination.length) === BigInt(packet.length);

/** Whatever else is due in this process comes first. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** @returns how many went out; `undefined` where the kernel gives no such socket. */
const sendAll = async (libc: Libc, family: Family, clients: readonly Connected[]): Promise<number | undefined> => {
  if (clients.length === 0) return 0;
  const fd = libc.socket(AF[family], SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);
  if (fd < 0) return undefined;
  try {
    let told = 0;
    for (const [nth, { at, client }] of clients.entries()) {
      const made = tickleOf(at, client);
      if (made !== undefined && send(libc, fd, made)) told += 1;
      if (nth % SLICE === SLICE - 1) await turn();
    }
    return told;
  } finally {
    libc.close(fd);
  }
};

/** True afterwards, where no `why` is returned: to each of the clients a packet is on its way. Never rejects for a fact of the world. */
export const tickle = async (clients: readonly Connected[]): Promise<Told> => {
  if (maySendRaw() === false) return { told: 0, why: NO_RIGHT };
  const libc = await openLibc();
  let told = 0;
  for (const family of [4, 6] as const) {
    const count = await sendAll(
      libc,
      family,
      clients.filter(({ at }) => familyOf(at.address) === family),
    );
    if (count === undefined) return { told, why: `the kernel gives no raw socket for IPv${String(family)}` };
    told += count;
  }
  return { told, why: told === clients.length ? undefined : 'the kernel did not send all of the packets' };
};
