/** One of two processes that share a post: it prints what becomes of it, a line each, and `leave` makes it go. */
import { createInterface } from 'node:readline';
import { standBy, takePost } from '../../../src/host/partner.ts';

const [path = '', fifo] = process.argv.slice(2);
const post = { path, mode: 0o660, fifo: () => fifo };
const say = (what: string): void => void process.stdout.write(`${what}\n`);

const words = createInterface({ input: process.stdin });

for (;;) {
  const duty = await takePost(post, {
    isWell: () => true,
    onStandby: (hello) => {
      say(`standby ${String(hello.pid)} ${hello.fifo ?? 'without a FIFO'}`);
    },
    onStandbyGone: () => {
      say('standby gone');
    },
    onLost: () => {
      say('lost');
      process.exit(0);
    },
  });
  if (duty !== undefined) {
    say('at work');
    for await (const word of words) {
      if (word !== 'leave') continue;
      duty.leave();
      process.exit(0);
    }
  }
  say('stands by');
  say(`parted: ${await standBy(post)}`);
}
