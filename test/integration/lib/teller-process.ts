/**
 * What the resident of the other node does for the clients of an address, by itself: lists them, and tells them when it is told to.
 *
 * argv: the server's address, its port, and the virtual addresses. stdout: how many there are, then to how many a packet went.
 */
import { once } from 'node:events';
import { tickle } from '../../../src/host/tickle.ts';
import { addressOf, listClients, portOf } from '../../../src/redis/client-list.ts';

const [host = '', port = '', ...addresses] = process.argv.slice(2);
const endOf = (text: string) => ({ address: addressOf(text), port: portOf(text) });

const { clients } = await listClients(
  {
    endpoint: { host, port: Number(port) },
    username: undefined,
    password: undefined,
    tls: undefined,
    connectTimeoutMs: 5_000,
    commandTimeoutMs: 5_000,
    renamedCommands: {},
  },
  { addresses, clientsMax: 100, numbers: undefined },
);
process.stdout.write(`listed ${String(clients.size)}\n`);
process.stdin.on('end', () => process.exit());
await once(process.stdin, 'data');
const { told, why } = await tickle([...clients].map(([client, at]) => ({ client: endOf(client), at: endOf(at) })));
process.stdout.write(`told ${String(told)}${why === undefined ? '' : `: ${why}`}\n`);
