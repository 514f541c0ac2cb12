/**
 * What the use cases need of the world, and nothing more. `redis/`, `keepalived/`, `host/` and `config/` provide it,
 * tests and the simulator provide it again.
 *
 * Every promise here settles within a deadline of its own: no port waits for ever.
 */
import type { Condition } from '../core/check/condition.ts';
import type { Remembered } from '../core/memory.ts';
import type { Answering, Endpoint, Intent, NodeView, VrrpState } from '../core/model.ts';
import type { Repair } from '../core/repairs.ts';
import type { DebugEvent, ErrorEvent, InfoEvent, JournalEvent, WarnEvent } from './events.ts';

/** Time. `nowMs` is monotonic and never jumps; `wallIso` is for people only. */
export interface Clock {
  nowMs(): number;
  wallIso(): string;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  delay(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1), for spreading two nodes that act at the same moment. */
  random(): number;
}

/**
 * One Redis server, spoken to over one connection that is opened on demand and opened again after a failure.
 *
 * `look` never throws: what the server does is a value. The others throw {@link RedishaError} with codes
 * `REDIS_UNREACHABLE`, `REDIS_TIMEOUT`, `COMMAND_UNAVAILABLE` (unknown or renamed), `PERMISSION_MISSING` (ACL),
 * `CREDENTIALS_REJECTED` or `STEP_FAILED` (any other error reply).
 */
export interface RedisNode {
  readonly endpoint: Endpoint;
  look(): Promise<NodeView>;
  /** The local address of the connection, by which this server sees us. */
  sourceAddress(): string | undefined;
  /** True afterwards: the server is a master (REPLICAOF NO ONE, or SLAVEOF before Redis 5). */
  promote(): Promise<void>;
  follow(master: Endpoint): Promise<void>;
  /** As `follow`, of a replica, which asks for a full copy: what it stood on is no part of its history any more. */
  followAnew(master: Endpoint): Promise<void>;
  startFailover(target: Endpoint, timeoutMs: number): Promise<void>;
  abortFailover(): Promise<void>;
  /** Pauses writes for at most `pauseMs`, and then tells what the server holds from then on. */
  pauseWrites(pauseMs: number): Promise<Answering>;
  /** Ends the pause: at once, or after `leftMs`, without a moment in between in which a write passes. */
  resumeWrites(leftMs?: number): Promise<void>;
  /** Refuses writes by min-replicas-to-write until `lowerFence`, and then tells the same. Again: renews it. */
  raiseFence(): Promise<Answering>;
  lowerFence(): Promise<void>;
  /** What it takes to close the port at these addresses of the server's host, or in words why that cannot be done. */
  prepareClosing(addresses: readonly string[]): Promise<Closing | string>;
  /** True afterwards: nobody can connect at these addresses. Who is connected stays so. */
  closeAddress(closing: Closing): Promise<void>;
  /** True afterwards: nobody is connected by these addresses. @returns how many were */
  endClients(addresses: readonly string[]): Promise<number>;
  /** How many are; `undefined` where there are too many to be listed. */
  countClients(addresses: readonly string[]): Promise<number | undefined>;
  /** The names of its connections that begin so; none where it cannot be asked, or has too many clients to list. Never rejects. */
  clientNames(prefix: string): Promise<readonly string[]>;
  /** True afterwards: the server listens where it did before its port was closed at an address, if it was. */
  openAddress(): Promise<void>;
  /** True afterwards: whoever looks at this server, while it is a replica, sees whether its node is drained. */
  tellDrained(isDrained: boolean): Promise<void>;
  /** CONFIG GET of one parameter; `undefined` where CONFIG is not allowed or the parameter does not exist. */
  configGet(name: string): Promise<string | undefined>;
  close(): void;
}

/** How a port is closed, and where. */
export interface Closing {
  /** The words of `bind`, which say themselves what they were before. */
  readonly bind: readonly string[];
  readonly addresses: readonly string[];
}

/** A server that the resident stays connected to. */
export interface WatchedNode extends RedisNode {
  /**
   * A cheap sign of life: the same as long as role, upstream, link and replicas are. Never throws; `undefined` where the
   * server does not tell it this way, and only a look says what it is.
   */
  pulse(): Promise<string | undefined>;
  /**
   * Resolves when the server has become a replica, or cannot be listened to any more; `false` where it does not tell. At
   * most one at a time.
   */
  untilDemoted(): Promise<boolean>;
  /** `listener` is called whenever the open connection ends. */
  onClosed(listener: () => void): void;
}

/** A newer command does the work itself; a record only says that this node is out of the game, and nobody acts on it. */
export type Newer = 'nothing' | 'record' | 'command';

/** The commands on this host take turns by port, and the newest intent wins. */
export interface Turn {
  /** True afterwards: this process is the only one that changes roles for this port, until it ends. */
  acquire(): Promise<'acquired' | 'taken'>;
  release(): Promise<void>;
  /** What keepalived or a person has said for this port since this process was started. */
  newer(): Promise<Newer>;
}

/** What keepalived last told this host for one port, whichever process it told. */
export interface Announcement {
  readonly command: Intent | 'stop';
  readonly vrrpState: VrrpState;
  /** Whoever announced it only wrote it down (`stop`, and `fault` without words). */
  readonly isRecord: boolean;
  readonly local: string | undefined;
  readonly peer: string | undefined;
  /** When it was said, on the clock of {@link Clock.nowMs}. */
  readonly saidMs: number;
}

/** What is remembered of the pair between two commands, and who the pair is. */
export interface Memory extends Remembered {
  readonly local: string;
  readonly peer: string;
}

export interface MemoryStore {
  /** `undefined` when nothing was ever stored or the file cannot be read. */
  load(): Promise<Memory | undefined>;
  save(memory: Memory): Promise<void>;
}

/** Whether the virtual address is on an interface of this host, by the kernel, and since when that was seen. */
export interface AddressSeen {
  readonly isHere: boolean;
  /** On the clock of this boot. */
  readonly sinceMs: number;
}

/** What the check before this one found. */
export interface LastCheck {
  readonly fit: boolean;
  readonly condition: Condition;
  /** Since when it has been so, on the clock of this boot. */
  readonly sinceMs: number;
  /** Its process when it answered last. */
  readonly processId: number | undefined;
  /** The repairs that checks started lately, on the same clock. */
  readonly repairs: readonly Repair[];
  readonly address?: AddressSeen | undefined;
}

/** One line of journal.jsonl: what was seen, what was decided, what came of it. */
export interface JournalEntry {
  readonly event: JournalEvent;
  readonly [field: string]: unknown;
}

/** Append-only record; a failure to write is logged and never stops the work. */
export interface Journal {
  append(entry: JournalEntry): Promise<void>;
}

/** redisha's own log: one line an event. Never throws. */
export interface Log {
  debug(event: DebugEvent, fields?: Record<string, unknown>): void;
  info(event: InfoEvent, fields?: Record<string, unknown>): void;
  warn(event: WarnEvent, fields?: Record<string, unknown>): void;
  error(event: ErrorEvent, fields?: Record<string, unknown>): void;
}

/** The addresses of this host's interfaces, without zone. */
export interface Interfaces {
  addresses(): readonly string[];
}

/** The network does not hear from us where the virtual address is. */
export interface Untold {
  /** In words. */
  readonly why: string;
  /** How often it hears so from keepalived; `undefined` where it does not, or nobody knows. */
  readonly keepalivedEveryMs: number | undefined;
}

/** The hosts that share a network with this one. */
export interface Neighbours {
  /** True afterwards, where nothing is returned: those that know the virtual address are told that it is here. */
  tell(): Promise<Untold | undefined>;
  /** How long after it became MASTER a keepalived of the pair says a second time where the address is. */
  secondWordMs(): Promise<number>;
}

/** DNS with a deadline; an IP address resolves to itself. */
export interface Resolver {
  resolve(host: string): Promise<readonly string[]>;
}

/** A part of one server's replication stream: what it took after `fromOffset`, up to and including `toOffset`. */
export interface SuffixRange {
  readonly endpoint: Endpoint;
  readonly replid: string;
  readonly fromOffset: number;
  readonly toOffset: number;
  /** The only database that holds keys when the suffix ends; `undefined` where there are several, or nobody knows. */
  readonly onlyDatabase: number | undefined;
}

/** What a suffix holds besides keep-alives. */
export interface SuffixContent {
  /** Write commands; a transaction counts each of its commands. */
  readonly commands: number;
  /** `database/key` of each key written, sorted; keys that are no UTF-8 are given in hexadecimal. */
  readonly keys: readonly string[];
  /** Those of them to which nothing else was done than to remove them. */
  readonly removed: readonly string[];
  /** Why any key may have been written (FLUSHALL, an unknown command, an unknown database); `undefined` where none may. */
  readonly everything: string | undefined;
}

/** Why and from where a rescue was made; goes into the file's sidecar and the journal. */
export interface RescueReason {
  readonly side: 'local' | 'peer';
  readonly why: string;
  /** It is about to be replayed on the other side. */
  readonly mayBeReplayed?: true;
}

/**
 * Reads what a server alone has, and keeps it in files. Needs no right on Redis' own files.
 *
 * Every method throws {@link RedishaError}: `RESCUE_FAILED` (no room, no right, the stream broke), or the codes of
 * {@link RedisNode}.
 */
export interface Rescuer {
  /** Reads the suffix from the server's backlog and keeps nothing. */
  read(range: SuffixRange): Promise<SuffixContent>;
  /** A file of commands that `redis-cli --pipe` takes, complete on disk (fsync), mode 0600. */
  saveSuffix(range: SuffixRange, reason: RescueReason): Promise<string>;
  /**
   * True afterwards, where nothing is returned: the copy that a replica of this master waits for has begun. Else why it begins
   * no earlier than the master would by itself. Never throws, and leaves no setting changed.
   */
  hurryCopy(master: Endpoint): Promise<string | undefined>;
  /** The whole dataset as RDB by SYNC, complete on disk, mode 0600. `onProgress` is called at least every second. */
  saveDataset(endpoint: Endpoint, reason: RescueReason, onProgress: () => void): Promise<string>;
  /** How large a file is that was saved; `undefined` where the disk does not say. Never throws. */
  bytesOf(file: string): Promise<number | undefined>;
  /**
   * Every command of the file has been carried out on the server exactly once, however often this was begun. Throws
   * `SITUATION_CHANGED` where the server took a write to one of the file's keys meanwhile: `assertApart` is called with
   * the keys watched, just before the one transaction, and throws it. `DONE_IN_PART` names a command that failed in it;
   * with every other code of a refusal nothing was carried out.
   */
  replay(file: string, on: Endpoint, assertApart: () => Promise<void>): Promise<ReplayOutcome>;
  /** Why it is not known that all this master holds came into being since its start, each key by itself; never throws. */
  whyNotFromNothing(endpoint: Endpoint): Promise<string | undefined>;
  /** As `replay`, of the keys of a server that began empty. The file is the rescue of all of them. */
  graft(file: string, from: Endpoint, to: Endpoint, asked: Graft): Promise<Grafted>;
  /** A file of this host that begins as the suffix does and is on the server as a whole already; `undefined` if none. */
  findReplayed(range: SuffixRange, on: Endpoint): Promise<Replayed | undefined>;
}

export interface Graft {
  /** What the other side has touched since the two parted; asked with the keys watched, just before the one transaction. */
  readonly touched: () => Promise<Pick<SuffixContent, 'keys' | 'everything'>>;
}

export interface Grafted {
  /** Keys that are on the other side now. */
  readonly merged: number;
  /** Keys that the other side holds or has touched, and that are in the rescue alone. */
  readonly left: number;
}

/** The marker of an earlier replay says `done before`: nothing was carried out now. */
export type ReplayOutcome = 'done' | 'done before';

export interface Replayed {
  readonly file: string;
  /** How far the file goes. */
  readonly toOffset: number;
}
