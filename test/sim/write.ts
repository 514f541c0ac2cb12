/** A client's write on a model server. Source: processCommand, in its order; the pause comes last. */
import type { Server } from './server.ts';
import type { Entry } from './stream.ts';

export type WriteReply = 'OK' | 'READONLY' | 'NOREPLICAS' | 'LOADING' | 'REFUSED' | 'NOTHING TO DELETE';

/** How a client is connected: by the virtual address, or by that of the node. */
export type By = 'address' | 'node';

export const writeTo = (
  server: Server,
  entry: Entry,
  by: By,
  reply: (said: WriteReply, entry: Entry) => void,
): void => {
  if (!server.up || (by === 'address' && server.pause.addressClosed)) {
    reply('REFUSED', entry);
  } else if ((server.fenced || !server.counting.isEnough) && server.master === undefined) {
    reply('NOREPLICAS', entry);
  } else if (server.master !== undefined) {
    reply('READONLY', entry);
  } else if (server.loading) {
    reply('LOADING', entry);
  } else if (server.paused) {
    const { clientsEnded } = server.pause;
    server.pause.postpone(() => {
      // CLIENT KILL: what a client that is gone had asked for is not done any more.
      if (by === 'node' || server.pause.clientsEnded === clientsEnded) writeTo(server, entry, by, reply);
    });
  } else if (entry.deleted.some((key) => !server.data.keys.has(key))) {
    // Source: delGenericCommand: what was not there is not propagated.
    reply('NOTHING TO DELETE', entry);
  } else {
    server.feed(entry);
    reply('OK', entry);
  }
};
