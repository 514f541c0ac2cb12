/**
 * Roles do not go to and fro (invariant I13): once nothing fails any more, they change so often as it takes to put the pair
 * in order, and then no more.
 *
 * What that takes at most: two nodes that wait for each other are both detached, so that neither is overwritten; the one
 * without the data follows; the role comes to the node with the address, and once more where keepalived moves the address
 * back to a node of higher priority. That are seven changes. Two rules that undo each other change two roles in each repair,
 * of which a check starts one every ten seconds.
 */
import type { RedisRole } from '../../src/core/model.ts';
import type { Index } from './story.ts';
import { NAMES } from './words.ts';

const CHANGES_MAX = 7;
const WITHIN_MS = 60_000;

interface Change {
  readonly index: Index;
  readonly role: RedisRole;
  readonly atMs: number;
}

const inWords = ({ index, role, atMs }: Change): string => `${NAMES[index]} ${role} at ${(atMs / 1000).toFixed(1)} s`;

export class RoleChanges {
  #calm: Change[] = [];

  add(change: Change): void {
    this.#calm.push(change);
  }

  /** From now on nothing fails. */
  calm(): void {
    this.#calm = [];
  }

  /** How often a role changed since then. */
  get count(): number {
    return this.#calm.length;
  }

  /** The changes that are too many in too short a time, in words; `undefined` where there are none. */
  get tooMany(): string | undefined {
    for (const [nth, { atMs }] of this.#calm.entries()) {
      const soon = this.#calm.slice(nth).filter((change) => change.atMs - atMs < WITHIN_MS);
      if (soon.length > CHANGES_MAX) return soon.map(inWords).join(', ');
    }
    return undefined;
  }
}
