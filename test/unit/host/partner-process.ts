/** One of the processes that want a post: it prints what becomes of it, a line each, and `leave` makes it go. */
import { createInterface } from 'node:readline';
import { awaitPost, takePost } from '../../../src/host/partner.ts';

const [path = '', fifo] = process.argv.slice(2);
const post = { path, fifo: () => fifo };
const say = (what: string): void => void process.stdout.write(`${what}\n`);

const words = createInterface({ input: process.stdin });

for (;;) {
  const duty = await takePost(post, {
    answer: () => ({ from: process.pid }),
    onLost: () => {
      say('lost');
      duty?.leave();
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
  say('waits');
  const parting = await awaitPost(post);
  say(parting);
  if (parting === 'works') process.exit(0);
}
