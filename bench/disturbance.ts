/** What makes a healthy pair look ill for a moment: saves, slow commands, full copies, and no processor to spare. */
import { cpus } from 'node:os';
import type { Node, Pair } from '../test/lib/pair.ts';
import { Running } from '../test/lib/process.ts';
import { clockReaches, nowMs } from '../test/lib/wait.ts';

const SLOW_MAX_S = 1;
/** A loop is as slow as the processor is shared: so much of it is about a second on a busy machine. */
const LOOP_MAX_S = 0.4;
/** Long: a server that shares two busy processors with many others and forks may be slow, and that is what is measured. */
const ANSWER_MS = 120_000;
const SAVE_EVERY_MS = 4_000;
const SLOW_EVERY_MS = 2_500;
const COPY_EVERY_MS = 20_000;
const BACKLOG_BYTES = 16_384;

/** Keeps the processor busy for so many seconds of its time. */
const LOOP = 'local untilS = os.clock() + tonumber(ARGV[1]); while os.clock() < untilS do end';

export interface Done {
  saves: number;
  slowCommands: number;
  slowestMs: number;
  copies: number;
}

type Random = () => number;

/** Does something again and again until the time is up. */
async function again(everyMs: number, untilMs: number, random: Random, deed: () => Promise<void>): Promise<void> {
  for (;;) {
    const nextMs = nowMs() + everyMs * (0.5 + random());
    if (nextMs >= untilMs) return;
    await clockReaches(nextMs);
    await deed();
  }
}

const either = ({ a, b }: Pair, random: Random): Node => (random() < 0.5 ? a : b);

async function slow({ redis }: Node, random: Random): Promise<number> {
  const share = 0.1 + 0.9 * random();
  const command =
    random() < 0.5
      ? ['DEBUG', 'SLEEP', (share * SLOW_MAX_S).toFixed(2)]
      : ['EVAL', LOOP, 0, (share * LOOP_MAX_S).toFixed(2)];
  const fromMs = nowMs();
  await redis.askAll([command], ANSWER_MS);
  return nowMs() - fromMs;
}

/** The link is cut, and more is written than the master remembers: the replica needs the whole dataset. */
async function copy({ redis }: Node): Promise<void> {
  const value = 'x'.repeat(2 * BACKLOG_BYTES);
  await redis.askAll(
    [
      ['CONFIG', 'SET', 'repl-backlog-size', BACKLOG_BYTES],
      ['CLIENT', 'KILL', 'TYPE', 'replica'],
      ['SET', 'disturbance:filler', value],
    ],
    ANSWER_MS,
  );
}

/** Disturbs the pair (`a` is its master) until the time is up. Returns what was done. */
export async function disturb(pair: Pair, untilMs: number, random: Random): Promise<Done> {
  const done: Done = { saves: 0, slowCommands: 0, slowestMs: 0, copies: 0 };
  await Promise.all([
    again(SAVE_EVERY_MS, untilMs, random, async () => {
      await either(pair, random).redis.askAll([['BGSAVE']], ANSWER_MS);
      done.saves += 1;
    }),
    again(SLOW_EVERY_MS, untilMs, random, async () => {
      done.slowestMs = Math.max(done.slowestMs, await slow(either(pair, random), random));
      done.slowCommands += 1;
    }),
    again(COPY_EVERY_MS, untilMs, random, async () => {
      await copy(pair.a);
      done.copies += 1;
    }),
  ]);
  return done;
}

/** As many loops as there are processors; they end with whoever started them. */
export const burners = (): readonly Running[] =>
  cpus().map(() => new Running(['setpriv', '--pdeathsig', 'KILL', '--', 'sh', '-c', 'while :; do :; done']));
