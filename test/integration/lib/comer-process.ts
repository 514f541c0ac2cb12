/** Connects to an address again and again, and says what comes of it where that is something new. argv: the address and the port. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 10;
const LIMIT_MS = 30_000;

const [host = '', port = ''] = process.argv.slice(2);
let last: string | undefined;
const say = (outcome: string): void => {
  if (outcome !== last) process.stdout.write(`${outcome}\n`);
  last = outcome;
};

const endMs = performance.now() + LIMIT_MS;
while (performance.now() < endMs) {
  const socket = connect(Number(port), host);
  socket.on('connect', () => {
    say('connected');
    socket.destroy();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => say(error.code ?? error.message));
  await pause(EVERY_MS);
}
