/** A listener in the place of a Redis, which does what no Redis does. */
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type Behaviour = (client: Socket) => void;

/** To whatever is asked, always the same. */
export const answering =
  (bytes: string): Behaviour =>
  (client) =>
    client.on('data', () => client.write(bytes));

export interface Fake {
  readonly port: number;
  readonly visits: () => number;
  /** How often it was asked something. */
  readonly asked: () => number;
}

/** It is gone after the test. */
export async function openFake(behaviour: Behaviour, address: string, port = 0): Promise<Fake> {
  const open = new Set<Socket>();
  let [visits, asked] = [0, 0];
  const server = createServer((client) => {
    visits += 1;
    open.add(client.on('error', () => undefined));
    client.on('data', () => {
      asked += 1;
    });
    behaviour(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  onTestFinished(() => {
    for (const client of open) client.destroy();
    server.close();
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    visits: () => visits,
    asked: () => asked,
  };
}
