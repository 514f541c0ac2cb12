/**
 * Whether clients can write now, and what would be lost with either node: the first line of `status`. Only what was looked at
 * counts. Of the other host nobody sees from here whether its keepalived runs, so a verdict that rests on that says so.
 */
import { latenessIn } from './lag.ts';
import type { Answering, NodeView, PairView, Side } from './model.ts';
import { isAliveButSilent, isAnswering, isMaster, otherSide } from './model.ts';
import type { Finding, OrderFacts } from './order.ts';
import { isContained } from './relation.ts';
import { describeNode, inStep } from './situation.ts';

/** What goes with a node. */
export interface Loss {
  readonly node: Side;
  /** `service`: no client could write afterwards; `writes`: writes that were acknowledged would be missing. */
  readonly loses: 'service' | 'writes';
  /** Without the name of the node. */
  readonly why: string;
}

export const VERDICTS = ['healthy', 'not-in-order', 'at-risk', 'down', 'unknown'] as const;

export interface Survival {
  readonly verdict: (typeof VERDICTS)[number];
  /** One sentence. */
  readonly says: string;
  readonly wouldLose: readonly Loss[];
}

/** Why no client can write now, by what else is not in order. */
const DOWN: readonly string[] = ['address', 'out-of-memory'];

const nameOf = ({ localEndpoint, peerEndpoint }: PairView, side: Side): string =>
  side === 'local' ? `this node (${localEndpoint.host})` : `the peer (${peerEndpoint.host})`;

/** The master that clients reach; `undefined` where none does, or two of them do. */
const servingSide = ({ pair: { local, peer }, address }: OrderFacts): Side | undefined => {
  const [isLocal, isPeer] = [isMaster(local), isMaster(peer)];
  if (isLocal && isPeer) return address?.at === 'here' ? 'local' : address?.at === 'peer' ? 'peer' : undefined;
  return isLocal ? 'local' : isPeer ? 'peer' : undefined;
};

/** Alive as far as anybody knows: it may be a master. */
const isHidden = (view: NodeView): boolean => view.kind === 'garbled' || isAliveButSilent(view);

interface Outage {
  readonly verdict: 'down' | 'unknown';
  readonly why: string;
}

/** Leftovers of a hand-over that keep clients out, by the name of the situation. */
const HELD: readonly string[] = ['FailoverUnfinished', 'FenceLeft', 'AddressClosed'];

/** Why clients cannot write now, or why nobody knows. */
const outageOf = (facts: OrderFacts, findings: readonly Finding[]): Outage | undefined => {
  const { pair, situation, address, deafAt } = facts;
  const { local, peer } = pair;
  const says = (code: string): string | undefined => findings.find((one) => one.code === code)?.says;
  if (situation === 'PeerIsLocal' || situation === 'LocalUnmanageable')
    return { verdict: 'unknown', why: says('pair') ?? situation };
  const atAddress = DOWN.map(says).find((one) => one !== undefined);
  if (atAddress !== undefined) return { verdict: 'down', why: atAddress };
  if (address !== undefined && deafAt.includes(address.address))
    return { verdict: 'down', why: says('deaf') ?? 'the local Redis does not listen at the address' };
  if (!isMaster(local) && !isMaster(peer)) {
    const isUnknown = isHidden(local) || isHidden(peer);
    return { verdict: isUnknown ? 'unknown' : 'down', why: says('pair') ?? 'no master was found' };
  }
  return HELD.includes(situation) ? { verdict: 'down', why: says('pair') ?? situation } : undefined;
};

/** What keeps a host from taking the address over, as it is seen from here. */
const KEPT: Readonly<Record<Side, readonly string[]>> = {
  local: ['drained', 'paused', 'keepalived-gone', 'vrrp', 'not-watched', 'not-told', 'told-unfit', 'keepalived-conf'],
  peer: ['peer-drained', 'peer-paused'],
};

/** What goes with the master, by what the other node has and may do. */
const lossesWith = (facts: OrderFacts, findings: readonly Finding[], node: Side): readonly Loss[] => {
  const { pair, gap, link, deafAt } = facts;
  const heir = otherSide(node);
  const view = pair[heir];
  const who = heir === 'local' ? 'this node' : 'the peer';
  if (!isAnswering(view)) return [{ node, loses: 'service', why: `${who} ${describeNode(view)}` }];
  if (view.loading) return [{ node, loses: 'service', why: `${who} is ${describeNode(view)}` }];
  const writes = (why: string): Loss => ({ node, loses: 'writes', why });
  const kept = findings.filter(({ code }) => KEPT[heir].includes(code));
  const deaf = heir === 'local' && deafAt.length > 0 ? findings.filter(({ code }) => code === 'deaf') : [];
  const late = latenessIn(pair);
  return [
    ...[...kept, ...deaf].map(({ says }): Loss => ({ node, loses: 'service', why: says })),
    ...(view.redisRole === 'master'
      ? [writes('both nodes are masters, and each takes writes that the other one lacks')]
      : []),
    ...(view.redisRole === 'replica' && view.upstream?.who !== 'other-side'
      ? [writes(`${who} follows another server`)]
      : []),
    ...(view.upstream?.who === 'other-side' && !inStep(view)
      ? [writes(`${who} is not in step${link === undefined ? '' : `: ${link.why}`}`)]
      : []),
    ...(late === undefined ? [] : [writes(late.says)]),
    ...(gap === undefined ? [] : [writes(gap.says)]),
  ];
};

const isLinked = (view: Answering): boolean => view.upstream?.who === 'other-side' && inStep(view);

/**
 * What one node has and the other one lacks. Under one id the two are compared by the link alone: they were not read in the same
 * instant. What a master has, a link that is up is about to bring to the other side.
 */
const ownData = ({ pair }: OrderFacts): readonly Loss[] => {
  const { local, peer } = pair;
  if (!isAnswering(local) || !isAnswering(peer) || local.loading || peer.loading) return [];
  if (local.history.replid === peer.history.replid) return [];
  const held = [
    { node: 'local', is: isLinked(peer) || isContained(local, peer), other: 'the peer' },
    { node: 'peer', is: isLinked(local) || isContained(peer, local), other: 'this node' },
  ] as const;
  return held.flatMap(({ node, is, other }) =>
    is ? [] : [{ node, loses: 'writes', why: `${other} does not have all of its data` }],
  );
};

const isSameLoss = (one: Loss, other: Loss): boolean => one.node === other.node && one.loses === other.loses;

const lossesOf = (facts: OrderFacts, findings: readonly Finding[], serving: Side): readonly Loss[] => {
  const found = lossesWith(facts, findings, serving);
  return [...found, ...ownData(facts).filter((loss) => !found.some((one) => isSameLoss(one, loss)))];
};

/** What was not looked at, so that nothing is claimed of it. */
const isSeenWhole = ({ address, keepalived }: OrderFacts, serving: Side): boolean =>
  serving === 'peer' && address !== undefined && address.at !== 'unread' && keepalived !== 'unknown';

const riskText = (pair: PairView, { node, loses, why }: Loss, more: number): string => {
  const what = loses === 'service' ? 'would end the service' : 'would lose writes';
  const others = more === 0 ? '' : ` (and ${String(more)} more)`;
  return `at risk: losing ${nameOf(pair, node)} ${what}: ${why}${others}`;
};

/** The verdict on the facts, and on what `findingsOf` has made of them. */
export const survivalOf = (facts: OrderFacts, findings: readonly Finding[]): Survival => {
  const { pair } = facts;
  const outage = outageOf(facts, findings);
  if (outage?.verdict === 'down')
    return { verdict: 'down', says: `down: no client can write: ${outage.why}`, wouldLose: [] };
  const serving = servingSide(facts);
  if (outage !== undefined || serving === undefined) {
    const why = outage?.why ?? 'both nodes are masters, and nobody knows where the address is';
    return { verdict: 'unknown', says: `not known whether clients can write: ${why}`, wouldLose: [] };
  }
  const wouldLose = lossesOf(facts, findings, serving);
  const [first, ...more] = wouldLose;
  if (first !== undefined) return { verdict: 'at-risk', says: riskText(pair, first, more.length), wouldLose };
  const survives = 'would survive losing either node';
  const seen = isSeenWhole(facts, serving) ? '' : ', as far as is seen from here';
  const [trouble] = findings;
  return trouble === undefined
    ? { verdict: 'healthy', says: `healthy: ${survives}${seen}`, wouldLose }
    : { verdict: 'not-in-order', says: `not in order, but ${survives}${seen}: ${trouble.says}`, wouldLose };
};
