/** A set of small whole numbers: every write has one. A history copies and compares such sets by the thousand. */
export class Ids implements Iterable<number> {
  size = 0;
  #held: Uint8Array;

  constructor(from?: Ids) {
    this.size = from?.size ?? 0;
    this.#held = from === undefined ? new Uint8Array(512) : from.#held.slice();
  }

  add(id: number): void {
    if (this.has(id)) return;
    if (id >= this.#held.length) {
      const wider = new Uint8Array(2 * id);
      wider.set(this.#held);
      this.#held = wider;
    }
    this.#held[id] = 1;
    this.size++;
  }

  has(id: number): boolean {
    return this.#held[id] === 1;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let id = 0; id < this.#held.length; id++) if (this.#held[id] === 1) yield id;
  }

  /** What this one has and `others` have not. */
  without(...others: readonly { has(id: number): boolean }[]): readonly number[] {
    const left: number[] = [];
    for (let id = 0; id < this.#held.length; id++)
      if (this.#held[id] === 1 && !others.some((other) => other.has(id))) left.push(id);
    return left;
  }
}
