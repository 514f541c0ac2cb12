/** What a licence to take writes without the peer needs of the world. Every promise settles within a deadline of its own. */
import type { LeaseAnswer } from '../../core/licence/model.ts';

/** The vote of the witness, which at most one node of the pair has. Never rejects. */
export interface Lease {
  /** What is known there of it. */
  ask(): Promise<LeaseAnswer>;
  /** Takes it where nobody else has it, and renews it where it is ours already. */
  take(termMs: number): Promise<LeaseAnswer>;
  /** Renews it where it is ours, and takes it from nobody. */
  renew(termMs: number): Promise<LeaseAnswer>;
  /** True afterwards, unless the witness is away: it is not ours. */
  release(): Promise<LeaseAnswer>;
  close(): void;
}

/** The connection by which the local server counts this process as a replica in step. */
export interface Licence {
  /**
   * True afterwards, where nothing is returned: the server takes writes without another replica. Else why not. `isValid` is
   * asked directly before each word to the server; when it says no, the connection ends. Never rejects.
   */
  attach(isValid: () => boolean): Promise<string | undefined>;
  /** True afterwards: as soon as the server reads that the connection has ended, it does not count on this process any more. */
  detach(): void;
  /**
   * Told to the local server without waiting for an answer: it ends the links of its replicas, as the first thing that it does
   * where it is stopped. Never throws.
   */
  endLinks(): void;
  /** `listener` is called whenever an attached connection ends without `detach`. */
  onEnded(listener: (why: string) => void): void;
}
