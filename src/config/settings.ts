/** The options, resolved and grouped for those who need them. */
import type { Endpoint, Policy } from '../core/model.ts';
import type { Key, Values } from './schema.ts';

/** What a TLS connection needs, read from its files. */
export interface TlsMaterial {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly servername: string | undefined;
}

export interface ConnectionSettings {
  readonly local: string | undefined;
  readonly peer: string | undefined;
  readonly port: number;
  readonly peerPort: number;
  readonly vip: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsMaterial | undefined;
  readonly connectTimeoutMs: number;
  /** The same, where it decides that the peer's host is gone. */
  readonly goneTimeoutMs: number;
  readonly commandTimeoutMs: number;
  /** Upper-case name to the server's own. */
  readonly renamedCommands: Readonly<Record<string, string>>;
}

export interface FileSettings {
  /** redisha.toml; `undefined` where there is none. */
  readonly config: string | undefined;
  readonly stateDir: string;
  readonly logFile: string;
  readonly logFormat: Values['log_format'];
  readonly logLevel: Values['log_level'];
  readonly keepalivedConf: string;
  readonly redisConf: string | undefined;
  readonly rescueKeep: number;
  readonly rescueBytesMax: number;
  /** The program that is told of what matters to people; `undefined` where there is none. */
  readonly onEvent: string | undefined;
  readonly onEventTimeoutMs: number;
}

export interface CheckSettings {
  readonly deadlineMs: number;
  readonly connectTimeoutMs: number;
  readonly loadingGraceMs: number;
  readonly busyGraceMs: number;
  readonly handOverBudgetMs: number;
  readonly readLagMaxBytes: number;
  readonly watch: {
    readonly tickMs: number;
    readonly stoppedMs: number;
    readonly silentMs: number;
    readonly busyMs: number;
  };
}

/** The third vote; see docs/witness.md. */
export interface WitnessSettings {
  readonly endpoint: Endpoint;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsMaterial | undefined;
  readonly onNone: Values['on_no_witness'];
  readonly beforeTakeover: string | undefined;
}

/** One option as `config show` prints it; a secret is `(set)`. */
export interface Source {
  /** `undefined` where the option is not set and has no default. */
  readonly value: string | undefined;
  readonly from: string;
}

export interface Settings {
  readonly policy: Policy;
  readonly connection: ConnectionSettings;
  readonly files: FileSettings;
  readonly check: CheckSettings;
  /** `undefined` where none is configured: then nothing is different. */
  readonly witness: WitnessSettings | undefined;
  readonly sources: ReadonlyMap<Key, Source>;
  /** What works but should not stay so; each a sentence without a secret. */
  readonly warnings: readonly string[];
}

/** The port that somebody has said or configured; `undefined` where it is only the default. */
export const configuredPort = ({
  sources,
  connection,
}: Pick<Settings, 'sources' | 'connection'>): number | undefined =>
  sources.get('port')?.from === 'default' ? undefined : connection.port;

export const policyOf = (values: Values): Policy => ({
  onStale: values.on_stale,
  onEmpty: values.on_empty,
  onDiverged: values.on_diverged,
  onRescueFailure: values.on_rescue_failure,
  syncTimeoutMs: values.sync_timeout,
  frozenTimeoutMs: values.frozen_timeout,
  peerMasterTimeoutMs: values.peer_master_timeout,
  linkTimeoutMs: values.link_timeout,
  handOverTimeoutMs: values.hand_over_timeout,
  loadingTimeoutMs: values.loading_timeout,
});

export const connectionOf = (
  values: Values,
  password: string | undefined,
  tls: TlsMaterial | undefined,
): ConnectionSettings => ({
  local: values.local,
  peer: values.peer,
  port: values.port,
  peerPort: values.peer_port ?? values.port,
  vip: values.vip,
  username: values.username,
  password,
  tls,
  connectTimeoutMs: values.connect_timeout,
  goneTimeoutMs: values.gone_timeout,
  commandTimeoutMs: values.command_timeout,
  renamedCommands: values.rename_commands ?? {},
});

export const filesOf = (values: Values, config: string | undefined): FileSettings => ({
  config,
  stateDir: values.state_dir,
  logFile: values.log_file,
  logFormat: values.log_format,
  logLevel: values.log_level,
  keepalivedConf: values.keepalived_conf,
  redisConf: values.redis_conf,
  rescueKeep: values.rescue_keep,
  rescueBytesMax: values.rescue_max_bytes,
  onEvent: values.on_event,
  onEventTimeoutMs: values.on_event_timeout,
});

export const checkOf = (values: Values): CheckSettings => ({
  deadlineMs: values.check_deadline,
  connectTimeoutMs: values.check_connect_timeout,
  loadingGraceMs: values.loading_grace,
  busyGraceMs: values.busy_grace,
  handOverBudgetMs: values.hand_over_budget,
  readLagMaxBytes: values.read_max_lag,
  watch: {
    tickMs: values.watch_tick,
    stoppedMs: values.watch_stopped_after,
    silentMs: values.watch_silent_after,
    busyMs: values.watch_busy_after,
  },
});
