/** What becomes of a socket that fails: death, a live server that cannot be read, or a failure of our own host. */
import { describe, expect, test } from 'vitest';
import { failureOfSocket, silenceOf } from '../../../src/redis/failure.ts';

const failed = (code: string, message = code): Error => Object.assign(new Error(message), { code });
const kindOf = (error: Error): string => silenceOf(failureOfSocket(error)).kind;

describe('a socket that fails', () => {
  test.each([
    ['ECONNREFUSED', 'refused'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENOTFOUND', 'unresolved'],
    ['ECONNRESET', 'garbled'],
    ['EPIPE', 'garbled'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'garbled'],
  ])('%s: %s', (code, kind) => {
    expect(kindOf(failed(code))).toBe(kind);
  });

  test.each(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EACCES', 'EPERM'])(
    '%s is our own, and says nothing of the server',
    (code) => {
      expect(kindOf(failed(code))).toBe('unasked');
    },
  );

  test.each([
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  ])('%s comes from a server that is alive', (code) => {
    expect(kindOf(failed(code))).toBe('locked');
  });

  test('of several addresses of a name, the one that could be asked tells', () => {
    const tried = [failed('EADDRNOTAVAIL'), failed('ECONNREFUSED')];
    expect(kindOf(Object.assign(new AggregateError(tried), { code: 'EADDRNOTAVAIL' }))).toBe('refused');
    expect(kindOf(Object.assign(new AggregateError(tried.slice(0, 1)), { code: 'EADDRNOTAVAIL' }))).toBe('unasked');
  });
});
