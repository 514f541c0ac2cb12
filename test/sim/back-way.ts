/**
 * What a replica says to its master, one after the other: nothing is lost, and what does not get through is sent again until it
 * does. So an acknowledgement may arrive long after it was sent, and the end of the connection right after it.
 */
import type { Link } from './link.ts';
import { isLost, reaches, tripMs } from './words.ts';

const RESEND_MS = 200;

export class BackWay {
  readonly #link: Link;
  readonly #queue: (() => void)[] = [];
  #isMoving = false;

  constructor(link: Link) {
    this.#link = link;
  }

  /** `arrive` is done at the master, unless it has let go of the link by then. */
  send(arrive: () => void): void {
    this.#queue.push(arrive);
    if (!this.#isMoving) this.#move();
  }

  #move(): void {
    const { master, replica } = this.#link;
    const { engine, network } = master.base;
    this.#isMoving = true;
    const isOpen = reaches(network, replica.index, master.index) && !isLost(master.base);
    engine.after(isOpen ? tripMs(master.base) : RESEND_MS, () => {
      if (isOpen) this.#arrive();
      this.#isMoving = false;
      if (this.#queue.length > 0) this.#move();
    });
  }

  #arrive(): void {
    const { master } = this.#link;
    const arrive = this.#queue.shift();
    master.awake(() => {
      if (master.replication.replicas.has(this.#link)) arrive?.();
    });
  }
}
