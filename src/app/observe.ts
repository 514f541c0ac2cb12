/**
 * Reads both nodes at the same moment and settles who follows whom.
 *
 * A replica names its master by whatever address it was told: a name, another interface, an address behind NAT. The
 * answer to "is that our peer?" therefore rests on resolved addresses and on the list of replicas that the other side
 * keeps, never on comparing two strings.
 */
import { isLoopback, isUnspecified, plainAddress } from '../address.ts';
import type { Answering, Endpoint, NodeView, PairView, ReplicaLine, Silent, Upstream } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import type { Clock, Interfaces, RedisNode, Resolver } from './ports.ts';

export interface Eyes {
  readonly local: RedisNode;
  readonly peer: RedisNode;
  /** Absent where nobody watches the peer. */
  readonly peerSilence?: PeerSilence;
  /** What somebody who watches the peer has just found: it is not asked then, for it would cost a time-out. */
  readonly peerKnown?: Silent | undefined;
  readonly interfaces: Interfaces;
  readonly resolver: Resolver;
  /** Opens a node outside the pair, to see whether somebody's upstream is a live master. */
  readonly open: (endpoint: Endpoint) => RedisNode;
}

/** What the resident knows of a peer that owes it an answer. */
export interface PeerSilence {
  /** How long it has been waiting for it by now; 0 where it is not. */
  readonly silentMs: () => number;
  /** Waiting longer than this finds out nothing new. */
  readonly patienceMs: number;
  readonly clock: Pick<Clock, 'delay'>;
}

interface Addresses {
  readonly local: readonly string[];
  readonly peer: readonly string[];
}

const addressesOf = async ({ local, peer, interfaces, resolver }: Eyes): Promise<Addresses> => {
  const [localResolved, peerResolved] = await Promise.all([
    resolver.resolve(local.endpoint.host),
    resolver.resolve(peer.endpoint.host),
  ]);
  const peerPlain = [peer.endpoint.host, ...peerResolved].map(plainAddress);
  const own = [local.endpoint.host, ...localResolved, ...interfaces.addresses()].map(plainAddress);
  return { local: own.filter((address) => !peerPlain.includes(address)), peer: peerPlain };
};

/** It says that it follows the other side, and that it hears it. */
const isLinked = (replica: NodeView): boolean =>
  isAnswering(replica) && replica.upstream?.who === 'other-side' && replica.upstream.linkUp;

/**
 * The line in `master`'s list that is `replica`, at `port` on one of `hosts`. Where the master sees it come from an address
 * that nobody told us, as behind NAT, it is the only one in the list, and says itself that it is there: a third server may
 * have the same port.
 */
const lineOf = (
  master: NodeView,
  replica: NodeView,
  hosts: readonly string[],
  port: number,
): ReplicaLine | undefined => {
  if (!isAnswering(master)) return undefined;
  const candidates = master.replicas.filter(({ endpoint }) => endpoint.port === port);
  const exact = candidates.find(({ endpoint }) => hosts.includes(plainAddress(endpoint.host)));
  return exact ?? (master.replicas.length === 1 && isLinked(replica) ? candidates[0] : undefined);
};

const whose = async (
  eyes: Eyes,
  upstream: Endpoint,
  own: Endpoint,
  mine: readonly string[],
  others: readonly string[],
  other: Endpoint,
) => {
  const resolved = [upstream.host, ...(await eyes.resolver.resolve(upstream.host))].map(plainAddress);
  const at = (hosts: readonly string[]): boolean => resolved.some((address) => hosts.includes(address));
  if (upstream.port === other.port && at(others)) return 'other-side' as const;
  if (upstream.port === own.port && (at(mine) || resolved.some((host) => isLoopback(host) || isUnspecified(host)))) {
    return 'itself' as const;
  }
  const third = eyes.open(upstream);
  try {
    return isMaster(await third.look()) ? ('third-master' as const) : ('third-silent' as const);
  } finally {
    third.close();
  }
};

const withUpstream = async (
  view: NodeView,
  identify: (upstream: Endpoint) => Promise<Upstream['who']>,
): Promise<NodeView> => {
  if (!isAnswering(view) || view.upstream === undefined) return view;
  const upstream: Upstream = { ...view.upstream, who: await identify(view.upstream.endpoint) };
  return { ...view, upstream } satisfies Answering;
};

/** How the peer reaches local: as it already does, or by what was configured, or by the address it sees us come from. */
const seenByPeer = (eyes: Eyes, line: ReplicaLine | undefined): Endpoint => {
  const { local, peer } = eyes;
  if (line !== undefined) return line.endpoint;
  const usable =
    !isUnspecified(local.endpoint.host) && (!isLoopback(local.endpoint.host) || isLoopback(peer.endpoint.host));
  const host = usable ? local.endpoint.host : (peer.sourceAddress() ?? local.endpoint.host);
  return { host: plainAddress(host), port: local.endpoint.port };
};

/** A question that has been open for as long as one waits is not asked once more. */
const silentPeer = ({ peerSilence, peerKnown }: Eyes): NodeView | undefined => {
  if (peerKnown !== undefined) return peerKnown;
  const silentMs = peerSilence?.silentMs() ?? 0;
  if (peerSilence === undefined || silentMs < peerSilence.patienceMs) return undefined;
  return { kind: 'frozen', why: `no answer for ${String(Math.round(silentMs))} ms` };
};

/** What the peer says, or that it owes somebody an answer for as long as one waits: whichever comes first. */
const peerInTime = async (eyes: Eyes): Promise<NodeView> => {
  const { peer, peerSilence } = eyes;
  const known = silentPeer(eyes);
  if (known !== undefined || peerSilence === undefined) return known ?? peer.look();
  const over = new AbortController();
  const looking = peer.look();
  const patience = peerSilence.clock.delay(peerSilence.patienceMs - peerSilence.silentMs(), over.signal);
  const first = await Promise.race([looking, patience.then(() => silentPeer(eyes))]);
  over.abort();
  return first ?? looking;
};

/**
 * Both nodes, read in parallel. Never throws: what cannot be read is part of the view. `onLocal` is told of local as soon
 * as it has answered, for a caller that may not wait for the peer.
 */
export const observe = async (eyes: Eyes, onLocal: (view: NodeView) => void = () => undefined): Promise<PairView> => {
  const looking = eyes.local.look().then((view) => {
    onLocal(view);
    return view;
  });
  const [localSeen, peerSeen] = await Promise.all([looking, peerInTime(eyes)]);
  return settlePair(eyes, localSeen, peerSeen);
};

/** Two looks as a pair: settles who follows whom. */
export const settlePair = async (eyes: Eyes, localSeen: NodeView, peerSeen: NodeView): Promise<PairView> => {
  const addresses = await addressesOf(eyes);
  const [own, other] = [eyes.local.endpoint, eyes.peer.endpoint];
  const [local, peer] = await Promise.all([
    withUpstream(localSeen, (upstream) => whose(eyes, upstream, own, addresses.local, addresses.peer, other)),
    withUpstream(peerSeen, (upstream) => whose(eyes, upstream, other, addresses.peer, addresses.local, own)),
  ]);
  const localAtPeer = lineOf(peer, local, addresses.local, own.port);
  const peerAtLocal = lineOf(local, peer, addresses.peer, other.port);
  return {
    local,
    peer,
    localEndpoint: own,
    peerEndpoint: other,
    localSeenByPeer: seenByPeer(eyes, localAtPeer),
    localAtPeer,
    ...(peerAtLocal === undefined ? {} : { peerAtLocal }),
  };
};
