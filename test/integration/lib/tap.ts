/**
 * A tap on the wire between redisha and one Redis: what redisha sends is read along, and from a chosen command on no reply
 * comes back, so that a test can do something at exactly that point.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { waitFor } from '../../lib/wait.ts';
import type { TestNode } from './node.ts';

export interface Tap {
  /** Stands in for the node's own address. */
  readonly address: string;
  /** The command has been sent on to the server, whose reply is kept back. */
  readonly reached: (deadlineMs?: number) => Promise<void>;
  /** What was kept back flows again. */
  readonly letGo: () => void;
}

/** How often the command is let through before it is held: 0 holds the first. */
interface Where {
  readonly command: RegExp;
  readonly passes?: number;
}

export async function tapOn(node: TestNode, address: string, { command, passes = 0 }: Where): Promise<Tap> {
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let seen = 0;
  let holding = false;
  const serve = (client: Socket): void => {
    const server = connect({ host: node.address, port: node.port });
    client.on('data', (chunk) => {
      if (command.test(chunk.toString('latin1')) && ++seen > passes) holding = true;
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (holding) held.push(() => void client.write(chunk));
      else client.write(chunk);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => void other.destroy());
    }
  };
  const listener = await listening(serve, address, node.port);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return {
    address,
    reached: async (deadlineMs = 15_000) => {
      await waitFor(`${String(command)} sent to ${node.name}`, { deadlineMs, everyMs: 5 }, () => holding, Boolean);
    },
    letGo: () => {
      holding = false;
      for (const flow of held.splice(0)) flow();
    },
  };
}

const listening = (serve: (client: Socket) => void, address: string, port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(serve);
    server.once('error', reject);
    server.listen(port, address, () => resolve(server));
  });
