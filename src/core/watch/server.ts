/**
 * One server of the pair as the resident sees it: asked for a sign of life now and then, looked at as a whole more seldom,
 * and at once when the sign of life is another one, a master says that it is none any more, or its connection ends.
 *
 * Every function returns the server as it is afterwards. What is to be done is in the actions of the step.
 */
import type { NodeView, Side, Silent } from '../model.ts';
import { isAnswering, isMaster } from '../model.ts';
import type { ProcessState, Silence, SilencePolicy } from './silence.ts';
import { heardAt, reduceSilence } from './silence.ts';

/** What the driver has to do at a server; each of it ends in an event. */
export type Asking = { readonly kind: 'pulse' | 'look' | 'listen'; readonly side: Side };

export interface WatchedServer {
  readonly side: Side;
  readonly silence: Silence;
  /** An answer is owed. */
  readonly isOwed: boolean;
  readonly askedMs: number;
  /** When the last look was asked for; a look is due when this is long ago. */
  readonly lookedMs: number;
  readonly pulse: string | undefined;
  /** An ended connection has been followed by a question since the last tick: once is enough. */
  readonly isHurried: boolean;
  readonly listens: 'no' | 'yes' | 'cannot';
  /** Its role is to stay: as long as the server cannot say by itself that it has lost it, it is asked at every tick. */
  readonly mustListen: boolean;
  readonly pace: Pace;
  /** The last look. */
  readonly view: NodeView | undefined;
  /** When {@link view} was asked for. */
  readonly viewMs: number;
  /** When {@link view} came. */
  readonly seenMs: number;
  /** When the server was last found to be another than before. */
  readonly changedMs: number;
}

/** How closely a server is watched that would tell of the worst by itself: what is not urgent is asked for. */
export interface Pace {
  /** A sign of life. */
  readonly pulseMs: number;
  /** What grows old by itself: offsets, lag, a copy's progress. */
  readonly lookMs: number;
}

/** What is asked for as long as the server, or the pair, has changed a short while ago. */
export const ATTENTIVE: Pace = { pulseMs: 1000, lookMs: 1000 };
export const SETTLED: Pace = { pulseMs: 2500, lookMs: 5000 };

export interface Tick {
  /** Now, and not when the pace says so. */
  readonly isTime: boolean;
  readonly mustListen: boolean;
  readonly pace: Pace;
}

/** A server afterwards, and what is to be done. */
export type Asked = readonly [WatchedServer, readonly Asking[]];

const NEVER = Number.NEGATIVE_INFINITY;

export const unseen = (side: Side, nowMs: number): WatchedServer => ({
  side,
  silence: heardAt(nowMs),
  isOwed: false,
  askedMs: NEVER,
  lookedMs: NEVER,
  pulse: undefined,
  isHurried: false,
  listens: 'no',
  mustListen: false,
  pace: ATTENTIVE,
  view: undefined,
  viewMs: NEVER,
  seenMs: NEVER,
  changedMs: NEVER,
});

/** It answered when it was looked at last, and was not given up since. */
export const isThere = ({ view, silence }: WatchedServer): boolean =>
  view !== undefined && isAnswering(view) && silence.verdict === 'alive';

/** What it is taken for as long as it is not there, and how old that is; `undefined` where it is there, or nobody has looked. */
export const foundSilent = (
  { view, seenMs, silence }: WatchedServer,
  nowMs: number,
): { readonly view: Silent; readonly ageMs: number } | undefined => {
  if (view === undefined) return undefined;
  if (!isAnswering(view)) return { view, ageMs: nowMs - seenMs };
  if (silence.verdict !== 'silent') return undefined;
  const why = `no answer for ${String(Math.round(silence.unheardMs))} ms`;
  return { view: { kind: 'frozen', why }, ageMs: nowMs - silence.lastMs };
};

/** What a peer would say is no worse than it not being there, which its pace is for. */
const isDeaf = ({ side, mustListen, listens }: WatchedServer): boolean =>
  side === 'local' && mustListen && listens !== 'yes';

/** Before that there is nothing to ask, as long as nothing is seen. */
export const askDueMs = (server: WatchedServer): number =>
  isDeaf(server) ? NEVER : server.askedMs + server.pace.pulseMs;

const ask = (server: WatchedServer, nowMs: number): Asked => {
  if (server.isOwed) return [server, []];
  const silence = reduceSilence(server.silence, { kind: 'asked', atMs: nowMs });
  return [{ ...server, isOwed: true, askedMs: nowMs, silence }, [{ kind: 'pulse', side: server.side }]];
};

/** Looks as soon as no answer is owed. */
export const hurry = (server: WatchedServer, nowMs: number): Asked => ask({ ...server, lookedMs: NEVER }, nowMs);

const listenToMaster = (server: WatchedServer): Asked => {
  const { mustListen, listens, view, side } = server;
  if (!mustListen || listens !== 'no' || view === undefined || !isMaster(view)) return [server, []];
  return [{ ...server, listens: 'yes' }, [{ kind: 'listen', side }]];
};

/** Asks again where it is time, unless an answer is still owed. */
export const tick = (before: WatchedServer, nowMs: number, { isTime, mustListen, pace }: Tick): Asked => {
  const [server, listening] = listenToMaster({ ...before, isHurried: false, mustListen, pace });
  if (!isTime && nowMs < askDueMs(server)) return [server, listening];
  const [asked, asking] = ask(server, nowMs);
  return [asked, [...listening, ...asking]];
};

/** Its connection has ended, or it has said that it is no master any more. */
export const ended = (server: WatchedServer, nowMs: number): Asked =>
  server.isHurried ? [server, []] : hurry({ ...server, isHurried: true }, nowMs);

/** The end of listening: `isTold` where the server can say that it is a master no more, and has said so. */
export const heard = (server: WatchedServer, nowMs: number, isTold: boolean): Asked =>
  ended({ ...server, listens: isTold ? 'no' : 'cannot' }, nowMs);

/**
 * A sign of life; `undefined` where only a look tells. One that was owed for long says nothing of what has become of the
 * server meanwhile: what was seen before is old by now, however the question lies behind it.
 */
export const pulsed = (server: WatchedServer, nowMs: number, pulse: string | undefined): Asked => {
  const { askedMs, side, pace } = server;
  const isChanged = pulse !== server.pulse;
  const changedMs = isChanged ? askedMs : server.changedMs;
  const isLookDue = isChanged || pulse === undefined || nowMs - server.lookedMs >= pace.lookMs;
  if (!isLookDue) return [{ ...server, pulse, changedMs, isOwed: false }, []];
  return [{ ...server, pulse, changedMs, lookedMs: askedMs }, [{ kind: 'look', side }]];
};

export const looked = (server: WatchedServer, nowMs: number, view: NodeView): Asked =>
  listenToMaster({ ...server, view, viewMs: server.askedMs, seenMs: nowMs, isOwed: false });

/** With whether its silence is death by now. */
export const judgeSilence = (
  server: WatchedServer,
  nowMs: number,
  state: ProcessState,
  policy: SilencePolicy,
): WatchedServer => ({
  ...server,
  silence: reduceSilence(
    server.silence,
    server.isOwed ? { kind: 'tick', atMs: nowMs, server: state, policy } : { kind: 'answered', atMs: nowMs },
  ),
});
