/** What the doctor judges: the files of both hosts as they are read, what this host says, and what the servers say. All plain values. */
import type { ServerVersion } from '../program.ts';

/** `own` is the host that the doctor runs on. */
export type Whose = 'own' | 'peer';

export interface At {
  readonly file: string;
  /** 0: the file as a whole. */
  readonly line: number;
}

/** What a file says, and where. */
export interface Said<T = string> {
  readonly value: T;
  readonly at: At;
}

/** A command line that keepalived is to run. */
export interface CallSaid {
  readonly keyword: string;
  readonly at: At;
  readonly program: string;
  /** Of redisha, or of a script of the article's that it stands for: the name of the command. */
  readonly command: string | undefined;
  readonly words: readonly string[];
  /** The words stand outside of the quotes. */
  readonly isUnquoted: boolean;
  /** `configured`: where redisha.toml has the pair. */
  readonly fits: 'right' | 'configured' | 'wrong';
  /** What the command takes. */
  readonly takes: string;
  readonly user: string | undefined;
}

export interface TrackedSaid {
  readonly kind: 'script' | 'file';
  readonly name: string;
  /** Where its weight is said, else where it is defined. */
  readonly at: At;
  readonly weight: number;
  /** Whether it tells of a Redis: a check of redisha's, or the file of the resident. */
  readonly isVerdict: boolean;
  /** The priority that is left when Redis is dead. */
  readonly unfitPriority: number;
}

export interface CheckSaid {
  readonly name: string;
  readonly at: At;
  readonly call: CallSaid | undefined;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly fall: number;
  /** Where interval and timeout have a fraction of a second. */
  readonly fraction: At | undefined;
}

export interface TrackFileSaid {
  readonly name: string;
  readonly at: At;
  readonly path: string;
}

export interface AddressSaid {
  /** In the one way that it is written. */
  readonly address: string;
  readonly prefix: number;
  readonly at: At;
}

export interface InstanceSaid {
  readonly name: string;
  readonly at: At;
  readonly initialState: 'MASTER' | 'BACKUP';
  /** Where `state MASTER` is said. */
  readonly master: At | undefined;
  readonly priority: Said<number>;
  readonly nopreempt: At | undefined;
  /** keepalived heeds it. */
  readonly isNopreempt: boolean;
  readonly interface: Said | undefined;
  readonly virtualRouterId: Said<number> | undefined;
  readonly advertMs: Said<number>;
  readonly version: Said<number>;
  /** With those that stand in no advert. */
  readonly addresses: readonly AddressSaid[];
  readonly source: Said | undefined;
  /** `undefined`: adverts go to everybody in the network. */
  readonly unicastPeers: readonly Said[] | undefined;
  readonly authentication: { readonly at: At; readonly type: string; readonly pass: string | undefined } | undefined;
  readonly tracked: readonly TrackedSaid[];
  /** Names below track_script and track_file that nothing above defines. */
  readonly undefined: readonly Said[];
  readonly calls: readonly CallSaid[];
  /** Notify lines that keepalived passes over, since one of the same keyword stands before. */
  readonly later: readonly CallSaid[];
  readonly isInGroup: boolean;
  /** Ports of Redis that it is about, by the commands of redisha that it calls. */
  readonly ports: readonly number[];
}

export interface VirtualServerSaid {
  readonly at: At;
  readonly address: string;
  readonly port: number;
  readonly kind: string | undefined;
  /** Hosts behind it, each with whether redisha decides if it may be read from. */
  readonly behind: readonly { readonly address: string; readonly isJudged: boolean }[];
  readonly sorry: Said | undefined;
}

export interface UnknownWord {
  readonly word: string;
  readonly block: string;
  readonly at: At;
  /** From which of the versions that were tried on it is known; `undefined` where none knows it there. */
  readonly since: readonly number[] | undefined;
  /** The last of those that does not. */
  readonly last: readonly number[] | undefined;
}

export interface KeepalivedSaid {
  readonly file: string;
  /** What is not understood, each a sentence; nothing else is claimed of the file then. */
  readonly problems: readonly string[];
  readonly routerId: Said | undefined;
  readonly scriptUser: Said | undefined;
  readonly isStrict: boolean;
  readonly startupScript: At | undefined;
  readonly realTime: { readonly at: At; readonly isBounded: boolean } | undefined;
  readonly sampleMail: readonly Said[];
  readonly unknown: readonly UnknownWord[];
  readonly instances: readonly InstanceSaid[];
  readonly twice: readonly Said[];
  readonly checks: readonly CheckSaid[];
  readonly trackFiles: readonly TrackFileSaid[];
  readonly resident: { readonly call: CallSaid; readonly instances: readonly string[] } | undefined;
  readonly virtualServers: readonly VirtualServerSaid[];
}

export interface RedisSaid {
  readonly file: string;
  /** All that the server is told is known, and not only what "redisha config" adds to it. */
  readonly isWhole: boolean;
  readonly problems: readonly string[];
  readonly port: Said<number>;
  readonly replicaOf: Said | undefined;
  readonly hasPassword: boolean;
  readonly requirepass: Said | undefined;
  readonly masterauth: Said | undefined;
  readonly masteruser: Said | undefined;
  readonly isProtected: boolean;
  readonly bind: Said | undefined;
  /** Addresses at which it has to listen by the other files, and does not. */
  readonly deafAt: readonly string[];
  /** In `bind`, and there only while this host has it. */
  readonly boundToVirtual: string | undefined;
  readonly backlogBytes: Said<number> | undefined;
  readonly disklessDelayS: Said<number> | undefined;
  readonly disklessOff: At | undefined;
  readonly minReplicas: Said<number> | undefined;
  readonly saves: boolean;
  readonly savesAt: At | undefined;
  readonly appends: boolean;
  readonly maxmemory: Said<number> | undefined;
  readonly maxmemoryPolicy: string | undefined;
  readonly writableReplica: At | undefined;
  readonly cluster: At | undefined;
  /** Commands that redisha needs, and that have another name here. */
  readonly renamed: readonly Said[];
}

/** The files of one host. */
export interface HostFiles {
  readonly whose: Whose;
  /** redisha.toml or the environment has the pair. */
  readonly isConfigured: boolean;
  /** What else redisha.toml says; `undefined` where it was not read. */
  readonly toml: { readonly witness: string | undefined } | undefined;
  readonly keepalived: KeepalivedSaid | undefined;
  readonly redis: readonly RedisSaid[];
}

/** What the server at one end of a pair says. */
export interface ServerSeen {
  readonly whose: Whose;
  readonly endpoint: string;
  readonly port: number;
  readonly server: ServerVersion | undefined;
  readonly mode: string;
  readonly usedBytes: number;
  readonly backlogBytes: number;
  readonly writtenPerSecond: number | undefined;
  /** Commands that its user may not run. */
  readonly denied: readonly string[];
  readonly user: string;
  /** It takes no writes without a replica. */
  readonly countsReplicas: boolean;
  /** How far its clock is ahead of that of this host. */
  readonly aheadMs: number;
  /** What became of the other node's masterauth here; `undefined` where it was not tried. */
  readonly takesMasterauth: boolean | undefined;
}

/** What keepalived would meet on this host. */
export interface ProgramSeen {
  readonly path: string;
  readonly isThere: boolean;
  readonly isLink: boolean;
  /** What is unsafe about it, each a sentence. */
  readonly unsafe: readonly string[];
}

export interface HostSays {
  /** `mute`: it is installed and does not run, with what it says. */
  readonly keepalived: { readonly version: readonly number[] | undefined; readonly mute: string | undefined };
  /** Where its service names another file than the usual one. */
  readonly keepalivedFile: Said | undefined;
  readonly users: readonly string[];
  readonly interfaces: readonly string[];
  readonly addresses: readonly string[];
  /** Virtual addresses that are in no network of their interface. */
  readonly outside: readonly string[];
  readonly programs: readonly ProgramSeen[];
  /** Directories of track files that are not there. */
  readonly missingDirectories: readonly string[];
  readonly unwritable: readonly {
    readonly says: string;
    readonly fix: string;
    /** What is redisha's own there, and whose it is to be; absent where that is not what is missing. */
    readonly gift?: {
      readonly home: string;
      readonly user: string;
      readonly what: 'file' | 'directory';
      readonly isMissing: boolean;
    };
  }[];
  readonly freeBytes: number | undefined;
  readonly stateDir: string;
  /** Server programs that can hold a rescue. */
  readonly programsOfServers: readonly ServerVersion[];
  readonly mayOutliveRealTime: boolean;
  readonly hasSelinux: boolean;
  readonly arp: { readonly ignore: number; readonly announce: number } | undefined;
  readonly sentinels: readonly string[];
  readonly overcommit: number | undefined;
}

export interface DoctorFacts {
  readonly own: HostFiles;
  /** `undefined` where its files were not given. */
  readonly peer: HostFiles | undefined;
  /** `undefined` where files are judged that are not of this host. */
  readonly host: HostSays | undefined;
  readonly servers: readonly ServerSeen[];
  /** What a check may take. */
  readonly checkDeadlineMs: number;
}
