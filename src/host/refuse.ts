/**
 * Refuses who comes for an address that has just left this host. Between the moment at which keepalived takes it away here and
 * the announcement of the other node, some milliseconds pass in which a SYN is answered by nobody: its client would wait a
 * whole second until its kernel sends it again. Source: RFC 6298 section 2, the first retransmission after one second.
 *
 * The kernel drops such a packet before any TCP socket sees it, so it is read from the interface.
 */
import { familyOf } from '../address.ts';
import type { Clock } from '../app/ports.ts';
import { hasAddress } from './network.ts';
import type { Libc } from './libc.ts';
import { IPPROTO_RAW, openLibc, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_RAW } from './libc.ts';
import { maySendRaw } from './rights.ts';
import type { End } from './segment.ts';
import { AF, bytesOfAddress, refusalOf, synIn } from './segment.ts';
import { send } from './tickle.ts';

/** Source: packet(7); uapi/linux/if_ether.h. */
const AF_PACKET = 17;
const PROTOCOL = { 4: 0x0800, 6: 0x86dd } as const;
/** Source: socket(7), asm-generic/socket.h. */
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;

const POLL_MS = 2;
/** How often the kernel is asked whether the address is gone, and for how long it must be: the other node has told everybody by then. */
const LOOK_EVERY_MS = 50;
const GONE_MS = 500;
/** At most so many are read in one turn. */
const BURST = 64;
const PACKET_BYTES = 256;

/** Instructions of a socket filter. Source: uapi/linux/bpf_common.h, filter.h. */
const [LOAD_WORD, LOAD_BYTE, LOAD_HEADER_LENGTH, LOAD_BYTE_AFTER_HEADER] = [0x20, 0x30, 0xb1, 0x50];
const [AND, JUMP_IF_EQUAL, RETURN] = [0x54, 0x15, 0x06];
const PACKET_TYPE = 0xfffff004;
const PACKET_HOST = 0;
const TCP = 6;
const FLAGS_AT = 13;
const [SYN, SYN_OR_ACK] = [0x02, 0x12];
const IPV6_HEADER_BYTES = 40;

type Instruction = readonly [code: number, value: number];

const wordsOf = (bytes: readonly number[]): readonly number[] =>
  Array.from({ length: bytes.length / 4 }, (_, nth) => Buffer.from(bytes).readUInt32BE(4 * nth));

/** What has to be so of a packet, a load and a comparison each: sent to this host by its MAC, TCP, to the address, a SYN. */
const conditions = (address: string): readonly Instruction[] => {
  const family = familyOf(address);
  const [protocolAt, addressAt] = family === 4 ? [9, 16] : [6, 24];
  const flags: readonly Instruction[] =
    family === 4
      ? [
          [LOAD_HEADER_LENGTH, 0],
          [LOAD_BYTE_AFTER_HEADER, FLAGS_AT],
        ]
      : [[LOAD_BYTE, IPV6_HEADER_BYTES + FLAGS_AT]];
  return [
    [LOAD_WORD, PACKET_TYPE],
    [JUMP_IF_EQUAL, PACKET_HOST],
    [LOAD_BYTE, protocolAt],
    [JUMP_IF_EQUAL, TCP],
    ...wordsOf(bytesOfAddress(address)).flatMap((word, nth): readonly Instruction[] => [
      [LOAD_WORD, addressAt + 4 * nth],
      [JUMP_IF_EQUAL, word],
    ]),
    ...flags,
    [AND, SYN_OR_ACK],
    [JUMP_IF_EQUAL, SYN],
  ];
};

const instruction = (code: number, value: number, otherwise: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code);
  bytes.writeUInt8(otherwise, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
};

/** Lets nothing through but what this is about: the other packets of a busy host would fill the queue. */
const filterFor = (address: string): Buffer => {
  const tests = conditions(address);
  return Buffer.concat([
    ...tests.map(([code, value], nth) => instruction(code, value, code === JUMP_IF_EQUAL ? tests.length - nth : 0)),
    instruction(RETURN, PACKET_BYTES, 0),
    instruction(RETURN, 0, 0),
  ]);
};

/** @returns a socket that sees the SYNs for the address, or -1. */
const openEar = (libc: Libc, address: string): number => {
  // Nothing comes to it before it is bound.
  const fd = libc.socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  const filter = filterFor(address);
  const program = Buffer.alloc(16);
  program.writeUInt16LE(filter.length / 8);
  program.writeBigUInt64LE(libc.pointerTo(filter), 8);
  const every = Buffer.alloc(20);
  every.writeUInt16LE(AF_PACKET);
  every.writeUInt16BE(PROTOCOL[familyOf(address)], 2);
  const isOpen =
    libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, program.length) === 0 &&
    libc.bind(fd, every, every.length) === 0;
  if (isOpen) return fd;
  libc.close(fd);
  return -1;
};

export interface Refusing {
  readonly at: End;
  /** No longer than this, also where the address stays. */
  readonly limitMs: number;
  readonly clock: Pick<Clock, 'nowMs' | 'delay'>;
  readonly signal: AbortSignal;
}

/** Reads what has come. @returns how many were refused */
const refuseThose = (libc: Libc, [ear, mouth]: readonly [number, number], at: End, buffer: Buffer): number => {
  let refused = 0;
  let isHere: boolean | undefined;
  for (let nth = 0; nth < BURST; nth += 1) {
    const length = Number(libc.recv(ear, buffer, BigInt(buffer.length), 0));
    if (length <= 0) break;
    const syn = synIn(buffer.subarray(0, length));
    if (syn?.to.port !== at.port) continue;
    // As long as the address is here, the kernel answers. It is asked once for all that have come.
    isHere ??= hasAddress(at.address) !== false;
    if (isHere) continue;
    const segment = refusalOf(syn);
    if (segment !== undefined && send(libc, mouth, segment)) refused += 1;
  }
  return refused;
};

const refuseAll = async (libc: Libc, sockets: readonly [number, number], refusing: Refusing): Promise<number> => {
  const { at, limitMs, clock, signal } = refusing;
  const startMs = clock.nowMs();
  const buffer = Buffer.alloc(PACKET_BYTES);
  let [refused, lookedMs, hereMs] = [0, startMs, startMs];
  for (;;) {
    refused += refuseThose(libc, sockets, at, buffer);
    const nowMs = clock.nowMs();
    if (nowMs - lookedMs >= LOOK_EVERY_MS) {
      lookedMs = nowMs;
      if (hasAddress(at.address) !== false) hereMs = nowMs;
    }
    if (signal.aborted || nowMs - hereMs >= GONE_MS || nowMs - startMs >= limitMs) return refused;
    await clock.delay(POLL_MS, signal);
  }
};

/**
 * True until the address has been gone for half a second: who wants to connect to `at`, and still believes that it is here
 * although it is not, is refused at once. @returns how many were; `undefined` where the kernel gives no such sockets.
 */
export const refuseComers = async (refusing: Refusing): Promise<number | undefined> => {
  if (maySendRaw() === false) return undefined;
  const { address } = refusing.at;
  const libc = await openLibc();
  const ear = openEar(libc, address);
  const mouth = libc.socket(AF[familyOf(address)], SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);
  try {
    return ear < 0 || mouth < 0 ? undefined : await refuseAll(libc, [ear, mouth], refusing);
  } finally {
    for (const fd of [ear, mouth]) if (fd >= 0) libc.close(fd);
  }
};
