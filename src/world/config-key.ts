/** The file of the key by which keepalived signs its adverts, on this host. What is in it is told to nobody. */
import { readFileSync, statSync } from 'node:fs';
import { RedishaError } from '../errors.ts';
import { reasonOf } from '../host/files.ts';
import { isSigningKey, KEY_FILE_MAX_BYTES, KEY_FORM } from '../keepalived/signing-key.ts';

/**
 * What a person should do about it before keepalived reads it, as root.
 * @throws {RedishaError} USAGE where it holds no key
 */
export const keyNotes = (path: string | undefined): readonly string[] => {
  if (path === undefined) return [];
  const make = `(umask 077; echo "hex:$(openssl rand -hex 32)" >${path})`;
  try {
    const { size, mode } = statSync(path);
    if (size > KEY_FILE_MAX_BYTES || !isSigningKey(readFileSync(path, 'latin1')))
      throw new RedishaError('USAGE', `--auth-hmac-key-file: ${path} has to hold ${KEY_FORM}`, { hint: make });
    const isOpen = (mode & 0o077) !== 0;
    return isOpen ? [`${path} may be read by others than root, of which keepalived complains: chmod 600 ${path}`] : [];
  } catch (error) {
    if (error instanceof RedishaError) throw error;
    if (reasonOf(error) !== 'ENOENT') return [];
    return [`there is no ${path} on this host yet: ${make} on one node, and the same file on the other`];
  }
};
