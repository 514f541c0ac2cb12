/** TCP segments in the name of an address, with their IP headers: made of bytes, and read from them. Pure. */
import type { Family } from '../address.ts';
import { familyOf, groupsOf, plainAddress, withoutZone } from '../address.ts';

/** One end of a connection. */
export interface End {
  readonly address: string;
  readonly port: number;
}

const TCP = 6;
const HOPS = 64;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
const WINDOW = 1234;
const TCP_BYTES = 20;
const IP_BYTES: Readonly<Record<Family, number>> = { 4: 20, 6: 40 };
/** Source: linux/include/linux/socket.h. */
export const AF: Readonly<Record<Family, number>> = { 4: 2, 6: 10 };

const word = (number: number): readonly number[] => [number >> 8, number & 0xff];

/** The address as it stands in a packet; an IPv4 address that is written as IPv6 is an IPv4 address. */
export const bytesOfAddress = (text: string): readonly number[] => {
  const address = plainAddress(withoutZone(text));
  return familyOf(address) === 4 ? address.split('.').map(Number) : groupsOf(address).flatMap(word);
};

/** Source: RFC 1071. */
const checksum = (bytes: Uint8Array): number => {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

const withChecksum = (bytes: readonly number[], at: number, sum: number): readonly number[] =>
  bytes.with(at, sum >> 8).with(at + 1, sum & 0xff);

interface Words {
  readonly flags: number;
  readonly acknowledged: number;
}

const long = (number: number): readonly number[] => [...word(number >>> 16), ...word(number & 0xffff)];

/** Sequence number and urgent pointer are 0. The checksum covers the addresses as well. */
const tcpOf = (from: End, to: End, addresses: readonly number[], { flags, acknowledged }: Words): readonly number[] => {
  const head = [...word(from.port), ...word(to.port), ...long(0), ...long(acknowledged), (TCP_BYTES / 4) << 4, flags];
  const tcp = [...head, ...word(WINDOW), 0, 0, 0, 0];
  return withChecksum(tcp, 16, checksum(Uint8Array.from([...addresses, 0, TCP, 0, TCP_BYTES, ...tcp])));
};

const ipv4 = (addresses: readonly number[]): readonly number[] => {
  const head = [0x45, 0, ...word(IP_BYTES[4] + TCP_BYTES), 0, 0, 0, 0, HOPS, TCP, 0, 0, ...addresses];
  return withChecksum(head, 10, checksum(Uint8Array.from(head)));
};

const ipv6 = (addresses: readonly number[]): readonly number[] => {
  const head = [0x60, 0, 0, 0, ...word(TCP_BYTES), TCP, HOPS];
  return [...head, ...addresses];
};

export interface Segment {
  readonly family: Family;
  /** From its IP header on. */
  readonly packet: Uint8Array;
  /** Where the kernel is to send it, as `sockaddr_in` or `sockaddr_in6`. */
  readonly destination: Uint8Array;
}

/** `undefined` where the two ends are of two families. */
const segmentOf = (from: End, to: End, words: Words): Segment | undefined => {
  const [source, target] = [bytesOfAddress(from.address), bytesOfAddress(to.address)];
  if (source.length !== target.length) return undefined;
  const family = source.length === 4 ? 4 : 6;
  const addresses = [...source, ...target];
  const packet = Uint8Array.from([
    ...(family === 4 ? ipv4(addresses) : ipv6(addresses)),
    ...tcpOf(from, to, addresses, words),
  ]);
  // The family in the order of the host's bytes, which is that of all processors that redisha is built for. No port: it is in
  // the packet. Source: raw(7); ipv6(7).
  const rest = family === 4 ? [...target, 0, 0, 0, 0, 0, 0, 0, 0] : [0, 0, 0, 0, ...target, 0, 0, 0, 0];
  return { family, packet, destination: Uint8Array.from([AF[family], 0, 0, 0, ...rest]) };
};

/**
 * Tells a client that its address has moved: a bare ACK in the name of the connection that it still believes in, with sequence
 * number 0. `undefined` where the two ends are of two families.
 *
 * The client's kernel finds the number out of place and answers with the right ones. Its answer comes to this host, whose
 * kernel knows no such connection and replies with a reset. So the client learns that its connection is gone.
 * Source: RFC 9293 section 3.10.7.4 (a segment that is not acceptable is answered with an ACK) and 3.10.7.1 (CLOSED).
 * Samba's CTDB does the same: ctdb/common/system_socket.c, ctdb_sys_send_tcp.
 */
export const tickleOf = (from: End, to: End): Segment | undefined =>
  segmentOf(from, to, { flags: ACK, acknowledged: 0 });

/** Somebody wants to connect. */
export interface Syn {
  readonly from: End;
  readonly to: End;
  readonly sequence: number;
}

/** Tells who wants to connect that nobody listens. Source: RFC 9293 section 3.10.7.1, a segment without an ACK. */
export const refusalOf = ({ from, to, sequence }: Syn): Segment | undefined =>
  segmentOf(to, from, { flags: RST | ACK, acknowledged: (sequence + 1) >>> 0 });

const addressOf = (bytes: Uint8Array): string =>
  bytes.length === 4
    ? bytes.join('.')
    : Array.from({ length: 8 }, (_, nth) =>
        (((bytes[2 * nth] ?? 0) << 8) + (bytes[2 * nth + 1] ?? 0)).toString(16),
      ).join(':');

/** What an IP packet with a SYN says; `undefined` for any other one, and where it has headers between IP and TCP. */
export const synIn = (packet: Uint8Array): Syn | undefined => {
  const version = (packet[0] ?? 0) >> 4;
  if (version !== 4 && version !== 6) return undefined;
  const at = version === 4 ? 4 * ((packet[0] ?? 0) & 0x0f) : IP_BYTES[6];
  if (packet[version === 4 ? 9 : 6] !== TCP || packet.length < at + TCP_BYTES) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset + at);
  if ((view.getUint8(13) & (SYN | RST | ACK)) !== SYN) return undefined;
  const [addresses, size] = version === 4 ? [12, 4] : [8, 16];
  const address = (nth: number): string =>
    addressOf(packet.subarray(addresses + nth * size, addresses + (nth + 1) * size));
  return {
    from: { address: address(0), port: view.getUint16(0) },
    to: { address: address(1), port: view.getUint16(2) },
    sequence: view.getUint32(4),
  };
};
