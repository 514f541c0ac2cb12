/**
 * When the resident asks for the clients of the virtual address, and when it tells them that the address has moved.
 *
 * A client that only listens never learns that its address is at another host: nothing is sent on its connection any more.
 * So the node without the address keeps a list of those whom the master serves there, while the master lives. When the
 * address comes here they are told; see host/tickle.ts.
 *
 * A list of 10,000 costs a master 12 to 17 ms, in which it serves nobody (seen on 6.0.16 to Valkey 9.1.2). So a whole list is asked
 * for seldom. In between the master is asked for the clients with the numbers that it has given out since: clients are
 * numbered in the order in which they come, and CLIENT LIST takes numbers since Redis 6.2.
 *
 * Pure, and apart from `step`: whatever goes wrong here, no verdict and no role depends on it.
 */

/** More than these are not remembered: the newest are. */
export const CLIENTS_MAX = 10_000;

/** Why none is told where keepalived runs its scripts as somebody who may not send such packets, and what to type then. */
export const NO_RIGHT = 'redisha watch lacks the right CAP_NET_RAW';
export const NO_RIGHT_HINT =
  'run install.sh on this host (a package has it in /usr/share/redisha), and restart keepalived; docs/configuration.md, ' +
  '"The right to tell clients"';

/** What a byte of a list costs a server: a clock of ours would count what else this host is busy with. */
const BYTE_MS = 5e-6;

/** A whole list may take this part of the time between two. */
const COST_SHARE = 1 / 1000;
const WHOLE_EVERY_MS = 1000;
const RETRY_MS = 5_000;

/** As many numbers are asked for at once. */
const NUMBERS_MAX = 500;
/** Redis numbers helpers of its own as well, which it does not count as connections. */
const NUMBERS_MORE = 16;

/**
 * A packet may be lost, as long as neighbours still learn where the address is. A node that gives way may announce it once more
 * five seconds after it came there. Source: keepalived.conf(5), garp_master_delay.
 */
const ROUNDS_MS = [0, 200, 500, 1000, 2000, 4500, 9000] as const;
/** keepalived says that the address comes before the kernel shows it. */
const SURE_MS = 2000;
/** Whoever is told comes at once, and wants a master. */
const MASTER_WAIT_MS = 3000;

/** What the peer has said of itself by INFO. */
export interface ServerSeen {
  readonly run: string;
  readonly isMaster: boolean;
  /** How many connections it has taken since its start; `undefined` where it does not say. */
  readonly connections: number | undefined;
  /** CLIENT LIST takes numbers. */
  readonly takesNumbers: boolean;
}

/** The last whole list: whoever came later has a higher number. */
interface Whole {
  readonly run: string;
  readonly last: number;
  readonly connections: number | undefined;
}

export interface ClientsState {
  readonly whole: Whole | undefined;
  /** Connections of the peer when the last list, whole or not, was made. */
  readonly connections: number | undefined;
  readonly isAsking: boolean;
  /** Before that no whole list is asked for. */
  readonly wholeDueMs: number;
  readonly isLocalMaster: boolean;
  /** The address is here, and the peer may have served clients by it: see {@link seenRival}. */
  readonly isRival: boolean;
  readonly arrival: { readonly atMs: number; readonly startMs: number | undefined; readonly round: number } | undefined;
}

export type ClientsEvent =
  | { readonly kind: 'local'; readonly isMaster: boolean }
  /** `isHere`: this host has the address, so the peer's clients are none of it. */
  | { readonly kind: 'peer'; readonly seen: ServerSeen; readonly isHere: boolean }
  /** The peer does not answer. */
  | { readonly kind: 'lost'; readonly isHere: boolean }
  /** `last`: the highest number in the list. */
  | {
      readonly kind: 'listed';
      readonly run: string;
      readonly isWhole: boolean;
      readonly last: number;
      readonly connections: number | undefined;
      readonly bytes: number;
    }
  | { readonly kind: 'unlisted' }
  /** The address is on an interface of this host since now. */
  | { readonly kind: 'arrived' }
  | { readonly kind: 'woken' };

/** Numbers from `from` to `to`; all clients where there are none. */
export type ClientsAction =
  | {
      readonly kind: 'list';
      readonly run: string;
      readonly numbers: { readonly from: number; readonly to: number } | undefined;
    }
  | { readonly kind: 'send'; readonly round: number; readonly isLast: boolean };

export interface ClientsStep {
  readonly state: ClientsState;
  readonly action: ClientsAction | undefined;
  /** `undefined` where nothing is to be done as long as nothing happens. */
  readonly wakeAtMs: number | undefined;
}

export const NO_CLIENTS: ClientsState = {
  whole: undefined,
  connections: undefined,
  isAsking: false,
  wholeDueMs: Number.NEGATIVE_INFINITY,
  isLocalMaster: false,
  isRival: false,
  arrival: undefined,
};

type Half = readonly [ClientsState, ClientsAction | undefined];

const asked = (state: ClientsState, run: string, numbers?: { from: number; to: number }): Half => [
  { ...state, isAsking: true },
  { kind: 'list', run, numbers },
];

const seenPeer = (
  state: ClientsState,
  { run, isMaster, connections, takesNumbers }: ServerSeen,
  nowMs: number,
): Half => {
  const { whole, wholeDueMs, isAsking } = state;
  const isSame = whole?.run === run && connections !== undefined && connections === state.connections;
  if (!isMaster || isAsking || isSame) return [state, undefined];
  const since = whole?.run === run ? (connections ?? Number.NaN) - (whole.connections ?? Number.NaN) : Number.NaN;
  // CONFIG RESETSTAT sets the count back.
  const isFew = since >= 0 && since <= NUMBERS_MAX - NUMBERS_MORE;
  if (whole !== undefined && takesNumbers && isFew) {
    const numbers = { from: whole.last + 1, to: whole.last + since + NUMBERS_MORE };
    return asked(state, run, numbers);
  }
  return nowMs >= wholeDueMs ? asked(state, run) : [state, undefined];
};

const sending = (state: ClientsState, nowMs: number): Half => {
  const { arrival, isLocalMaster } = state;
  if (arrival === undefined) return [state, undefined];
  const isTime = isLocalMaster || nowMs >= arrival.atMs + MASTER_WAIT_MS;
  const startMs = arrival.startMs ?? (isTime ? nowMs : undefined);
  const { round } = arrival;
  if (startMs === undefined || nowMs < startMs + (ROUNDS_MS[round] ?? 0))
    return [{ ...state, arrival: { ...arrival, startMs } }, undefined];
  const isLast = round + 1 === ROUNDS_MS.length;
  const next = { ...arrival, startMs, round: round + 1 };
  // Those of the old list have been told; the next one begins anew.
  const after: ClientsState = isLast ? { ...state, arrival: undefined, whole: undefined } : { ...state, arrival: next };
  return [after, { kind: 'send', round, isLast }];
};

const arrivedAt = (atMs: number): ClientsState['arrival'] => ({ atMs, startMs: undefined, round: 0 });

/**
 * The address has not moved, and yet the other node may have served clients by it: it was a master beside this one, or out of
 * sight. They are told once it is seen that it does not lead.
 */
const seenRival = (state: ClientsState, seen: ServerSeen, nowMs: number): Half => {
  if (!state.isRival && !seen.isMaster) return [state, undefined];
  const rival: ClientsState = { ...state, isRival: true };
  if (seen.isMaster) return seenPeer(rival, seen, nowMs);
  if (state.whole?.run === seen.run && !state.isAsking)
    return sending({ ...state, isRival: false, arrival: arrivedAt(nowMs) }, nowMs);
  return state.isAsking || nowMs < state.wholeDueMs ? [rival, undefined] : asked(rival, seen.run);
};

const met = (state: ClientsState, event: ClientsEvent, nowMs: number): Half => {
  switch (event.kind) {
    case 'local':
      return sending({ ...state, isLocalMaster: event.isMaster }, nowMs);
    case 'peer': {
      const { arrival } = state;
      if (arrival !== undefined && (event.isHere || nowMs < arrival.atMs + SURE_MS)) return sending(state, nowMs);
      // The address has left before all had been told as often as that.
      const now: ClientsState = arrival === undefined ? state : { ...state, arrival: undefined, whole: undefined };
      return event.isHere ? seenRival(now, event.seen, nowMs) : seenPeer({ ...now, isRival: false }, event.seen, nowMs);
    }
    case 'lost':
      return sending(event.isHere ? { ...state, isRival: true } : state, nowMs);
    case 'listed': {
      const { run, isWhole, last, connections, bytes } = event;
      const wholeDueMs = isWhole ? nowMs + Math.max(WHOLE_EVERY_MS, (bytes * BYTE_MS) / COST_SHARE) : state.wholeDueMs;
      const whole = isWhole ? { run, last, connections } : state.whole;
      return sending({ ...state, isAsking: false, whole, connections, wholeDueMs }, nowMs);
    }
    case 'unlisted':
      return sending({ ...state, isAsking: false, whole: undefined, wholeDueMs: nowMs + RETRY_MS }, nowMs);
    case 'arrived':
      // keepalived and the kernel both say it, one after the other.
      return sending(state.arrival === undefined ? { ...state, arrival: arrivedAt(nowMs) } : state, nowMs);
    case 'woken':
      return sending(state, nowMs);
  }
};

const wakeAtMs = ({ arrival }: ClientsState): number | undefined => {
  if (arrival === undefined) return undefined;
  const { atMs, startMs, round } = arrival;
  return startMs === undefined ? atMs + MASTER_WAIT_MS : startMs + (ROUNDS_MS[round] ?? 0);
};

/** The same state and event at the same moment always come to the same. */
export const stepClients = (before: ClientsState, event: ClientsEvent, nowMs: number): ClientsStep => {
  const [state, action] = met(before, event, nowMs);
  return { state, action, wakeAtMs: wakeAtMs(state) };
};
