/**
 * What a failed exchange with a Redis means. An error reply proves that the server is alive; the words of the server are
 * the only thing that tells "wrong password" from "blocked by a script".
 *
 * Source: redis/src/server.c processCommand (order of its refusals), redis/src/networking.c acceptCommonHandler.
 */
import { RedishaError } from '../errors.ts';
import type { Endpoint, SilenceKind } from '../core/model.ts';
import { formatEndpoint } from '../core/model.ts';
import { cleaned } from './cleaned.ts';

export type FailureKind = SilenceKind | 'closed' | 'loading' | 'unknown-command' | 'forbidden' | 'error';

export class Failure extends Error {
  readonly kind: FailureKind;
  /** `message` may hold words of the server. They are cleaned here, because every error of a server becomes a `Failure`. */
  constructor(kind: FailureKind, message: string) {
    super(cleaned(message));
    this.name = 'Failure';
    this.kind = kind;
  }
}

/** The server sent something that no Redis sends, or more than a limit allows. */
export const garbled = (why: string): Failure => new Failure('garbled', why);

const REPLIES: readonly (readonly [RegExp, FailureKind])[] = [
  [/^(NOAUTH|WRONGPASS)|invalid password|invalid username/i, 'locked'],
  [/^NOPERM|no permissions/i, 'forbidden'],
  [/^DENIED/, 'denied'],
  [/^LOADING/, 'loading'],
  [/^BUSY/, 'busy'],
  [/max number of clients/i, 'full'],
  [
    /unknown (sub)?command|unknown subcommand|wrong number of arguments for 'client\|pause'|syntax error, try client/i,
    'unknown-command',
  ],
];

/** An unknown command is told with its arguments, and those of a renamed AUTH are the password. */
const withoutArguments = (message: string): string => message.replace(/,? with args beginning with.*$/s, '');

export const failureOfReply = (message: string): Failure =>
  new Failure(REPLIES.find(([pattern]) => pattern.test(message))?.[1] ?? 'error', withoutArguments(message));

const ERRNO: Record<string, readonly [FailureKind, string]> = {
  ECONNREFUSED: ['refused', 'connection refused'],
  EHOSTUNREACH: ['unreachable', 'no route to host'],
  ENETUNREACH: ['unreachable', 'network unreachable'],
  EHOSTDOWN: ['unreachable', 'host is down'],
  ETIMEDOUT: ['unreachable', 'connection timed out'],
  ENOTFOUND: ['unresolved', 'name does not resolve'],
  EAI_AGAIN: ['unresolved', 'name service does not answer'],
  ECONNRESET: ['closed', 'connection reset'],
  EPIPE: ['closed', 'connection closed'],
  EADDRNOTAVAIL: ['unasked', 'no address or port to connect from'],
  EAFNOSUPPORT: ['unasked', 'no such kind of address here'],
  EMFILE: ['unasked', 'too many open files'],
  ENFILE: ['unasked', 'too many open files on the whole host'],
  ENOMEM: ['unasked', 'no memory left'],
  ENOBUFS: ['unasked', 'no buffer left'],
  EACCES: ['unasked', 'connecting is not permitted'],
  EPERM: ['unasked', 'connecting is not permitted'],
};

/**
 * One side of the handshake does not accept the other's certificate. Whoever sends a certificate or an alert is alive.
 * Source: Node's documentation of TLS, X509 certificate error codes; OpenSSL names its alerts `…_ALERT_…`.
 */
const CERTIFICATE =
  /CERT|CRL|_ALERT_|^UNABLE_TO_|^(INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

type SocketError = Error & { readonly code?: string };

const kindOfSocket = ({ code = '', message }: SocketError): readonly [FailureKind, string] =>
  ERRNO[code] ?? [CERTIFICATE.test(code) ? 'locked' : 'garbled', message];

/** Of several addresses that were tried, one that this host could not even ask tells least. */
export const failureOfSocket = (error: SocketError): Failure => {
  const tried = error instanceof AggregateError ? (error.errors as readonly SocketError[]) : [];
  const found = tried.map(kindOfSocket);
  return new Failure(...(found.find(([kind]) => kind !== 'unasked') ?? found[0] ?? kindOfSocket(error)));
};

const CODES: Partial<Record<FailureKind, RedishaError['code']>> = {
  frozen: 'REDIS_TIMEOUT',
  'unknown-command': 'COMMAND_UNAVAILABLE',
  forbidden: 'PERMISSION_MISSING',
  locked: 'CREDENTIALS_REJECTED',
  error: 'STEP_FAILED',
  loading: 'STEP_FAILED',
};

/** The failure of one command as an operational error. The arguments are left out: they may be secret. */
export const operationalError = (failure: Failure, command: string, endpoint: Endpoint): RedishaError =>
  new RedishaError(
    CODES[failure.kind] ?? 'REDIS_UNREACHABLE',
    `${command} on ${formatEndpoint(endpoint)} failed: ${failure.message}`,
    { cause: failure },
  );

/**
 * A failed look as a view of the node. Whoever took a connection and ended it was alive then: a server that dies of it
 * refuses the next one. Source: tcp(7) and listen(2), a port that nobody listens on.
 */
export const silenceOf = (failure: Failure): { readonly kind: SilenceKind; readonly why: string } => {
  const why = failure.message;
  switch (failure.kind) {
    case 'closed':
      return { kind: 'garbled', why };
    case 'forbidden':
    case 'unknown-command':
      return { kind: 'locked', why };
    case 'loading':
    case 'error':
      return { kind: 'busy', why };
    default:
      return { kind: failure.kind, why };
  }
};
