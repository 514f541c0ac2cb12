/** Storms of notifies: any number, any order, overlapping, the same every time for the same seed. */
import { clockReaches, nowMs, within } from './wait.ts';
import { type Node, type Pair, PORT } from './pair.ts';

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
function seeded(seed: number): () => number {
  let at = seed >>> 0;
  return () => {
    at = (at + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(at ^ (at >>> 15), at | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Kind = 'master' | 'backup' | 'fault' | 'stop';

const KINDS: readonly Kind[] = ['master', 'backup', 'fault', 'stop'];

/** What keepalived would run on this node for this kind, by the article's files. */
function notify(pair: Pair, node: Node, kind: Kind): readonly string[] {
  const dir = '/usr/local/redis/sh';
  const prefix = node === pair.a ? 'redis_master' : 'redis_backup';
  const addresses = ['127.0.0.1', pair.other(node).host.address, String(PORT)];
  switch (kind) {
    case 'master':
      return [`${dir}/${prefix}_master.sh`, ...addresses];
    case 'backup':
      return [`${dir}/${prefix}_slave.sh`, ...addresses];
    case 'fault':
    case 'stop':
      return [`${dir}/redis_${kind}.sh`];
  }
}

export interface Storm {
  readonly seed: number;
  readonly notifies: number;
  /** The longest pause between two notifies. */
  readonly pauseMaxMs: number;
}

/**
 * `notifies` random notifies have run on both nodes and ended; the last two of them were `master` on a and `backup` on b.
 * Returns what was run, in order.
 */
export async function storm(pair: Pair, options: Storm): Promise<readonly string[]> {
  const random = seeded(options.seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const story: string[] = [];
  const running: Promise<unknown>[] = [];
  const start = async (node: Node, kind: Kind) => {
    story.push(`${node.host.name} ${kind}`);
    const child = await node.host.spawn(notify(pair, node, kind));
    running.push(child.ended);
  };
  for (let count = options.notifies - 2; count > 0; count -= 1) {
    await start(pick([pair.a, pair.b]), pick(KINDS));
    await clockReaches(nowMs() + random() * options.pauseMaxMs);
  }
  await start(pair.a, 'master');
  await start(pair.b, 'backup');
  await within('the end of the notifies', 60_000, Promise.all(running));
  return story;
}
