/** How a server without a password or TLS is reached. Apart from vitest, since programs that tests start use it too. */
import type { Answering } from '../../../src/core/model.ts';
import { isAnswering } from '../../../src/core/model.ts';
import type { ConnectionOptions } from '../../../src/redis/connection.ts';
import { openNode } from '../../../src/redis/node.ts';

export const PLAIN: Omit<ConnectionOptions, 'endpoint'> = {
  username: undefined,
  password: undefined,
  tls: undefined,
  connectTimeoutMs: 1_000,
  commandTimeoutMs: 2_000,
  renamedCommands: {},
};

interface Reached {
  readonly address: string;
  readonly port: number;
}

/** What redisha sees of a node that answers. */
export const viewOf = async ({ address: host, port }: Reached, password?: string): Promise<Answering> => {
  const node = openNode({ ...PLAIN, password, endpoint: { host, port } });
  try {
    const view = await node.look();
    if (!isAnswering(view)) throw new Error(view.why);
    return view;
  } finally {
    node.close();
  }
};
