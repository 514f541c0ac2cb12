/** One of two processes that share a post: it prints what becomes of it, a line each, and `bye` and `end` make it go. */
import { createInterface } from 'node:readline';
import { standBy, takePost } from '../../../src/host/partner.ts';

const [path = '', fifo] = process.argv.slice(2);
const post = { path, fifo: () => fifo };
const say = (what: string): void => void process.stdout.write(`${what}\n`);

const words = createInterface({ input: process.stdin });

for (;;) {
  const duty = await takePost(post, {
    answer: () => ({ from: process.pid }),
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
      if (word !== 'bye' && word !== 'end') continue;
      duty.leave(word);
      // What is said on the way out is to arrive.
      setTimeout(() => process.exit(0), 50);
    }
  }
  say('stands by');
  const { parting, fifo: theirs } = await standBy(post);
  say(`parted: ${parting} ${theirs ?? 'nobody'}`);
  if (parting === 'end') process.exit(0);
}
