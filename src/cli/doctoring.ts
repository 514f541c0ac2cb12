/** What the doctor asks of the world, and gets. */
import type { DoctorFacts } from '../core/doctor/facts.ts';
import type { PairWords } from './words.ts';

/** What the doctor is to look at. */
export interface DoctorAsked {
  /** `undefined`: every pair that keepalived.conf calls redisha for. */
  readonly pair: PairWords | undefined;
  /** A directory with the files of this host, in the place of those in /etc; nothing else of the host is looked at then. */
  readonly files: string | undefined;
  /** A directory with the files of the other host; `-`: standard input. */
  readonly peerFiles: string | undefined;
}

export interface DoctorSeen {
  readonly facts: DoctorFacts;
  /** What was not looked at, and why; each a sentence. */
  readonly unlooked: readonly string[];
}

/** What the doctor would mend by itself. */
export interface Mend {
  /** Of the findings that are mended by it. */
  readonly ids: readonly string[];
  readonly path: string;
  /** What changes, as a diff or in a sentence. */
  readonly shown: string;
  /** In words why it is not done; `undefined` where it may be. */
  readonly whyNot: string | undefined;
  /** True afterwards: it is done. @returns where what was there before is now, if that was a file. @throws {RedishaError} HOST_FILE */
  readonly carryOut: () => Promise<string | undefined>;
}
