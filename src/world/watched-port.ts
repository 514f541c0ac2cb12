/** One port of this host as the resident has it: watched, told of by keepalived, and put in order. */
import type { Checked } from '../app/check.ts';
import type { LastCheck, Log } from '../app/ports.ts';
import type { SettleWorld } from '../app/settle.ts';
import { settle } from '../app/settle.ts';
import { transition } from '../app/transition.ts';
import type { WatchReport } from '../app/watch.ts';
import { watch } from '../app/watch.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import { watchDeadlines, watchPolicy } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import type { Intent, VrrpState } from '../core/model.ts';
import { announcedAt } from '../host/announcements.ts';
import { systemClock } from '../host/clock.ts';
import type { ProcessKey } from '../host/identity.ts';
import { openMemory } from '../host/memory.ts';
import type { Place } from '../host/paths.ts';
import { openServerState } from '../host/process-table.ts';
import { readLastCheck, writeLastCheck } from '../host/state.ts';
import { isHeld, openTurn } from '../host/turn.ts';
import { noteLook, tellKeepalived, verdictFile } from '../host/verdict-file.ts';
import type { FifoEvent } from '../keepalived/fifo-line.ts';
import { changeSession, logOfChange } from './change.ts';
import { nodesFor, notesOf, recallFrom } from './looking.ts';

const INTENTS: Readonly<Record<Exclude<VrrpState, 'STOP'>, Intent>> = {
  MASTER: 'master',
  BACKUP: 'backup',
  FAULT: 'fault',
};

export interface PortOptions {
  readonly settings: Settings;
  readonly pair: PairWords;
  readonly options: CommonOptions;
  readonly log: Log;
  /** Where keepalived reads whether this node is fit. */
  readonly runDirectory: string;
  /** The next name for a command of this process. */
  readonly nextKey: () => ProcessKey | undefined;
  readonly signal: AbortSignal;
}

export interface WatchedPort {
  /** Does at once what keepalived's event asks for. */
  readonly hear: (what: FifoEvent['what']) => void;
  /** Ends it; what is at work ends with the signal. */
  readonly stop: () => void;
  /** Rejects with what nobody foresaw. */
  readonly ended: Promise<void>;
  /** Resolves when no change of a role is at work any more. */
  readonly idle: () => Promise<void>;
  readonly report: () => WatchReport | undefined;
}

/** Roles are changed here, by an event or as a repair. */
const openChanges = (port: PortOptions, silentMs: () => number) => {
  const { settings, pair, options, signal, nextKey } = port;
  const place: Place = { stateDir: settings.files.stateDir, port: pair.port };
  const atWork = new Set<Promise<unknown>>();
  const run = async (intent: Intent, key: ProcessKey | undefined, isRepair: boolean): Promise<void> => {
    const log = await logOfChange(settings, intent, pair, options);
    const { world, policy, vrrpAgeMs } = await changeSession({ settings, log, command: intent, pair, key });
    const peerSilence = { silentMs, patienceMs: policy.frozenTimeoutMs };
    await transition(
      { ...world, eyes: { ...world.eyes, peerSilence } },
      {
        intent,
        policy,
        forced: false,
        vrrpAgeMs: isRepair ? vrrpAgeMs : 0,
        healing: isRepair,
        signal,
      },
    );
  };
  const start = (intent: Intent, key: ProcessKey | undefined, isRepair: boolean): void => {
    const work = run(intent, key, isRepair)
      .catch((error: unknown) => {
        port.log.error('bug', {
          intent,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      })
      .finally(() => atWork.delete(work));
    atWork.add(work);
  };
  return {
    announce: async (vrrpState: VrrpState): Promise<ProcessKey | undefined> => {
      const key = nextKey();
      const command = vrrpState === 'STOP' ? 'stop' : INTENTS[vrrpState];
      const { local, peer } = pair;
      const warning = await openTurn(place, key).announce({
        command,
        vrrpState,
        isRecord: vrrpState === 'STOP',
        local,
        peer,
      });
      if (warning !== undefined) port.log.warn('not-announced', { warning });
      return key;
    },
    start,
    atWork,
  };
};

export const watchPort = (port: PortOptions): WatchedPort => {
  const { settings, pair, log, runDirectory, nextKey } = port;
  const { local, peer } = pair;
  const place: Place = { stateDir: settings.files.stateDir, port: pair.port };
  const changes = openChanges(port, () => running.peerSilentMs());
  const bug = Promise.withResolvers<void>();
  let last: LastCheck | undefined = readLastCheck(place);
  const settling: SettleWorld = {
    clock: systemClock,
    port: pair.port,
    pair: () => ({ local, peer }),
    lastCheck: {
      load: () => last,
      save: (now) => {
        last = now;
        return writeLastCheck(place, now);
      },
    },
    warnings: settings.warnings,
    log: () => Promise.resolve(log),
    memory: () => Promise.resolve(openMemory(place, log)),
    startRepair: (intent) => {
      changes.start(intent, nextKey(), true);
      return Promise.resolve();
    },
  };
  const at = { host: local, port: pair.port };
  const nodes = nodesFor(
    settings,
    at,
    { host: peer, port: settings.connection.peerPort },
    watchDeadlines(settings.check),
  );
  const teller = openTeller(verdictFile(runDirectory, pair.port), log);
  const running = watch(
    {
      clock: systemClock,
      ...nodes,
      commandRunning: () => Promise.resolve(isHeld(pair.port)),
      after: (ms, listener) => {
        const timer = setTimeout(listener, ms);
        return () => {
          clearTimeout(timer);
        };
      },
      saidAt: () => announcedAt(place),
      recall: () => recallFrom(settings, notesOf(place)),
      serverState: openServerState(),
      settle: (checked: Checked) => settle(settling, checked),
      tell: teller,
      looked: (fit) => {
        noteLook(runDirectory, pair.port, fit);
      },
    },
    { policy: watchPolicy(settings), before: last, pid: last?.processId },
  );
  return {
    hear: (what) => {
      if (what === 'rival') {
        running.hurry();
        return;
      }
      changes.announce(what).then((key) => {
        if (what !== 'STOP') changes.start(INTENTS[what], key, false);
      }, bug.reject);
    },
    stop: running.stop,
    report: running.report,
    ended: Promise.race([running.ended, bug.promise]),
    idle: async () => {
      await Promise.allSettled(changes.atWork);
    },
  };
};

const UNTOLD_HINT = 'its directory has to belong to the user that keepalived runs redisha as';

/** What cannot be told is logged once for as long as it cannot. */
const openTeller = (path: string, log: Log): ((fit: boolean) => void) => {
  let before: string | undefined;
  return (fit) => {
    const problem = tellKeepalived(path, fit);
    if (problem !== undefined && problem !== before) log.error('keepalived-not-told', { problem, hint: UNTOLD_HINT });
    before = problem;
  };
};
