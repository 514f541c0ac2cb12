/**
 * A tap on the wire in front of a Redis: everybody reaches the server through it. Once armed, the connection that sends the
 * chosen command gets no more replies, so that a test can do something at exactly that point.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { waitFor } from '../../lib/wait.ts';

export interface Tap {
  /** The next such command goes to the server, and its reply is kept back. */
  readonly arm: (command: RegExp) => void;
  /** The command has been sent on to the server. */
  readonly reached: (deadlineMs?: number) => Promise<void>;
  /** What was kept back flows again. */
  readonly letGo: () => void;
}

export async function openTap(port: number, addresses: { readonly at: string; readonly to: string }): Promise<Tap> {
  const sockets = new Set<Socket>();
  const kept: (() => void)[] = [];
  let armed: RegExp | undefined;
  let holding: Socket | undefined;
  let reached = false;
  const serve = (client: Socket): void => {
    const server = connect({ host: addresses.to, port });
    client.on('data', (chunk) => {
      if (armed?.test(chunk.toString('latin1')) === true) {
        [armed, holding, reached] = [undefined, client, true];
      }
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (holding === client) kept.push(() => client.write(chunk));
      else client.write(chunk);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => other.destroy());
    }
  };
  const listener = await listening(serve, addresses.at, port);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return {
    arm: (command) => {
      [armed, reached] = [command, false];
    },
    reached: async (deadlineMs = 15_000) => {
      await waitFor(`${String(armed)} on the wire`, { deadlineMs, everyMs: 5 }, () => reached, Boolean);
    },
    letGo: () => {
      holding = undefined;
      for (const flow of kept.splice(0)) flow();
    },
  };
}

const listening = (serve: (client: Socket) => void, address: string, port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(serve);
    server.once('error', reject);
    server.listen(port, address, () => resolve(server));
  });
