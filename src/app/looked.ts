/** What `status` finds out about the pair besides INFO of both servers: who answers where, as of now. Changes nothing. */
import type { AddressFound } from '../core/order.ts';
import type { Endpoint, NodeView, PairView } from '../core/model.ts';
import { isAnswering } from '../core/model.ts';
import { describeNode } from '../core/situation.ts';
import type { Eyes } from './observe.ts';

const lookAt = async ({ open }: Eyes, endpoint: Endpoint): Promise<NodeView> => {
  const node = open(endpoint);
  try {
    return await node.look();
  } finally {
    node.close();
  }
};

const runOf = (view: NodeView): string | undefined => (isAnswering(view) ? view.runId : undefined);

const placeOf = (view: NodeView, { local, peer }: PairView): AddressFound['at'] => {
  const run = runOf(view);
  if (run !== undefined) return run === runOf(peer) ? 'peer' : run === runOf(local) ? 'here' : 'stranger';
  if (view.kind === 'refused') return 'refused';
  return view.kind === 'unreachable' || view.kind === 'unresolved' ? 'nowhere' : 'unread';
};

/** Where the address is; one that this host has is asked too, since Redis need not listen there. */
export const findAddress = async (
  eyes: Eyes,
  pair: PairView,
  address: string,
  isHere: boolean,
): Promise<{ readonly found: AddressFound; readonly isDeaf: boolean }> => {
  const port = isHere ? pair.localEndpoint.port : pair.peerEndpoint.port;
  const view = await lookAt(eyes, { host: address, port });
  const why = isAnswering(view) ? undefined : describeNode(view);
  const at = isHere ? 'here' : placeOf(view, pair);
  return { found: { address, at, why }, isDeaf: isHere && view.kind === 'refused' };
};

/** Where the other node finds local, by itself or by our connection to it; `undefined` where nobody can tell. */
const ownAddress = ({ peer }: Eyes, pair: PairView): string | undefined => {
  const upstream = isAnswering(pair.peer) ? pair.peer.upstream : undefined;
  if (upstream?.who === 'other-side') return upstream.endpoint.host;
  return pair.localAtPeer?.endpoint.host ?? peer.sourceAddress();
};

/** The address of its own at which local does not listen although it answers elsewhere. */
export const deafAtOwn = async (eyes: Eyes, pair: PairView): Promise<string | undefined> => {
  const own = ownAddress(eyes, pair);
  if (own === undefined || own === pair.localEndpoint.host || !isAnswering(pair.local)) return undefined;
  const view = await lookAt(eyes, { host: own, port: pair.localEndpoint.port });
  return view.kind === 'refused' ? own : undefined;
};
