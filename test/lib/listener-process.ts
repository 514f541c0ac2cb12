/**
 * A client that only listens, without keepalive or any time-out, and comes back when its connection ends. Runs as a process of
 * its own, inside the client's network.
 *
 * argv: address, port. stdout: a line for whatever happens: `listening`, `heard MESSAGE`, `ended CODE`.
 */
import { connect } from 'node:net';

export const CHANNEL = 'news';
const AGAIN_MS = 50;
const CONNECT_MS = 500;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const listen = (host: string, port: number): void => {
  let why = 'by the server';
  let isThere = false;
  const socket = connect({ host, port }, () => socket.write(`SUBSCRIBE ${CHANNEL}\r\n`));
  const timer = setTimeout(() => socket.destroy(), CONNECT_MS);
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    clearTimeout(timer);
    const words = text.split('\r\n');
    if (words.includes('subscribe')) {
      isThere = true;
      say('listening');
    } else if (words.includes('message')) say(`heard ${words.at(-2) ?? ''}`);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    why = error.code ?? error.message;
  });
  socket.on('close', () => {
    clearTimeout(timer);
    if (isThere) say(`ended ${why}`);
    setTimeout(listen, AGAIN_MS, host, port);
  });
};

if (import.meta.main) listen(process.argv[2] ?? '', Number(process.argv[3]));
