/** One port as the resident has it, over two servers that do what they are told at once. */
import type { Announcement, LastCheck, WatchedNode } from '../../../src/app/ports.ts';
import type { OwnCommand, Resident, ResidentWorld, Session } from '../../../src/app/resident.ts';
import { reside } from '../../../src/app/resident.ts';
import type { Paused } from '../../../src/core/marks.ts';
import type { NodeView, VrrpState } from '../../../src/core/model.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { LOCAL, master, PEER, POLICY, replica, silent } from '../core/builders.ts';
import { recordingLog } from '../host/recording-log.ts';
import { FakeNode } from './fake-node.ts';

const WATCH = { tickMs: 100, stoppedMs: 300, silentMs: 500, busyMs: 5000, heirMs: 400 };
const CHECK = { loadingGraceMs: 10_000, busyGraceMs: 5000, handOverBudgetMs: 20_000 };

class WatchedFake extends FakeNode implements WatchedNode {
  looks = 0;
  /** What is seen instead, where the server does not answer. */
  silence: NodeView | undefined;

  override look(): Promise<never> {
    this.looks++;
    return Promise.resolve((this.silence ?? this.view) as never);
  }

  pulse(): Promise<string | undefined> {
    return Promise.resolve(this.silence === undefined ? this.view.redisRole : undefined);
  }

  untilDemoted(): Promise<boolean> {
    return new Promise(() => undefined);
  }

  onClosed(): void {
    // Neither of them ever closes a connection.
  }
}

export interface Port {
  readonly resident: Resident;
  readonly local: WatchedFake;
  readonly peer: WatchedFake;
  readonly lines: ReturnType<typeof recordingLog>['lines'];
  /** What was announced, by the number of the command. */
  readonly announced: (readonly [number, Omit<Announcement, 'saidMs'>])[];
  /** Which command was opened for what. */
  readonly opened: (readonly [number, string])[];
  readonly told: boolean[];
  readonly written: LastCheck[];
  readonly over: AbortController;
  /** What the next commands run into. */
  readonly trouble: {
    announce?: Error;
    open?: Error;
    tell?: string;
    isTaken: boolean;
    lateMs?: number;
    paused?: Paused;
  };
  /** When somebody was last known to look. */
  readonly looked: number[];
  /** When the network was told where the address is. */
  readonly networkTold: number[];
}

const nobody = (): never => {
  throw new Error('nothing is saved here');
};

const RESCUER = {
  read: nobody,
  saveSuffix: nobody,
  saveDataset: nobody,
  replay: nobody,
  findReplayed: nobody,
  hurryCopy: nobody,
  bytesOf: nobody,
  whyNotFromNothing: nobody,
  graft: nobody,
};
const MEMORY = { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };

type Recorded = Omit<Port, 'resident' | 'lines'> & Pick<ResidentWorld, 'log'>;

const sessionOf = ({ local, peer, log, trouble, networkTold }: Recorded): Session['world'] => ({
  clock: systemClock,
  log,
  journal: { append: () => Promise.resolve() },
  turn: {
    acquire: () => Promise.resolve(trouble.isTaken ? 'taken' : 'acquired'),
    release: () => Promise.resolve(),
    newer: () => Promise.resolve('nothing'),
  },
  eyes: {
    local,
    peer,
    interfaces: { addresses: () => [LOCAL.host] },
    resolver: { resolve: (host: string) => Promise.resolve([host]) },
    open: () => peer,
  },
  memory: MEMORY,
  rescuer: RESCUER,
  neighbours: {
    tell: () => {
      networkTold.push(systemClock.nowMs());
      return Promise.resolve(undefined);
    },
    secondWordMs: () => Promise.resolve(0),
  },
  stranger: nobody,
});

const commandsOf = (recorded: Recorded, vrrpAgeMs: number): (() => OwnCommand) => {
  const { trouble, announced, opened } = recorded;
  let commands = 0;
  return () => {
    const nth = ++commands;
    return {
      announce: (saying) => {
        if (trouble.announce !== undefined) return Promise.reject(trouble.announce);
        announced.push([nth, saying]);
        return Promise.resolve(undefined);
      },
      open: (intent) => {
        opened.push([nth, intent]);
        if (trouble.open !== undefined) return Promise.reject(trouble.open);
        return Promise.resolve({ world: sessionOf(recorded), policy: POLICY, vrrpAgeMs });
      },
    };
  };
};

const watchingOf = (
  { local, peer, trouble, announced, looked }: Recorded,
  said: VrrpState | undefined,
  vrrpAgeMs: number,
): ResidentWorld['watching'] => ({
  clock: systemClock,
  local,
  peer,
  eyes: undefined,
  commandRunning: () => Promise.resolve(false),
  after: (ms, listener) => {
    const timer = setTimeout(listener, ms + (trouble.lateMs ?? 0));
    return () => {
      clearTimeout(timer);
    };
  },
  hearsEvents: true,
  saidAt: () => announced.length,
  recall: () => ({
    policy: CHECK,
    deadlineMs: 1000,
    vrrpState: announced.at(-1)?.[1].vrrpState ?? said,
    vrrpAgeMs,
    memory: undefined,
  }),
  serverState: () => 'asleep',
  looked: () => {
    looked.push(systemClock.nowMs());
  },
});

/** Local is a replica, and its master is gone. */
export const orphaned = (said: VrrpState | undefined, sinceMs = 60_000): Port => {
  const { log, lines } = recordingLog();
  const recorded: Recorded = {
    log,
    local: new WatchedFake(LOCAL, replica({ processId: 1 })),
    peer: new WatchedFake(PEER, master()),
    announced: [],
    opened: [],
    told: [],
    written: [],
    over: new AbortController(),
    trouble: { isTaken: false },
    looked: [],
    networkTold: [],
  };
  recorded.peer.silence = silent('refused');
  const resident = reside({
    port: 6379,
    pair: { local: LOCAL.host, peer: PEER.host },
    log,
    watching: watchingOf(recorded, said, sinceMs),
    policy: WATCH,
    warnings: () => Promise.resolve([]),
    lastCheck: {
      read: () => undefined,
      write: (last) => {
        recorded.written.push(last);
        return undefined;
      },
    },
    memory: () => MEMORY,
    journal: { append: () => Promise.resolve() },
    explainLink: () => Promise.resolve(undefined),
    tellDrained: () => Promise.resolve(),
    paused: () => recorded.trouble.paused,
    tell: (fit) => {
      recorded.told.push(fit);
      return recorded.trouble.tell;
    },
    claim: () => undefined,
    nextCommand: commandsOf(recorded, sinceMs),
    signal: recorded.over.signal,
  });
  resident.ended.catch(() => undefined);
  return { ...recorded, resident, lines };
};
