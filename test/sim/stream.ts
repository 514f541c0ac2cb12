/** Replication streams of the model: what a master writes, what a backlog keeps of it, and what a dataset is. */
import { Ids } from './ids.ts';

/** One command, or one transaction, of a replication stream. */
export interface Entry {
  readonly kind: 'write' | 'ping' | 'select';
  readonly bytes: number;
  /** Every write has a number of its own; what a dataset has been through is the set of the numbers that it has taken. */
  readonly ids: readonly number[];
  readonly keys: readonly string[];
  /** Those of the keys that are not there afterwards. */
  readonly deleted: readonly string[];
  /** The key by which a replay says that it is done. */
  readonly marker: string | undefined;
}

const WRITE_BYTES = 40;

export const PING: Entry = { kind: 'ping', bytes: 14, ids: [], keys: [], deleted: [], marker: undefined };

export const SELECT: Entry = { ...PING, kind: 'select', bytes: 23 };

export const writeOf = (id: number, keys: readonly [string]): Entry => ({
  kind: 'write',
  bytes: WRITE_BYTES,
  ids: [id],
  keys,
  deleted: [],
  marker: undefined,
});

export const deletionOf = (id: number, keys: readonly [string]): Entry => ({ ...writeOf(id, keys), deleted: keys });

export interface Dataset {
  readonly ids: Ids;
  /** The keys that are there, but for the markers, and the number of the write that each is from. */
  readonly keys: Map<string, number>;
  readonly markers: Set<string>;
}

export const emptyDataset = (): Dataset => ({ ids: new Ids(), keys: new Map(), markers: new Set() });
export const copyOf = ({ ids, keys, markers }: Dataset): Dataset => ({
  ids: new Ids(ids),
  keys: new Map(keys),
  markers: new Set(markers),
});

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
  range(fromOffset: number, toOffset: number): readonly Entry[] {
    return this.#kept
      .filter(({ endOffset }) => endOffset > fromOffset && endOffset <= toOffset)
      .map(({ entry }) => entry);
  }
}
