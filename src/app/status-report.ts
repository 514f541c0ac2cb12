/** What `status` says, made of what was looked at. Pure: every form of it, in words or as metrics, is made from here. */
import type { Lag } from '../core/lag.ts';
import { lagOf } from '../core/lag.ts';
import type { Marks } from '../core/marks.ts';
import type { Endpoint, Intent, NodeView, PairView, RedisRole, Side, VrrpState } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import type { Finding, HostFacts, OrderFacts } from '../core/order.ts';
import { findingsOf } from '../core/order.ts';
import type { Plan } from '../core/plan.ts';
import { serverText } from '../core/program.ts';
import { relation } from '../core/relation.ts';
import type { Situation } from '../core/situation.ts';
import { describeNode, SITUATIONS } from '../core/situation.ts';
import type { Survival } from '../core/survival.ts';
import { survivalOf } from '../core/survival.ts';
import type { JournalRecord } from '../core/history/record.ts';
import type { Told } from './told.ts';

/** One of the two nodes. Of the other host's keepalived, rescues and commands nobody here knows: they are `undefined` there. */
export interface NodeSeen {
  readonly side: Side;
  readonly endpoint: Endpoint;
  /** How old the look at its Redis is. */
  readonly lookAgeMs: number;
  readonly hasAddress: boolean | undefined;
  readonly vrrpState: VrrpState | undefined;
  readonly redisRole: RedisRole | undefined;
  /** `elsewhere`: it follows a server that is not of this pair. */
  readonly link: 'up' | 'syncing' | 'down' | 'elsewhere' | undefined;
  readonly lagBytes: number | undefined;
  readonly lagSeconds: number | undefined;
  readonly server: string | undefined;
  /** What keepalived is told of it. */
  readonly fit: boolean | undefined;
  readonly lastChange: LastChange | undefined;
}

/** The last command that came to its end on this host. */
export interface LastChange {
  /** ISO 8601. */
  readonly at: string;
  readonly command: string;
  readonly result: string;
  readonly rule: number | undefined;
  readonly why: string;
}

export interface StatusReport extends Marks {
  /** One master, the other in step with it, the address with the master, and nothing left to do, as of now and as far as was looked. */
  readonly inOrder: boolean;
  /** Whether clients can write, and what would be lost with either node. */
  readonly survival: Survival;
  /** When it was looked, by the wall clock (ISO 8601). */
  readonly at: string;
  /** Local first. */
  readonly nodes: readonly [NodeSeen, NodeSeen];
  readonly lag: Lag | undefined;
  /** Each of the two has writes that the other lacks; `undefined` where they cannot be compared. */
  readonly diverged: boolean | undefined;
  /** Where nobody could look, each a sentence: nothing is said of that. */
  readonly unlooked: readonly string[];
  /** What is not in order, the gravest first. */
  readonly troubles: readonly Finding[];
  /** What is in order, and worth knowing. */
  readonly notes: readonly string[];
  readonly pair: PairView;
  readonly local: string;
  readonly peer: string;
  readonly situation: Situation;
  readonly situationWords: string;
  readonly address: HostFacts['address'];
  readonly keepalived: HostFacts['keepalived'];
  readonly vrrp: { readonly vrrpState: VrrpState; readonly command: string; readonly ageMs: number } | undefined;
  readonly told: Told | undefined;
  readonly closed: string | undefined;
  /** What the recorded intent would do now; `undefined` where none is recorded, or it was to stop. */
  readonly plan: Plan | undefined;
  readonly intent: Intent | undefined;
  readonly commandRunning: boolean;
  /** The last commands, the newest last; `undefined` where the journal cannot be read. */
  readonly ends: readonly JournalRecord[] | undefined;
  /** `undefined` where the directory cannot be read. */
  readonly rescues: { readonly count: number; readonly bytes: number; readonly unseen: number } | undefined;
}

/** What is known besides the facts that are judged. */
export interface Beside extends Pick<StatusReport, 'at' | 'vrrp' | 'told' | 'ends' | 'rescues' | 'notes'> {
  /** How old the look at the peer is: 0, or since the resident saw it last. */
  readonly peerAgeMs: number;
}

/** Of this nothing is claimed. */
const unlookedIn = (facts: OrderFacts): readonly string[] => [
  ...(facts.address === undefined
    ? ['the virtual address is not known, so nobody looked where it is: set vip in redisha.toml']
    : []),
  ...(facts.keepalived === 'unknown'
    ? ['keepalived.conf is not on this host, so nobody looked whether keepalived runs']
    : []),
];

/** One that somebody else has may still be at the peer, whose Redis does not say so. */
const hasAddress = ({ address }: OrderFacts, side: Side): boolean | undefined => {
  if (address === undefined) return undefined;
  const { at } = address;
  if (side === 'local') return at === 'here';
  return at === 'refused' || at === 'unread' ? undefined : at === 'peer';
};

const linkOf = (view: NodeView): NodeSeen['link'] => {
  const upstream = isAnswering(view) ? view.upstream : undefined;
  if (upstream === undefined) return undefined;
  if (upstream.who !== 'other-side') return 'elsewhere';
  return upstream.linkUp ? 'up' : upstream.syncing ? 'syncing' : 'down';
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const lastChangeIn = (ends: Beside['ends']): LastChange | undefined => {
  const last = ends?.at(-1);
  if (last === undefined) return undefined;
  const { at, intent, result, rule, message } = last;
  const number = typeof rule === 'number' ? rule : undefined;
  return { at, command: text(intent), result: text(result), rule: number, why: text(message) };
};

const seenAs = (facts: OrderFacts, side: Side, lag: Lag | undefined, lookAgeMs: number): NodeSeen => {
  const { pair } = facts;
  const view = pair[side];
  const isBehind = lag?.side === side;
  return {
    side,
    endpoint: side === 'local' ? pair.localEndpoint : pair.peerEndpoint,
    lookAgeMs,
    hasAddress: hasAddress(facts, side),
    vrrpState: undefined,
    redisRole: isAnswering(view) ? view.redisRole : undefined,
    link: linkOf(view),
    lagBytes: isBehind ? lag.bytes : undefined,
    lagSeconds: isBehind ? lag.seconds : undefined,
    server: isAnswering(view) ? serverText(view.program) : undefined,
    fit: undefined,
    lastChange: undefined,
  };
};

/** Two masters, or a replica that has yet to be told whom to follow, may hold what the other one does not. */
const isDiverged = ({ local, peer }: PairView): boolean | undefined => {
  if (!isAnswering(local) || !isAnswering(peer) || local.loading || peer.loading) return undefined;
  if (isMaster(local) !== isMaster(peer)) {
    const replica = isMaster(local) ? peer : local;
    if (linkOf(replica) === 'up') return false;
  }
  return ['diverged', 'unrelated'].includes(relation(local, peer).kind);
};

export const reportOf = (facts: OrderFacts, beside: Beside): StatusReport => {
  const { pair, situation, plan, intent, commandRunning, address, keepalived, closed } = facts;
  const { peerAgeMs, ...known } = beside;
  const troubles = findingsOf(facts);
  const lag = lagOf(pair);
  const local: NodeSeen = {
    ...seenAs(facts, 'local', lag, 0),
    vrrpState: beside.vrrp?.vrrpState,
    fit: beside.told?.fit,
    lastChange: lastChangeIn(beside.ends),
  };
  return {
    inOrder: troubles.length === 0,
    survival: survivalOf(facts, troubles),
    nodes: [local, seenAs(facts, 'peer', lag, peerAgeMs)],
    lag,
    diverged: isDiverged(pair),
    troubles,
    unlooked: unlookedIn(facts),
    pair,
    local: describeNode(pair.local),
    peer: describeNode(pair.peer),
    situation,
    situationWords: SITUATIONS[situation],
    address,
    keepalived,
    closed,
    ...facts.marks,
    plan,
    intent,
    commandRunning,
    ...known,
  };
};
