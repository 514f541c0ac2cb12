/**
 * A rehearsal: clients work through the address while the role moves, and what they saw is counted.
 *
 * Whatever happens (an error, a signal, a move that does not end), a server that was stopped goes on, the clients are closed, and
 * the keys are removed. Nothing waits longer than its limit.
 */
import type { ProfileName } from '../../core/blueprint.ts';
import {
  type ClientFigures,
  figuresOf,
  type Pledge,
  pledgesOf,
  promisedMs,
  type Window,
} from '../../core/drill/figures.ts';
import { CLIENTS, type ClientName, type ClientRecord } from '../../core/drill/record.ts';
import type { Disturbance } from '../../core/promises.ts';
import { RedishaError } from '../../errors.ts';
import type { DrillWorld, ServerProcess } from '../ports/drill.ts';
import type { StatusReport } from '../status-report.ts';
import { type DrillClients, openClients } from './clients.ts';
import { type Hard, hardMove, localServer, type Move, plannedMoves } from './moves.ts';
import { watchPair } from './observer.ts';
import { type DrillEvent, Recorder } from './recorder.ts';

export interface DrillOrder {
  readonly hard: Hard | undefined;
  /** How long a client that hears nothing is waited for after a move. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: DrillEvent) => void;
  /** Called often while the drill runs: how long each client has had no answer. */
  readonly onTick: (atMs: number, silentMs: (client: ClientName) => number) => void;
}

export interface MoveReport {
  readonly what: string;
  readonly atMs: number;
  /** Until it was done, by whoever did it. */
  readonly tookMs: number;
  /** What came of it. */
  readonly said: string;
}

export interface DrillReport {
  readonly disturbance: Disturbance;
  readonly profile: ProfileName | undefined;
  readonly durationMs: number;
  readonly moves: readonly MoveReport[];
  readonly events: readonly DrillEvent[];
  readonly records: Readonly<Record<ClientName, ClientRecord>>;
  readonly figures: readonly ClientFigures[];
  /** The longest silence that was promised to each client. */
  readonly promisedMs: Readonly<Record<ClientName, number | undefined>>;
  readonly pledges: readonly Pledge[];
  readonly isKept: boolean;
  /** What is not in order at the end, in words. */
  readonly disorder: readonly string[];
  /** Keys that could not be removed: they go by themselves within an hour. */
  readonly keysLeft: number;
}

const START_MS = 10_000;
const CALM_MS = 2_000;
const POLL_MS = 50;
const ORDER_EVERY_MS = 500;
/** A node that comes back may need a full copy. */
const ORDER_MAX_MS = 60_000;
const LAST_HEARD_MS = 1_000;

interface Drill {
  readonly world: DrillWorld;
  readonly order: DrillOrder;
  readonly recorder: Recorder;
  readonly clients: DrillClients;
  readonly nowMs: () => number;
}

/** @throws {RedishaError} INTERRUPTED once a signal has come */
const assertGoesOn = ({ signal }: DrillOrder): void => {
  if (signal.aborted) throw new RedishaError('INTERRUPTED', 'interrupted by a signal');
};

/** Waits until `isReached`, at most for `mostMs`. */
const until = async ({ world, order }: Drill, mostMs: number, isReached: () => boolean): Promise<void> => {
  const endMs = world.clock.nowMs() + mostMs;
  assertGoesOn(order);
  while (!isReached() && world.clock.nowMs() < endMs) {
    await world.clock.delay(POLL_MS, order.signal);
    assertGoesOn(order);
  }
};

const calm = (drill: Drill): Promise<void> => until(drill, CALM_MS, () => false);

/** Who has heard nothing since then. */
const silentSince = ({ recorder }: Drill, sinceMs: number): readonly ClientName[] =>
  CLIENTS.filter((client) => !recorder.isHeardSince(client, sinceMs));

/** Waits until every client has heard something since then. @returns those that have not */
const untilHeard = async (drill: Drill, mostMs: number, sinceMs: number): Promise<readonly ClientName[]> => {
  await until(drill, mostMs, () => silentSince(drill, sinceMs).length === 0);
  return silentSince(drill, sinceMs);
};

/** @throws {RedishaError} REDIS_UNREACHABLE where not every client got an answer */
const begin = async (drill: Drill): Promise<void> => {
  const { world, clients, recorder } = drill;
  await clients.start();
  const silent = await untilHeard(drill, START_MS, -1);
  if (silent.length > 0) {
    const errors = new Set(silent.flatMap((client) => recorder.records()[client].errors.map(({ kind }) => kind)));
    const told = errors.size === 0 ? '' : ` (${[...errors].join(', ')})`;
    throw new RedishaError(
      'REDIS_UNREACHABLE',
      `no answer at ${world.address}:${String(world.port)} for ${silent.join(', ')}${told}`,
      { hint: 'redisha status; a client needs the rights to write, publish and pop' },
    );
  }
  recorder.tell('drill', 'every client works');
  await calm(drill);
};

/** `undefined` where the pair cannot be in order: nothing is known to start the server again. */
const orderAfter = async (
  drill: Drill,
  hard: Hard | undefined,
  server: ServerProcess | undefined,
): Promise<{ readonly inOrder: boolean | undefined; readonly disorder: readonly string[] }> => {
  const { world, order } = drill;
  const mayReturn = hard !== 'kill' || server?.restartedBy !== undefined;
  const startMs = world.clock.nowMs();
  for (;;) {
    const { inOrder, troubles } = await world.status();
    if (inOrder) return { inOrder, disorder: [] };
    const isLate = world.clock.nowMs() - startMs >= ORDER_MAX_MS;
    if (isLate || !mayReturn)
      return { inOrder: mayReturn ? false : undefined, disorder: troubles.map(({ says, next }) => `${says}; ${next}`) };
    assertGoesOn(order);
    await world.clock.delay(ORDER_EVERY_MS, order.signal);
  }
};

/** One move, until every client works again or its time is up. */
const play = async (drill: Drill, move: Move): Promise<MoveReport> => {
  const { recorder, order, nowMs } = drill;
  recorder.tell('move', move.what);
  const atMs = nowMs();
  const said = await move.play(order.signal);
  assertGoesOn(order);
  const endedMs = nowMs();
  recorder.tell('move', said);
  const silent = await untilHeard(drill, order.patienceMs, endedMs);
  if (silent.length > 0) recorder.tell('drill', `no longer waited for: ${silent.join(', ')}`);
  await calm(drill);
  return { what: move.what, atMs, tookMs: endedMs - atMs, said };
};

/** No more calls; what is on its way to a listener comes in. */
const settleClients = async (drill: Drill): Promise<void> => {
  const { clients, recorder } = drill;
  clients.quiet();
  recorder.quiet();
  const quietMs = drill.nowMs();
  await until(drill, LAST_HEARD_MS, () => recorder.silentMs('subscriber') > drill.nowMs() - quietMs + 100);
  await clients.close();
};

/** What the server wrote before it was stopped may be merged when it is back, and bring keys with it. */
const SETTLE_MAX_MS = 20_000;

const settleAfterHard = async ({ world, order, recorder }: Drill): Promise<void> => {
  if (order.hard === undefined) return;
  recorder.tell('drill', `waiting at most ${String(SETTLE_MAX_MS / 1000)} s for the pair to be in order`);
  const endMs = world.clock.nowMs() + SETTLE_MAX_MS;
  while (!(await world.status()).inOrder && world.clock.nowMs() < endMs) await world.clock.delay(ORDER_EVERY_MS);
};

/** @returns how many keys may be left */
const cleanUp = async ({ world, clients, recorder }: Drill): Promise<number> => {
  await clients.close();
  const written = clients.written();
  if (written.length === 0) return 0;
  try {
    await world.keys.remove(written);
    recorder.tell('drill', `${String(written.length)} keys are removed`);
    return 0;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    recorder.tell('drill', `the keys ${world.prefix}* could not be removed (${why}); most expire within an hour`);
    return written.length;
  }
};

const DISTURBANCES = { freeze: 'frozen', kill: 'killed' } as const;

interface Played {
  readonly moves: readonly MoveReport[];
  readonly inOrder: boolean | undefined;
  readonly disorder: readonly string[];
  readonly accounts: Awaited<ReturnType<DrillClients['accounts']>>;
  readonly endMs: number;
}

const playAll = async (drill: Drill, moves: readonly Move[], server: ServerProcess | undefined): Promise<Played> => {
  const { order, clients } = drill;
  await begin(drill);
  const played: MoveReport[] = [];
  let found: Awaited<ReturnType<typeof orderAfter>> = { inOrder: true, disorder: [] };
  for (const [index, move] of moves.entries()) {
    if (index > 0 && found.inOrder !== true) break;
    played.push(await play(drill, move));
    found = await orderAfter(drill, order.hard, server);
  }
  const endMs = drill.nowMs();
  await settleClients(drill);
  return { moves: played, ...found, accounts: await clients.accounts(), endMs };
};

const reportOf = (drill: Drill, { moves, inOrder, disorder, accounts, endMs }: Played): DrillReport => {
  const { world, order, recorder } = drill;
  const records = recorder.records();
  const windows: Window[] = moves.map(({ atMs }, index) => ({ fromMs: atMs, toMs: moves[index + 1]?.atMs ?? endMs }));
  const disturbance = order.hard === undefined ? 'promote' : DISTURBANCES[order.hard];
  const { profile } = world;
  const figures = figuresOf(records, windows, accounts);
  const pledges = pledgesOf({ disturbance, profile, figures, inOrder });
  const promised = CLIENTS.map((client) => [client, promisedMs({ profile, disturbance }, client)] as const);
  return {
    disturbance,
    profile,
    durationMs: endMs,
    moves,
    events: recorder.events,
    records,
    figures,
    promisedMs: Object.fromEntries(promised) as Record<ClientName, number | undefined>,
    pledges,
    isKept: pledges.every(({ isKept }) => isKept),
    disorder,
    keysLeft: 0,
  };
};

/** @throws {RedishaError} REFUSED_BY_RULE where the pair is not in order */
export const assertInOrder = ({ inOrder, troubles }: StatusReport): void => {
  if (inOrder) return;
  const [first] = troubles;
  throw new RedishaError('REFUSED_BY_RULE', `the pair is not in order: ${first?.says ?? 'redisha status says why'}`, {
    hint: first?.next ?? 'redisha status',
  });
};

export interface Prepared {
  readonly report: StatusReport;
  readonly server: ServerProcess | undefined;
}

/** What can be known before anything is done. @throws {RedishaError} REFUSED_BY_RULE where the drill may not begin */
export const prepare = async (world: DrillWorld, hard: Hard | undefined): Promise<Prepared> => {
  const report = await world.status();
  assertInOrder(report);
  return { report, server: hard === undefined ? undefined : await localServer(world, hard, report) };
};

/** @throws {RedishaError} INTERRUPTED by a signal; REDIS_UNREACHABLE; what a move throws */
export const drill = async (
  world: DrillWorld,
  order: DrillOrder,
  { report, server }: Prepared,
): Promise<DrillReport> => {
  const startMs = world.clock.nowMs();
  const nowMs = (): number => world.clock.nowMs() - startMs;
  const recorder = new Recorder(nowMs, order.onEvent);
  const running: Drill = { world, order, recorder, clients: openClients(world, recorder), nowMs };
  const moves =
    order.hard === undefined || server === undefined
      ? plannedMoves(world, report)
      : [hardMove(world, recorder, order.hard, server, nowMs)];
  const over = new AbortController();
  const watching = watchPair(world, recorder, over.signal, () => {
    if (!order.signal.aborted) order.onTick(nowMs(), (client) => recorder.silentMs(client));
  });
  try {
    const played = await playAll(running, moves, server);
    return { ...reportOf(running, played), keysLeft: await cleanUp(running) };
  } catch (error) {
    server?.thaw();
    running.clients.quiet();
    await running.clients.close();
    await settleAfterHard(running);
    await cleanUp(running);
    // What was under way then was ended by the signal, whatever it says itself.
    throw order.signal.aborted ? new RedishaError('INTERRUPTED', 'interrupted by a signal', { cause: error }) : error;
  } finally {
    over.abort();
    await watching;
    world.close();
  }
};
