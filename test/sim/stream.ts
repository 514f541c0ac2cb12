/** Replication streams of the model: what a master writes, what a backlog keeps of it, and what a dataset is. */
import { Ids } from './ids.ts';

/** One command, or one transaction, of a replication stream. */
export interface Entry {
  readonly kind: 'write' | 'ping' | 'select';
  readonly bytes: number;
  /** Every write has a number of its own, and a dataset is the set of the numbers that it has taken. */
  readonly ids: readonly number[];
  readonly keys: readonly string[];
  /** The key by which a replay says that it is done. */
  readonly marker: string | undefined;
}

const WRITE_BYTES = 40;

export const PING: Entry = { kind: 'ping', bytes: 14, ids: [], keys: [], marker: undefined };

export const SELECT: Entry = { ...PING, kind: 'select', bytes: 23 };

export const writeOf = (id: number, keys: readonly [string]): Entry => ({
  kind: 'write',
  bytes: WRITE_BYTES,
  ids: [id],
  keys,
  marker: undefined,
});

export interface Dataset {
  readonly ids: Ids;
  readonly markers: Set<string>;
}

export const emptyDataset = (): Dataset => ({ ids: new Ids(), markers: new Set() });
export const copyOf = ({ ids, markers }: Dataset): Dataset => ({ ids: new Ids(ids), markers: new Set(markers) });

/** The end of a replication stream, as far back as its limit in bytes allows. */
export class Backlog {
  firstOffset: number;
  #kept: { readonly entry: Entry; readonly endOffset: number }[] = [];
  #endOffset: number;
  readonly #bytesMax: number;

  constructor(offset: number, bytesMax: number) {
    this.firstOffset = offset + 1;
    this.#endOffset = offset;
    this.#bytesMax = bytesMax;
  }

  push(entry: Entry): void {
    this.#endOffset += entry.bytes;
    this.#kept.push({ entry, endOffset: this.#endOffset });
    while (this.#endOffset - this.firstOffset + 1 > this.#bytesMax) {
      const gone = this.#kept.shift();
      if (gone === undefined) return;
      this.firstOffset = gone.endOffset + 1;
    }
  }

  /** Whether a stream can go on from `offset`, the first byte wanted. Source: masterTryPartialResynchronization. */
  covers(offset: number): boolean {
    return offset >= this.firstOffset && offset <= this.#endOffset + 1;
  }

  /** What came after `fromOffset`, up to and including `toOffset`. */
  stretch(fromOffset: number, toOffset: number): readonly Entry[] {
    return this.#kept
      .filter(({ endOffset }) => endOffset > fromOffset && endOffset <= toOffset)
      .map(({ entry }) => entry);
  }
}
