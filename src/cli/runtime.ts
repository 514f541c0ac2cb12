/** What the commands need of the world; main.ts provides it. */
import type { ChangeWorld, Order } from '../app/change.ts';
import type { Checked } from '../app/check.ts';
import type { Card } from '../app/config/network.ts';
import type { DrainWorld } from '../app/drain/prepare.ts';
import type { DrillWorld } from '../app/ports/drill.ts';
import type { Journal, Log, Memory, ReplayOutcome, Rescuer } from '../app/ports.ts';
import type { HistoryReader, JournalReader, Rescues } from '../app/ports/rescues.ts';
import type { PairNodes } from '../app/rescue-target.ts';
import type { StatusWorld } from '../app/status.ts';
import type { Marks, Moment, Paused } from '../core/marks.ts';
import type { Endpoint, Intent, VrrpState } from '../core/model.ts';
import type { Key } from '../config/schema.ts';
import type { Source } from '../config/settings.ts';
import type { DoctorFacts } from '../core/doctor/facts.ts';
import type { Blueprint, NodeIndex } from '../core/blueprint.ts';
import type { ReadingVerdict } from '../core/readable.ts';
import type { DoctorAsked, DoctorSeen, Mend } from './doctoring.ts';
import type { CommonOptions, ManualPage, Shell } from './options.ts';
import type { PairWords, WatchWords } from './words.ts';

export type { CommonOptions };

export interface CheckSession {
  /** Looks and judges. */
  readonly look: () => Promise<Checked>;
  /** Records what was found, logs it where it is new, and starts the repair where one is due. */
  readonly settle: (checked: Checked) => Promise<void>;
}

export interface Announcer {
  /** True afterwards: older commands for the port find themselves superseded, and the check knows the VRRP state. */
  readonly announce: (command: Intent | 'stop', vrrpState: VrrpState, pair: PairWords | undefined) => Promise<void>;
}

export interface ChangeSession
  extends Announcer,
    Omit<ChangeWorld, 'announce' | 'tell'>,
    Pick<Order, 'policy' | 'vrrpAgeMs'> {
  /** Resolves when the program of `on_event` has heard of what was done, and not later than with the signal. */
  readonly tellPeople: (signal: AbortSignal) => Promise<void>;
}

export interface RecordSession {
  /** The port that somebody has said or configured. */
  readonly configuredPort: number | undefined;
  /** Ports that this host ever had a command for. */
  readonly knownPorts: () => Promise<readonly number[]>;
  readonly at: (port: number) => Announcer & { readonly remembered: Memory | undefined };
  readonly log: (event: 'fault' | 'stop', fields: Record<string, unknown>) => void;
}

/** What `config` was asked for; where it is `undefined`, the host says it. */
export interface PairRequest extends Omit<Blueprint, 'nodes' | 'scriptUser' | 'authPass' | 'executable'> {
  readonly nodes: readonly [string, string];
  readonly interfaces: readonly [string, string] | undefined;
  readonly scriptUser: string | undefined;
  readonly executable: string | undefined;
  readonly authPassFile: string | undefined;
  /** The nodes whose files are wanted. */
  readonly shown: readonly NodeIndex[];
}

export interface GeneratedFile {
  /** 1 is the preferred one. */
  readonly node: number;
  readonly address: string;
  readonly name: string;
  /** Where it belongs on that node. */
  readonly place: string;
  readonly mode: number;
  readonly content: string;
}

export interface GeneratedFiles {
  readonly files: readonly GeneratedFile[];
  /** Which of the nodes this host is; `undefined` where it is neither. */
  readonly here: number | undefined;
  /** The redis.conf that the parts are included in. */
  readonly redisConf: string;
  /** What a person should look at, each a sentence. */
  readonly notes: readonly string[];
}

export interface PlacedFile extends Pick<GeneratedFile, 'node' | 'address' | 'place'> {
  readonly path: string;
  readonly result: 'written' | 'replaced' | 'unchanged' | 'differs' | 'not written';
  /** What is different from the file that was there, without secrets. */
  readonly diff: string | undefined;
}

export interface ShownSettings {
  readonly options: readonly (readonly [Key, Source])[];
  readonly warnings: readonly string[];
}

/** What keepalived would run, and what came of it. */
export interface TriedCall {
  /** Which line of keepalived.conf. */
  readonly where: string;
  readonly command: string;
  /** As whom it was run. */
  readonly user: string;
  readonly kind: 'right' | 'wrong';
  readonly said: string;
  readonly hint: string | undefined;
  /** The server asks for another password than redisha has. */
  readonly asksPassword: boolean;
}

export interface CallsReport {
  /** keepalived.conf. */
  readonly file: string;
  readonly isThere: boolean;
  readonly tried: readonly TriedCall[];
  /** What is wrong besides, each a sentence. */
  readonly troubles: readonly string[];
  /** Where the password stands that the server takes, and where it was copied to; `undefined` where none is asked for or found. */
  readonly password:
    | { readonly foundIn: string; readonly keptIn: string | undefined; readonly left: string | undefined }
    | undefined;
}

export interface Route {
  /** By which this host reaches the other one. */
  readonly address: string;
  readonly interface: string | undefined;
}

export interface RunningServer {
  readonly port: number;
  /** The redis.conf that it was started with, or a likely one where it does not say; `undefined` where there is none. */
  readonly configFile: string | undefined;
  readonly asksPassword: boolean;
}

/** What can be proposed to a person who configures this host. */
export interface HostFacts {
  readonly addresses: readonly string[];
  /** What the interfaces have; none where the kernel does not tell. */
  readonly cards: readonly Pick<Card, 'name' | 'cidr'>[];
  /** Of the Redis servers that run here. */
  readonly ports: readonly number[];
  /** Those that answer on the loopback. */
  readonly servers: readonly RunningServer[];
  readonly isFile: (path: string) => boolean;
  /** Asks the kernel and sends nothing; `undefined` where there is no way. */
  readonly routeTo: (peer: string) => Promise<Route | undefined>;
}

export interface RescueSession {
  readonly rescues: Rescues;
  readonly limits: { readonly keep: number; readonly bytesMax: number };
  /** The pair as it is known; the caller closes the nodes. */
  readonly openNodes: () => PairNodes;
  readonly replay: Rescuer['replay'];
  /** What a replay would come to, with nothing changed. */
  readonly foreseeReplay: (file: string, on: Endpoint) => Promise<ReplayOutcome>;
  readonly told: JournalReader;
  readonly journal: Journal;
  readonly log: Log;
}

export interface Signals {
  /** Aborted by SIGTERM, SIGINT and SIGHUP. */
  readonly signal: AbortSignal;
  /** The signal's own exit code, once it came. */
  readonly signalExit: () => number | undefined;
}

/** The pair as the files and the environment have it. */
export interface Configured {
  readonly local: string | undefined;
  readonly peer: string | undefined;
  readonly port: number;
  /** False where the port is the default one. */
  readonly isPortSaid: boolean;
}

/** What the commands that keepalived runs need. */
export interface Runtime extends Signals {
  configured(options: CommonOptions): Promise<Configured>;
  /** This host knows the name by itself: no name server has to be asked. */
  readonly knowsName: (host: string) => boolean;
  /** A line for the person who waits, at once. */
  readonly tell: (line: string) => void;
  openCheck(at: Endpoint, options: CommonOptions): Promise<CheckSession>;
  /** Resolves when keepalived is gone or has started another one, or with the signal. */
  watch(words: WatchWords, options: CommonOptions): Promise<void>;
  /** Resolves when no check script asks any more. */
  attend(pair: PairWords, options: CommonOptions): Promise<void>;
  /** Looks once, and leaves no trace. */
  checkReading(at: Endpoint, options: CommonOptions): Promise<ReadingVerdict>;
  openChange(command: Intent, pair: PairWords, options: CommonOptions): Promise<ChangeSession>;
  openRecord(command: 'fault' | 'stop', port: number | undefined, options: CommonOptions): Promise<RecordSession>;
}

/** What has become of a pair that was to be forgotten. */
export interface Forgotten {
  readonly wasKnown: boolean;
  /** Where journal and rescues stay. */
  readonly stays: string;
  /** The keepalived.conf that names the pair all the same. */
  readonly calledBy: string | undefined;
}

export interface DrainSession extends Pick<ChangeSession, 'tellPeople'> {
  readonly drain: DrainWorld;
  /** The person's name. */
  readonly by: string;
}

/** What a person has said of this node, to be said or ended. */
export interface MarkSession {
  readonly by: string;
  readonly now: () => Moment;
  readonly wallIso: (wallMs: number) => string;
  /** What stands now. */
  readonly marks: () => Marks;
  readonly commandRunning: () => Promise<boolean>;
  /** @throws {RedishaError} HOST_FILE where it cannot be written */
  readonly pause: (paused: Paused) => Promise<void>;
  /** @returns whether there was one. @throws {RedishaError} HOST_FILE */
  readonly removeDrained: () => Promise<boolean>;
  readonly removePaused: () => Promise<boolean>;
  /** See DrainWorld. */
  readonly tellServer: (isDrained: boolean) => Promise<string | undefined>;
  /** Whether the address comes back, and how soon, in a sentence; `undefined` where keepalived.conf does not tell. */
  readonly returns: () => string | undefined;
  /** True afterwards: log and journal have it. */
  readonly note: (event: 'paused' | 'resumed', fields: Record<string, unknown>) => Promise<void>;
}

/** What the commands that people run need besides. */
export interface PeoplesRuntime extends Runtime {
  /** The pair that was configured or last known, for commands that were given no words. */
  knownPair(command: string, options: CommonOptions): Promise<PairWords>;
  /** Every pair of this host, or the one of the port that was configured. */
  knownPairs(command: string, options: CommonOptions): Promise<readonly PairWords[]>;
  /** @throws {RedishaError} CONFIG_INVALID where nobody knows the virtual address */
  openDrain(pair: PairWords, options: CommonOptions): Promise<DrainSession>;
  openMarks(command: 'pause' | 'resume', pair: PairWords, options: CommonOptions): Promise<MarkSession>;
  hostFacts(): Promise<HostFacts>;
  /** Reads this host where the request says nothing, and writes nothing. */
  generateConfig(request: PairRequest): Promise<GeneratedFiles>;
  /** Writes all of the files or, where one differs and `force` is not given, none. */
  placeConfig(files: readonly GeneratedFile[], directory: string, force: boolean): Promise<readonly PlacedFile[]>;
  /** Paths below the directory of an earlier run whose pair was another one. */
  leftoversIn(files: readonly GeneratedFile[], directory: string): Promise<readonly string[]>;
  /** Tries every line of keepalived.conf that calls redisha; with `takePassword` a password that is found is kept in a file. */
  checkConfig(options: CommonOptions, takePassword: boolean): Promise<CallsReport>;
  showSettings(options: CommonOptions): Promise<ShownSettings>;
  openRescue(options: CommonOptions): Promise<RescueSession>;
  /** Without words it is the pair that is configured or known. */
  openStatus(pair: PairWords | undefined, options: CommonOptions): Promise<StatusWorld>;
  /** The same of every pair that this host knows, or of the port that is configured. */
  openEachStatus(options: CommonOptions): Promise<readonly StatusWorld[]>;
  /** True afterwards: whoever reads the file gets all of the text. @throws {RedishaError} HOST_FILE */
  placeMetrics(path: string, text: string): Promise<void>;
  forget(port: number, options: CommonOptions): Promise<Forgotten>;
  /** @throws {RedishaError} CONFIG_INVALID where nobody knows the virtual address */
  openDrill(pair: PairWords, options: CommonOptions): Promise<DrillWorld>;
  /** True afterwards: the file holds the text. */
  writePicture(path: string, text: string): Promise<void>;
  openHistory(options: CommonOptions): Promise<HistoryReader>;
  /** For man and mandoc. */
  manual(page: ManualPage): Promise<string>;
  /** A script of that shell's. */
  completion(shell: Shell): Promise<string>;
  /** Reads files, asks both servers, and changes nothing. */
  doctorSeen(options: CommonOptions, asked: DoctorAsked): Promise<DoctorSeen>;
  /** What of that can be mended on this host; nothing is changed yet. */
  plannedMends(facts: DoctorFacts): Promise<readonly Mend[]>;
}
