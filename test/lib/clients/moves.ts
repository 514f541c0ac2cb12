/** The ways in which the address leaves a node for the other one, and how the node comes back. Either node may be the one. */
import type { Node, Pair } from '../pair.ts';
import { clockReaches, nowMs, waitFor } from '../wait.ts';
import { ADDRESS } from '../pair.ts';
import type { Move } from './figures.ts';

export const MOVES = ['promote', 'killed', 'frozen', 'host gone', 'keepalived stopped', 'cut and healed'] as const;
export type MoveName = (typeof MOVES)[number];

const CUT_MS = 4_000;
const TAKEOVER_MS = 30_000;
const SETTLE_MS = 60_000;
const HOLD_MS = 500;

interface Deed {
  /** What happens while `from` has the address. */
  readonly begins: (pair: Pair, from: Node, moved: Promise<void>) => Promise<void>;
  /** What brings `from` back, as a replica of the other. */
  readonly ends: (from: Node) => Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

const DEEDS: Readonly<Record<MoveName, Deed>> = {
  promote: {
    async begins(pair, from) {
      const to = pair.other(from);
      const words = ['promote', '127.0.0.1', from.host.address, String(to.redis.port)];
      const done = await to.host.run(['/usr/local/bin/redisha', ...words], { timeoutMs: TAKEOVER_MS });
      if (done.code !== 0) throw new Error(`promote exited ${String(done.code)}: ${done.stdout}${done.stderr}`);
    },
    ends: nothing,
  },
  killed: { begins: (_pair, from) => from.redis.kill(), ends: (from) => from.redis.start() },
  frozen: {
    async begins(_pair, from) {
      from.redis.freeze();
      await nothing();
    },
    async ends(from) {
      from.redis.thaw();
      await nothing();
    },
  },
  'host gone': {
    begins: (_pair, from) => from.host.kill(),
    async ends(from) {
      await from.host.boot();
      await from.redis.start();
      await from.keepalived.start();
    },
  },
  'keepalived stopped': {
    async begins(_pair, from) {
      await from.keepalived.stopService();
    },
    ends: (from) => from.keepalived.start(),
  },
  'cut and healed': {
    async begins(_pair, from, moved) {
      const fromMs = nowMs();
      await from.host.unplug();
      await moved;
      await clockReaches(fromMs + CUT_MS);
      await from.host.plug();
    },
    ends: nothing,
  },
};

/**
 * The node without the address has asked the master who its clients are, since now. Why: it tells those that it knows. Each question
 * of ours is a new connection there, so that it asks again.
 */
export async function remembered(from: Node, deadlineMs: number): Promise<void> {
  const asked = async (): Promise<string> => (await from.redis.info('commandstats')).get('cmdstat_client|list') ?? '';
  const before = await asked();
  await waitFor('the question who the clients are', { deadlineMs, everyMs: 100 }, asked, (now) => now !== before);
}

/** The moment at which the address is on the other node, looked at every few milliseconds. */
const addressAt = async (node: Node): Promise<number> => {
  const look = (): number => (node.host.owns(ADDRESS) ? nowMs() : 0);
  return await waitFor(
    `the address at ${node.host.name}`,
    { deadlineMs: TAKEOVER_MS, everyMs: 5 },
    look,
    (atMs) => atMs > 0,
  );
};

/** The address has left `from`, and the other one is a master. */
export async function move(pair: Pair, name: MoveName, from: Node): Promise<Move> {
  const to = pair.other(from);
  const startedMs = nowMs();
  const arrived = addressAt(to);
  const moved = arrived.then(() => pair.takenOver(to, TAKEOVER_MS));
  await Promise.all([DEEDS[name].begins(pair, from, moved), moved]);
  return { startedMs, addressMs: await arrived, to: to.host.name };
}

/** Both nodes are there again, and the pair is in order around the node that took over. */
export async function broughtBack(pair: Pair, name: MoveName, from: Node): Promise<void> {
  await DEEDS[name].ends(from);
  await pair.settled(pair.other(from), SETTLE_MS, HOLD_MS);
}
