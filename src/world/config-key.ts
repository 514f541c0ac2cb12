/** The key by which keepalived signs its adverts, as far as this host has it. What is in it is told to nobody. */
import { readFileSync, statSync } from 'node:fs';
import { RedishaError } from '../errors.ts';
import { reasonOf } from '../host/files.ts';

const BYTES_MIN = 32;
const BYTES_MAX = 64;
const PREFIX = 'hex:';
/** Of the longest key in hexadecimal digits, with its end of line. Source: vrrp_parser.c, vrrp_auth_hmac_read_key_file. */
const FILE_MAX = PREFIX.length + 2 * BYTES_MAX + 2;

/** How many bytes keepalived would take from it; 0 for what it cannot read. */
const keyBytes = (content: Buffer): number => {
  const text = content.toString('latin1').replace(/[\r\n]+$/, '');
  if (!text.startsWith(PREFIX)) return text.length;
  const digits = text.slice(PREFIX.length);
  return /^(?:[\da-f]{2})+$/i.test(digits) ? digits.length / 2 : 0;
};

const isKey = (path: string): boolean => {
  if (statSync(path).size > FILE_MAX) return false;
  const bytes = keyBytes(readFileSync(path));
  return bytes >= BYTES_MIN && bytes <= BYTES_MAX;
};

/**
 * What a person should do about it before keepalived reads it, as root.
 * @throws {RedishaError} USAGE where it holds no key
 */
export const keyNotes = (path: string | undefined): readonly string[] => {
  if (path === undefined) return [];
  try {
    if (!isKey(path)) {
      throw new RedishaError(
        'USAGE',
        `--auth-hmac-key-file: ${path} has to hold ${String(BYTES_MIN)} to ${String(BYTES_MAX)} characters, or ${PREFIX} and twice as many hexadecimal digits`,
        { hint: `(umask 077; echo "${PREFIX}$(openssl rand -hex 32)" >${path})` },
      );
    }
    const isOpen = (statSync(path).mode & 0o077) !== 0;
    return isOpen ? [`${path} may be read by others than root, of which keepalived complains: chmod 600 ${path}`] : [];
  } catch (error) {
    if (error instanceof RedishaError) throw error;
    if (reasonOf(error) !== 'ENOENT') return [];
    return [
      `there is no ${path} on this host yet: (umask 077; echo "${PREFIX}$(openssl rand -hex 32)" >${path}) on one node, ` +
        'and the same file on the other',
    ];
  }
};
