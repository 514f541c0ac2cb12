/** What a host remembers of its pair between two processes, as far as the core goes by it. */
import type { ServerVersion } from './program.ts';

/** What a replica may lack; see gap.ts. */
export const GAPS = ['refused', 'uncounted', 'restarted', 'keys', 'upgraded'] as const;

/** What this host remembers of its own server's data. */
export interface RememberedData {
  /** As what it ran when its data was last known to be whole. */
  readonly program: ServerVersion;
  /** The run (`run_id`) in which its data is known to be whole, but for what it refused in this run. */
  readonly wholeRun?: string | undefined;
  /** What it may have lacked when it was last looked at. */
  readonly gap?: (typeof GAPS)[number] | undefined;
}

/** Two servers by their `run_id`, which a restart changes. */
export interface Runs {
  readonly local: string;
  readonly peer: string;
}

/** What earlier commands and checks of this host have left behind. */
export interface Remembered {
  /** Keys that the pair held when it was last seen whole. */
  readonly keys: number;
  /** Local was a master when the last command ended, and no command has made it follow since. */
  readonly wasMaster?: boolean | undefined;
  /** Which two servers they were when the pair was last seen whole, or one was made to follow. */
  readonly runs?: Runs | undefined;
  readonly data?: RememberedData | undefined;
  /** Which two servers they were when a command of this host decided which of them leads; absent once the pair was whole. */
  readonly decided?: Runs | undefined;
}
