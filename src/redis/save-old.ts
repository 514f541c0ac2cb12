/** What a master held before its dataset was replaced, from the databases that hold it since, in a rescue file. */
import type { Rescuer } from '../app/ports.ts';
import type { ReplacedKeys, StandIn } from '../app/ports/rescues.ts';
import type { Endpoint, Side } from '../core/model.ts';
import type { ConnectionOptions } from './connection.ts';
import { Keys } from './key-space.ts';
import type { Wanted } from './rescue-reader.ts';
import { startReader } from './rescue-reader.ts';

export interface SavedOld {
  readonly from: ReplacedKeys;
  readonly standIns: readonly StandIn[];
  readonly master: { readonly side: Side; readonly endpoint: Endpoint };
  readonly why: string;
}

const copy = async ({ from, standIns }: SavedOld, into: Keys): Promise<void> => {
  for (const { database, spare } of standIns) {
    for await (const { keys } of from.all(spare)) {
      const values = await from.values({ database: spare, keys });
      await into.restore({ database, keys }, values, true);
    }
  }
};

/** By a private server, for a key that is read twice must be in the file once. `rescuerOf` saves what that one holds. */
export const saveOld = async (
  saved: SavedOld,
  wanted: Wanted,
  signal: AbortSignal,
  rescuerOf: (options: ConnectionOptions) => Pick<Rescuer, 'saveDataset'>,
): Promise<string> => {
  const { server } = await startReader(wanted, signal, () => undefined);
  try {
    const keys = await Keys.open(server.options, signal);
    try {
      await copy(saved, keys);
    } finally {
      keys.close();
    }
    const { side, endpoint } = saved.master;
    return await rescuerOf(server.options).saveDataset(endpoint, { side, why: saved.why }, () => undefined);
  } finally {
    await server.close();
  }
};
