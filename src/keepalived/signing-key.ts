/** The key by which keepalived signs its adverts, as it reads it from a file. Source: vrrp_parser.c, vrrp_auth_hmac_read_key_file. */
const [BYTES_MIN, BYTES_MAX] = [32, 64];
const PREFIX = 'hex:';

/** Of the longest key in hexadecimal digits, with its end of line. */
export const KEY_FILE_MAX_BYTES = PREFIX.length + 2 * BYTES_MAX + 2;
export const KEY_FORM = `${String(BYTES_MIN)} to ${String(BYTES_MAX)} characters, or ${PREFIX} and twice as many hexadecimal digits`;

/** Whether keepalived takes what the file holds, a character a byte. */
export const isSigningKey = (content: string): boolean => {
  const text = content.replace(/[\r\n]+$/, '');
  const digits = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : undefined;
  if (digits !== undefined && !/^(?:[\da-f]{2})+$/i.test(digits)) return false;
  const bytes = digits === undefined ? text.length : digits.length / 2;
  return bytes >= BYTES_MIN && bytes <= BYTES_MAX;
};
