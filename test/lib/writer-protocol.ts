/** What a writer and the test that runs it tell each other: one JSON object per line. */
import type { Operation } from './history.ts';

export interface WriterOptions {
  readonly host: string;
  readonly port: number;
  readonly password?: string;
  readonly keyPrefix: string;
  readonly writesPerS: number;
  /** Writes to the keys of everybody (hot-keys.ts), besides. */
  readonly hotPerS: number;
  /** An attempt to connect is given up after so long. Below a second the kernel repeats none. */
  readonly connectTimeoutMs: number;
  /** A request without an answer for this long is given up, and its connection with it. */
  readonly requestTimeoutMs: number;
  /** The pause between two attempts to connect. */
  readonly retryMs: number;
  readonly inFlightMax: number;
  /** A stretch without an acknowledged write is reported as a gap from this length on. */
  readonly gapMinMs: number;
  /** Each write is made by a script. */
  readonly byScript?: boolean;
  /** Sentinels to ask for the master, in place of `host`. */
  readonly sentinels?: readonly string[];
  /** Who writes: a careful client without any library, or ioredis with the options that it has when nobody sets any. */
  readonly library?: 'ioredis';
}

/** A stretch without an acknowledged write, on the machine's monotonic clock. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

export type Errors = Readonly<Record<string, number>>;

export type WriterMessage =
  | { readonly kind: 'beat'; readonly acked: number; readonly lastAckMs: number; readonly errors: Errors }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | {
      readonly kind: 'end';
      readonly acked: number;
      readonly ranges: string;
      readonly sent: number;
      readonly errors: Errors;
      /** Of the keys of everybody. */
      readonly history: readonly Operation[];
    };

/** Ascending numbers as text: `0-41,43,50-99`. */
export function toRanges(numbers: readonly number[]): string {
  const parts: string[] = [];
  let first = -1;
  let last = -1;
  const flush = () => {
    if (first >= 0) parts.push(first === last ? String(first) : `${first}-${last}`);
  };
  for (const number of numbers) {
    if (number !== last + 1 || first < 0) {
      flush();
      first = number;
    }
    last = number;
  }
  flush();
  return parts.join(',');
}

export function fromRanges(text: string): readonly number[] {
  const numbers: number[] = [];
  for (const part of text.split(',').filter(Boolean)) {
    const [first = 0, last = first] = part.split('-').map(Number);
    for (let number = first; number <= last; number += 1) numbers.push(number);
  }
  return numbers;
}
