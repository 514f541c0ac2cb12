/** The moves of a drill. Each tells when it begins; a server that was stopped always goes on. */
import type { Side } from '../../core/model.ts';
import { isAnswering, isMaster, otherSide } from '../../core/model.ts';
import { RedishaError } from '../../errors.ts';
import type { DrillWorld, ServerProcess } from '../ports/drill.ts';
import type { StatusReport } from '../status-report.ts';
import type { Recorder } from './recorder.ts';

export type Hard = 'freeze' | 'kill';

/** One move, from its begin until the service is back. */
export interface Move {
  readonly what: string;
  readonly play: (signal: AbortSignal) => Promise<string>;
}

/** How long a server stays stopped after the service is back, so that its clients are really left alone. */
const FROZEN_ON_MS = 2_000;
/** A service that does not come back in this time will not: the server goes on. */
const FROZEN_MAX_MS = 30_000;
const POLL_MS = 50;

const promote = (world: DrillWorld, side: Side): Move => ({
  what: side === 'local' ? 'the role moves to this node' : `the role moves to the peer, ${world.peer}`,
  play: (signal) => world.moveTo(side, signal),
});

/** There and back again, whichever node leads. */
export const plannedMoves = (world: DrillWorld, { pair }: StatusReport): readonly Move[] => {
  const leader: Side = isMaster(pair.local) ? 'local' : 'peer';
  return [promote(world, otherSide(leader)), promote(world, leader)];
};

/** @throws {RedishaError} REFUSED_BY_RULE where it is not the master of this host that would be hit */
export const localServer = async (world: DrillWorld, hard: Hard, { pair }: StatusReport): Promise<ServerProcess> => {
  const { local } = pair;
  if (!isMaster(local))
    throw new RedishaError('REFUSED_BY_RULE', `a drill with --hard ${hard} needs the master, and that is at the peer`, {
      hint: `run it on the host of ${world.peer}, or "redisha promote" here first`,
    });
  const pid = isAnswering(local) ? local.processId : undefined;
  if (pid === undefined)
    throw new RedishaError('REFUSED_BY_RULE', 'the local Redis does not tell the number of its process', {
      hint: 'INFO server has a line process_id; a proxy between redisha and Redis may leave it out',
    });
  return world.serverProcess(pid);
};

const untilServed = async (world: DrillWorld, recorder: Recorder, sinceMs: number, signal: AbortSignal) => {
  const startMs = world.clock.nowMs();
  const isServed = (): boolean => recorder.isHeardSince('probe', sinceMs);
  while (!isServed() && !signal.aborted && world.clock.nowMs() - startMs < FROZEN_MAX_MS)
    await world.clock.delay(POLL_MS, signal);
  return isServed();
};

const freeze = (world: DrillWorld, recorder: Recorder, server: ServerProcess, nowMs: () => number): Move => ({
  what: `the local Redis is stopped (SIGSTOP to process ${String(server.pid)})`,
  play: async (signal) => {
    try {
      await server.freeze();
      // What was answered before the signal has come in by then.
      await world.clock.delay(POLL_MS, signal);
      const isServed = await untilServed(world, recorder, nowMs(), signal);
      if (isServed) await world.clock.delay(FROZEN_ON_MS, signal);
      const back = isServed ? 'the service is back' : `no service within ${String(FROZEN_MAX_MS / 1000)} s`;
      return `${back}; the local Redis goes on (SIGCONT)`;
    } finally {
      server.thaw();
    }
  },
});

const kill = (world: DrillWorld, recorder: Recorder, server: ServerProcess, nowMs: () => number): Move => ({
  what: `the local Redis is killed (SIGKILL to process ${String(server.pid)})`,
  play: async (signal) => {
    server.kill();
    await world.clock.delay(POLL_MS, signal);
    const isServed = await untilServed(world, recorder, nowMs(), signal);
    return isServed ? 'the service is back' : `no service within ${String(FROZEN_MAX_MS / 1000)} s`;
  },
});

export const hardMove = (
  world: DrillWorld,
  recorder: Recorder,
  hard: Hard,
  server: ServerProcess,
  nowMs: () => number,
): Move => (hard === 'freeze' ? freeze : kill)(world, recorder, server, nowMs);
