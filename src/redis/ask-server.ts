/** What a server says of its program, for those who can do without. */
import type { ServerVersion } from '../core/program.ts';
import type { ConnectionOptions } from './connection.ts';
import { Connection } from './connection.ts';
import { Failure } from './failure.ts';
import { parseInfo, serverOfInfo } from './info.ts';

export interface ServerInfo {
  readonly server: ServerVersion | undefined;
  /** The server's own number of its process, which means something only on its own host. */
  readonly processId: number | undefined;
}

/** Nothing is known of a server that does not answer. Rejects only for a bug. */
export const askServer = async (options: ConnectionOptions): Promise<ServerInfo> => {
  let connection: Connection | undefined;
  try {
    connection = await Connection.open(options);
    const info = parseInfo(String(await connection.call('INFO', 'server')));
    const processId = Number(info.get('process_id') ?? 0);
    return { server: serverOfInfo(info), processId: processId > 0 ? processId : undefined };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { server: undefined, processId: undefined };
  } finally {
    connection?.close();
  }
};
