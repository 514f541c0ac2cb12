/** Watches how long both nodes of a pair take themselves for the master, each of them answering. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Member } from '../test/lib/story.ts';
import { nowMs } from '../test/lib/wait.ts';

const LOOK_EVERY_MS = 50;
const ANSWER_MS = 200;

async function isMaster({ redis }: Member): Promise<boolean> {
  try {
    const [reply] = await redis.askAll([['ROLE']], ANSWER_MS);
    return Array.isArray(reply) && reply[0] === 'master';
  } catch {
    return false;
  }
}

export class TwoMasters {
  readonly #nodes: readonly Member[];
  readonly #ended: Promise<void>;
  #watching = true;
  #totalMs = 0;

  constructor(nodes: readonly Member[]) {
    this.#nodes = nodes;
    this.#ended = this.#watch();
  }

  /** How long there were two in all; ends the watch. */
  async end(): Promise<number> {
    this.#watching = false;
    await this.#ended;
    return this.#totalMs;
  }

  async #watch(): Promise<void> {
    let sinceMs: number | undefined;
    while (this.#watching) {
      const roles = await Promise.all(this.#nodes.map(isMaster));
      const atMs = nowMs();
      if (sinceMs !== undefined) this.#totalMs += atMs - sinceMs;
      sinceMs = roles.every(Boolean) ? atMs : undefined;
      await pause(LOOK_EVERY_MS);
    }
  }
}
