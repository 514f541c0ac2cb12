/** What a drill needs of the world. Every promise settles within a deadline of its own, but for those of an application. */
import type { ProfileName } from '../../core/blueprint.ts';
import type { Side } from '../../core/model.ts';
import type { StatusReport } from '../status-report.ts';
import type { Clock } from '../ports.ts';

/** The calls of an application, on a connection of its own. They may wait for as long as its library lets them. */
export interface AppCalls {
  increment(key: string): Promise<number>;
  create(key: string): Promise<void>;
  /** Both keys in one transaction; resolves with the number of the first. */
  transact(key: string, other: string): Promise<number>;
  publish(channel: string, message: string): Promise<void>;
  push(list: string, item: string): Promise<void>;
  /** Waits for an item without a limit. */
  pop(list: string): Promise<string | undefined>;
  subscribe(channel: string, hear: (message: string) => void): Promise<void>;
}

export interface AppConnection extends AppCalls {
  /** Called whenever the connection ends. */
  onClosed(listener: () => void): void;
  /** True afterwards: every call that waits has ended. */
  close(): void;
}

/** A client that gives up a call after 100 ms and connects again at once. */
export interface Probe {
  increment(key: string): Promise<void>;
  close(): void;
}

/** What the drill left, read and removed at the address. */
export interface DrillKeys {
  /** True afterwards: the keys hold 0, and go by themselves after an hour. */
  prepare(keys: readonly string[]): Promise<void>;
  /** The numbers that these keys hold; 0 for one that is missing. */
  numbers(keys: readonly string[]): Promise<readonly number[]>;
  found(keys: readonly string[]): Promise<ReadonlySet<string>>;
  items(list: string): Promise<readonly string[]>;
  /** True afterwards: none of the keys is there. */
  remove(keys: readonly string[]): Promise<void>;
}

/** Who is what, as far as it answers at once. */
export interface Sight {
  /** A role, or why there is no answer. */
  readonly local: string;
  readonly peer: string;
  /** On an interface of this host; `undefined` where the kernel does not tell. */
  readonly isAddressHere: boolean | undefined;
}

/** The process of the local Redis. */
export interface ServerProcess {
  readonly pid: number;
  /** What starts it again when it ends, in words; `undefined` where nothing is known to. */
  readonly restartedBy: string | undefined;
  /** True afterwards: it is stopped, and goes on when this process ends, however that ends. */
  freeze(): Promise<void>;
  /** True afterwards: it goes on. Of one that was never stopped too. */
  thaw(): void;
  kill(): void;
}

export interface DrillWorld {
  readonly clock: Clock;
  readonly local: string;
  readonly peer: string;
  readonly address: string;
  readonly port: number;
  /** By which the files of keepalived go; `undefined` where their timings are somebody's own. */
  readonly profile: ProfileName | undefined;
  /** Where every key of this drill begins. */
  readonly prefix: string;
  readonly connect: () => AppConnection;
  readonly probe: Probe;
  readonly keys: DrillKeys;
  /** Never rejects. */
  readonly look: () => Promise<Sight>;
  readonly status: () => Promise<StatusReport>;
  /**
   * The role has moved, as `redisha promote` on that node moves it, and the address with it; resolves with what came of it.
   * @throws {RedishaError} where it has not
   */
  readonly moveTo: (side: Side, signal: AbortSignal) => Promise<string>;
  /** @throws {RedishaError} REFUSED_BY_RULE where it is not on this host, or not this user's to signal */
  readonly serverProcess: (pid: number) => Promise<ServerProcess>;
  readonly close: () => void;
}
