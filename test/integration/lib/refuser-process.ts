/**
 * What the resident of the old node does at an address that is about to leave, by itself. argv: the address and the port, where it
 * listens as well. stdout: that it has begun, then how many it refused.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { systemClock } from '../../../src/host/clock.ts';
import { refuseComers } from '../../../src/host/refuse.ts';

const LIMIT_MS = 20_000;

const [address = '', port = ''] = process.argv.slice(2);
const server = createServer((socket) => socket.destroy());
server.listen(Number(port), '::');
await once(server, 'listening');
process.stdout.write('begun\n');
const refused = await refuseComers({
  at: { address, port: Number(port) },
  limitMs: LIMIT_MS,
  clock: systemClock,
  signal: AbortSignal.timeout(LIMIT_MS),
});
process.stdout.write(`refused ${String(refused)}\n`);
server.close();
