/** How far the replica of a pair is behind its master. */
import type { NodeView, PairView, Side } from './model.ts';
import { formatEndpoint, isAnswering, isMaster } from './model.ts';
import { inStep } from './situation.ts';

export interface Lag {
  /** Who is behind. */
  readonly side: Side;
  /** Of the replication stream; `undefined` where the two cannot be compared. */
  readonly bytes: number | undefined;
  /** Since it has confirmed an offset or, where its link is down, since it was up; `undefined` where nobody says. */
  readonly seconds: number | undefined;
}

const follows = (view: NodeView): boolean => isAnswering(view) && view.upstream?.who === 'other-side';

/** Whoever follows the other side of the pair. */
const replicaSide = ({ local, peer }: PairView): Side | undefined => {
  if (follows(local) && !(isAnswering(peer) && !isMaster(peer))) return 'local';
  return follows(peer) && !(isAnswering(local) && !isMaster(local)) ? 'peer' : undefined;
};

/** The two are read at the same moment and not in the same instant: a replica may seem ahead. */
const bytesBehind = (replica: NodeView, master: NodeView): number | undefined => {
  if (!isAnswering(replica) || !isAnswering(master)) return undefined;
  if (replica.history.replid === '' || replica.history.replid !== master.history.replid) return undefined;
  return Math.max(0, master.history.offset - replica.history.offset);
};

/** `undefined` where neither follows the other. */
export const lagOf = (pair: PairView): Lag | undefined => {
  const side = replicaSide(pair);
  if (side === undefined) return undefined;
  const [replica, master, line] =
    side === 'local' ? [pair.local, pair.peer, pair.localAtPeer] : [pair.peer, pair.local, pair.peerAtLocal];
  const { linkUp = false, linkDownSeconds = -1 } = (isAnswering(replica) ? replica.upstream : undefined) ?? {};
  const downSeconds = linkDownSeconds < 0 ? undefined : linkDownSeconds;
  return { side, bytes: bytesBehind(replica, master), seconds: linkUp ? line?.lagSeconds : downSeconds };
};

/** A replica confirms what it has every second. Source: redis/src/replication.c replicationCron (REPLCONF ACK). */
const LATE_SECONDS = 10;

/** What is wrong where the link is up, and the replica has confirmed nothing for long. */
export const latenessIn = (pair: PairView): { readonly says: string; readonly next: string } | undefined => {
  const lag = lagOf(pair);
  const view = lag === undefined ? undefined : pair[lag.side];
  if (lag?.seconds === undefined || view === undefined || !isAnswering(view) || !inStep(view)) return undefined;
  if (lag.seconds < LATE_SECONDS) return undefined;
  const [who, at] = lag.side === 'local' ? ['local', pair.localEndpoint] : ['the peer', pair.peerEndpoint];
  return {
    says: `${who} follows, and has confirmed no write for ${String(lag.seconds)} s`,
    next: `ping ${at.host}; redis-cli -h ${at.host} -p ${String(at.port)} --latency: is ${formatEndpoint(at)} slow, or the network?`,
  };
};
