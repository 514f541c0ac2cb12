/** An open socket to a server, plain or TLS, with a deadline on each part of its opening. */
import type { LookupFunction, OnReadOpts, Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { isAddress } from '../address.ts';
import type { Endpoint } from '../core/model.ts';
import { startClock } from '../host/deadline.ts';
import { known } from '../host/pending.ts';
import { Failure, failureOfSocket } from './failure.ts';

export interface TlsOptions extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> {
  readonly servername: string | undefined;
}

export interface SocketOptions {
  readonly endpoint: Endpoint;
  readonly tls: TlsOptions | undefined;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  /** Of this host, by which to connect; the kernel's own choice without it. */
  readonly localAddress?: string | undefined;
  /** A unix socket in the place of `endpoint`, which only names the server then. */
  readonly socketPath?: string;
}

const CHUNK_BYTES = 65_536;

/** `reused`: the next read overwrites the chunk, for whoever keeps nothing of it. */
export type Chunks = 'copied' | 'reused';

/** The parser keeps what is half a reply, and the next read would overwrite it: each chunk is copied. */
const readInto = (onChunk: (chunk: Buffer) => void, chunks: Chunks): OnReadOpts => ({
  buffer: new Uint8Array(CHUNK_BYTES),
  callback: (length, buffer) => {
    onChunk(chunks === 'copied' ? Buffer.from(buffer.slice(0, length).buffer) : Buffer.from(buffer.buffer, 0, length));
    return true;
  },
});

/** As Node's own. A name server that does not answer keeps a thread, and the end of the process has to know of it. */
const lookup: LookupFunction = (host, options, answer) => {
  const ask = async (): Promise<void> => {
    try {
      const dns = await import('node:dns/promises');
      const all = await dns.lookup(host, { ...options, all: true });
      if (options.all === true) answer(null, all);
      else answer(null, all[0]?.address ?? '', all[0]?.family);
    } catch (error) {
      answer(error as NodeJS.ErrnoException, '');
    }
  };
  void known(ask());
};

/** By the environment, which is not asked. Source: Node's documentation of NODE_EXTRA_CA_CERTS and NODE_USE_SYSTEM_CA. */
const isToldWhomToTrust = (): boolean =>
  ['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA'].some((name) => process.env[name] !== undefined);

/** How TLS is begun; where our own files will not do, why. */
type TlsStart = { readonly begin: (options: SocketOptions, onread: object) => Socket } | { readonly why: string };

const tlsStart = async (tls: TlsOptions): Promise<TlsStart> => {
  const { connect, createSecureContext, getCACertificates } = await import('node:tls');
  try {
    const ca = tls.ca ?? (isToldWhomToTrust() ? getCACertificates('bundled') : undefined);
    const secureContext = createSecureContext({ ...tls, ca });
    return {
      begin: ({ endpoint: { host, port }, localAddress }, onread) =>
        connect({
          host,
          port,
          lookup,
          ...(localAddress === undefined ? {} : { localAddress }),
          secureContext,
          rejectUnauthorized: true,
          ...onread,
          servername: tls.servername ?? (isAddress(host) ? '' : host),
        }),
    };
  } catch (error) {
    return { why: `tls_ca_file, tls_cert_file or tls_key_file cannot be used: ${(error as Error).message}` };
  }
};

const beginTcp = ({ endpoint: { host, port }, localAddress, socketPath }: SocketOptions, onread: object): Socket =>
  connectTcp(
    socketPath === undefined
      ? { host, port, localAddress, lookup, noDelay: true, ...onread }
      : { path: socketPath, ...onread },
  );

/**
 * An open socket, TLS included: within `connectTimeoutMs` for the host, which answers by itself, and `commandTimeoutMs` for
 * the server, which has to find the time for a handshake. With `onChunk` what comes goes there, past the machinery of a
 * stream, which costs more than all the rest of a short reply. Rejects with {@link Failure}.
 */
export const openSocket = async (
  options: SocketOptions,
  onChunk?: (chunk: Buffer) => void,
  chunks: Chunks = 'copied',
): Promise<Socket> => {
  const { tls, connectTimeoutMs, commandTimeoutMs } = options;
  const onread = onChunk === undefined ? {} : { onread: readInto(onChunk, chunks) };
  const start = tls === undefined ? { begin: beginTcp } : await tlsStart(tls);
  return new Promise((resolve, reject) => {
    // Without usable files of our own, that somebody is there can be found out, and no more than that.
    const socket = ('begin' in start ? start.begin : beginTcp)(options, onread);
    const fail = (failure: Failure): void => {
      stopClock();
      socket.destroy();
      reject(failure);
    };
    const done = (): void => {
      stopClock();
      socket.removeAllListeners('error');
      resolve(socket);
    };
    let stopClock = startClock(connectTimeoutMs, () => {
      fail(new Failure('unreachable', `no connection within ${String(connectTimeoutMs)} ms`));
    });
    socket.once('error', (error: Error) => {
      fail(failureOfSocket(error));
    });
    socket.once('connect', () => {
      if ('why' in start) fail(new Failure('locked', start.why));
      else if (tls === undefined) done();
      else {
        stopClock();
        stopClock = startClock(commandTimeoutMs, () => {
          fail(new Failure('frozen', `no TLS handshake within ${String(commandTimeoutMs)} ms`));
        });
        socket.once('secureConnect', done);
      }
    });
  });
};
