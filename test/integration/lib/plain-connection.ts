/** How a server without a password or TLS is reached. Apart from vitest, since programs that tests start use it too. */
import type { ConnectionOptions } from '../../../src/redis/connection.ts';

export const PLAIN: Omit<ConnectionOptions, 'endpoint'> = {
  username: undefined,
  password: undefined,
  tls: undefined,
  connectTimeoutMs: 1_000,
  commandTimeoutMs: 2_000,
  renamedCommands: {},
};
