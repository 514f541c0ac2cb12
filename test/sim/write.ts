/** A client's write on a model server. Source: processCommand, in its order; the pause comes last. */
import type { Server } from './server.ts';
import type { Entry } from './stream.ts';

export type WriteReply = 'OK' | 'READONLY' | 'NOREPLICAS' | 'LOADING' | 'REFUSED' | 'NOTHING TO DELETE';

export const writeTo = (server: Server, entry: Entry, reply: (said: WriteReply, entry: Entry) => void): void => {
  if (!server.up) {
    reply('REFUSED', entry);
  } else if (server.fenced && server.master === undefined) {
    reply('NOREPLICAS', entry);
  } else if (server.master !== undefined) {
    reply('READONLY', entry);
  } else if (server.loading) {
    reply('LOADING', entry);
  } else if (server.paused) {
    server.pause.postpone(() => writeTo(server, entry, reply));
  } else if (entry.deleted.some((key) => !server.data.keys.has(key))) {
    // Source: delGenericCommand: what was not there is not propagated.
    reply('NOTHING TO DELETE', entry);
  } else {
    server.feed(entry);
    reply('OK', entry);
  }
};
