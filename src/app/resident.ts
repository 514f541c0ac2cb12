/**
 * One port of this host as the resident has it: watched, told of by keepalived, and put in order. Roles are changed by
 * `transition` in this process, by an event of keepalived or as a repair, and the watch goes on meanwhile.
 */
import { RUN_DIRECTORY_HINT } from '../errors.ts';
import type { Paused } from '../core/marks.ts';
import type { Endpoint, Intent, Policy, VrrpState } from '../core/model.ts';
import type { WatchPolicy } from '../core/watch/step.ts';
import type { RunningLicence } from './licence.ts';
import { recordedOnly } from './marked.ts';
import type { Announcement, Journal, LastCheck, Log, MemoryStore } from './ports.ts';
import type { SettleWorld } from './settle.ts';
import { settle } from './settle.ts';
import { keepTelling } from './tell-address.ts';
import type { TransitionWorld } from './transition.ts';
import { transition } from './transition.ts';
import type { RunningWatch, WatchReport, WatchWorld } from './watch.ts';
import { watch } from './watch.ts';

/** What keepalived says; `rival`: another node has the address as well. */
export type Told = VrrpState | 'rival';

/** What a command of this process works on and by. */
export interface Session {
  readonly world: TransitionWorld;
  readonly policy: Policy;
  /** How long ago keepalived had said something when the session was opened. */
  readonly vrrpAgeMs: number;
}

/** One of the commands that this process carries out itself. */
export interface OwnCommand {
  /** True afterwards: every older command of the port finds itself superseded. @returns why that could not be written down. */
  readonly announce: (said: Omit<Announcement, 'saidMs'>) => Promise<string | undefined>;
  readonly open: (intent: Intent) => Promise<Session>;
}

export interface ResidentWorld {
  readonly port: number;
  readonly pair: { readonly local: Endpoint['host']; readonly peer: Endpoint['host'] };
  readonly log: Log;
  readonly watching: Omit<WatchWorld, 'settle' | 'tell' | 'claim'>;
  readonly policy: WatchPolicy;
  /** What works in the configuration but should not stay so, each a sentence. */
  readonly warnings: SettleWorld['warnings'];
  /** What outlives this process; it is read once, and this process alone writes it. */
  readonly lastCheck: {
    readonly read: () => LastCheck | undefined;
    /** @returns why the next process will not find it. Never throws. */
    readonly write: (last: LastCheck) => string | undefined;
  };
  readonly memory: () => MemoryStore;
  readonly journal: Journal;
  readonly explainLink: SettleWorld['explainLink'];
  readonly tellDrained: SettleWorld['tellDrained'];
  /** keepalived knows the verdict afterwards. @returns why not. Never throws. */
  readonly tell: (fit: boolean) => string | undefined;
  /** keepalived knows afterwards whether this node has a claim to the address. @returns why not. Never throws. */
  readonly claim: (isRaised: boolean) => string | undefined;
  /** Why nothing is to be changed now; `undefined` where nobody has paused this node. */
  readonly paused: () => Paused | undefined;
  /** Younger than every command of this host that was made before, and than every process that was started before. */
  readonly nextCommand: () => OwnCommand;
  /** Hears that local is about to be made a master, that it was, and that its command has ended; absent without a witness. */
  readonly licence?: Pick<RunningLicence, 'promotion' | 'hurry'> | undefined;
  /** Ends what is at work. */
  readonly signal: AbortSignal;
}

export interface Resident {
  /** Does at once what keepalived's event asks for. */
  readonly hear: (told: Told) => void;
  /** Ends the watch; what is at work ends with the signal. */
  readonly stop: () => void;
  /** Rejects with what nobody foresaw: nobody looks any more then. */
  readonly ended: Promise<void>;
  /** Resolves when no change of a role is at work any more. */
  readonly idle: () => Promise<void>;
  readonly report: () => WatchReport | undefined;
  /** How long the peer owes an answer by now; 0 where it owes none. */
  readonly peerSilentMs: () => number;
}

const INTENTS: Readonly<Record<Exclude<VrrpState, 'STOP'>, Intent>> = {
  MASTER: 'master',
  BACKUP: 'backup',
  FAULT: 'fault',
};

/** What cannot be told is logged once for as long as it cannot. */
const openTeller = (tell: (word: boolean) => string | undefined, log: Log): ((word: boolean) => void) => {
  let before: string | undefined;
  return (word) => {
    const problem = tell(word);
    if (problem !== undefined && problem !== before)
      log.error('keepalived-not-told', { problem, hint: RUN_DIRECTORY_HINT });
    before = problem;
  };
};

/** A command that this process carries out. A repair is not announced, and leaves at once where another one is at work. */
interface Order {
  readonly intent: Intent;
  readonly command: OwnCommand;
  readonly isRepair: boolean;
}

/** Changes of roles, each of which ends by itself. A bug in one of them ends nothing else. */
const openChanges = (resident: ResidentWorld, peerSilentMs: () => number) => {
  const { log, signal, licence } = resident;
  const atWork = new Set<Promise<unknown>>();
  const run = async ({ intent, command, isRepair }: Order): Promise<void> => {
    const paused = resident.paused();
    if (paused !== undefined) {
      await recordedOnly(resident, intent, paused);
      return;
    }
    const { world, policy, vrrpAgeMs } = await command.open(intent);
    const peerSilence = { silentMs: peerSilentMs, patienceMs: policy.frozenTimeoutMs, clock: world.clock };
    // Whoever takes a silent peer's place is in a hurry. Any other command would give up at once on one that answers late.
    const eyes = intent === 'master' ? { ...world.eyes, peerSilence } : world.eyes;
    const promoted = (): void => {
      licence?.hurry();
    };
    if (intent === 'master') licence?.promotion(true);
    const { isAddressTold } = await transition(
      { ...world, eyes, ...(licence === undefined ? {} : { promoted }) },
      { intent, policy, forced: false, vrrpAgeMs: isRepair ? vrrpAgeMs : 0, healing: isRepair, signal },
    ).finally(() => {
      if (intent === 'master') licence?.promotion(false);
    });
    if (isAddressTold) await keepTelling(world, signal);
  };
  return {
    start: (order: Order): void => {
      const work = run(order)
        .catch((error: unknown) => {
          const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
          log.error('bug', { intent: order.intent, error: words });
        })
        .finally(() => atWork.delete(work));
      atWork.add(work);
    },
    idle: async (): Promise<void> => {
      await Promise.allSettled(atWork);
    },
  };
};

const settlingOf = (world: ResidentWorld, first: LastCheck | undefined, startRepair: (intent: Intent) => void) => {
  const { watching, port, pair, warnings, lastCheck, log, journal, memory, explainLink, tellDrained } = world;
  let last = first;
  const settling: SettleWorld = {
    clock: watching.clock,
    port,
    pair: () => pair,
    lastCheck: {
      load: () => last,
      save: (now) => {
        last = now;
        return lastCheck.write(now);
      },
    },
    warnings,
    log: () => Promise.resolve(log),
    journal: () => Promise.resolve(journal),
    explainLink,
    tellDrained,
    memory: () => Promise.resolve(memory()),
    startRepair: (intent) => {
      startRepair(intent);
      return Promise.resolve();
    },
  };
  return settling;
};

/** keepalived has said so, as every command of this host knows afterwards; what is to be done about it begins. */
const takeNote = async (
  { nextCommand, pair, log }: ResidentWorld,
  vrrpState: VrrpState,
  start: (order: Order) => void,
): Promise<void> => {
  const command = nextCommand();
  const intent = vrrpState === 'STOP' ? undefined : INTENTS[vrrpState];
  const isRecord = intent === undefined;
  const warning = await command.announce({ command: intent ?? 'stop', vrrpState, isRecord, ...pair });
  if (warning !== undefined) log.warn('not-announced', { warning });
  if (intent !== undefined) start({ intent, command, isRepair: false });
};

/** True from now on: the port is watched, keepalived hears of its verdict, and what it says of the port is done. */
export const reside = (world: ResidentWorld): Resident => {
  const changes = openChanges(world, () => running.peerSilentMs());
  const bug = Promise.withResolvers<void>();
  const before = world.lastCheck.read();
  const tellClaim = openTeller(world.claim, world.log);
  const settling = settlingOf(world, before, (intent) => {
    changes.start({ intent, command: world.nextCommand(), isRepair: true });
  });
  const running: RunningWatch = watch(
    {
      ...world.watching,
      recall: () => ({ ...world.watching.recall(), startsAtOnce: true }),
      settle: (checked) => settle(settling, checked),
      tell: openTeller(world.tell, world.log),
      claim: (isRaised) => {
        world.log.info('claim', { isRaised });
        void world.journal.append({ event: 'claim', isRaised });
        tellClaim(isRaised);
      },
    },
    { policy: world.policy, before, pid: before?.processId },
  );
  return {
    hear: (told) => {
      if (told === 'rival') running.hurry();
      else takeNote(world, told, changes.start).catch(bug.reject);
    },
    stop: running.stop,
    ended: Promise.race([running.ended, bug.promise]),
    idle: changes.idle,
    report: running.report,
    peerSilentMs: running.peerSilentMs,
  };
};
