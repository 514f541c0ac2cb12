/** What a look at one of the two servers says about who may write. */
import type { Answering, NodeView, ReplicaLine } from '../model.ts';
import { isAnswering } from '../model.ts';
import type { LocalSeen, PeerState } from './model.ts';

/** Replicas that are neither a licence nor a rescue: those show at port 0, and are not in the list. */
const online = ({ replicas }: Answering): readonly ReplicaLine[] => replicas.filter((line) => line.online);

const isGood =
  ({ counted }: Answering) =>
  ({ lagSeconds = 0 }: ReplicaLine): boolean =>
    lagSeconds <= (counted?.maxLagSeconds ?? 0);

const goodLines = (view: Answering): number => online(view).filter(isGood(view)).length;

export const localSeen = (view: NodeView, before: LocalSeen | undefined): LocalSeen => {
  if (!isAnswering(view)) {
    const nothing = {
      runId: '',
      replid: '',
      hasBacklog: false,
      isBound: false,
      isFed: false,
      isFenced: false,
      hasStale: false,
    };
    return { ...nothing, maxLagSeconds: 0, ...before, role: 'silent' };
  }
  const { redisRole, runId, history, backlogFirstOffset, counted, fence } = view;
  return {
    role: redisRole,
    runId,
    replid: history.replid,
    hasBacklog: backlogFirstOffset !== undefined,
    isBound: counted !== undefined,
    isFed: counted !== undefined && goodLines(view) >= counted.toWrite,
    isFenced: fence !== undefined,
    hasStale: online(view).some((line) => !isGood(view)(line)),
    maxLagSeconds: counted?.maxLagSeconds ?? before?.maxLagSeconds ?? 0,
  };
};

/**
 * An old link of a replica that is not good any more may still bring an acknowledgement: only one without any is bound. A fence
 * holds writes back as well, but whoever takes it down lets them go.
 */
const isBoundNow = ({ replicas, counted }: Answering): boolean =>
  counted !== undefined && counted.good < counted.toWrite && replicas.length < counted.toWrite;

export const peerState = (view: NodeView): PeerState => {
  if (view.kind === 'refused') return 'gone';
  if (!isAnswering(view)) return 'silent';
  if (view.counted === undefined) return 'unbound';
  if (view.redisRole === 'replica') return 'replica';
  return isBoundNow(view) ? 'bound' : 'writes';
};

/** It cannot write at this moment, and not later without an acknowledgement from somewhere. */
export const isHarmless = (peer: PeerState | undefined): boolean =>
  peer !== undefined && ['gone', 'replica', 'bound'].includes(peer);

/** A master with one more replica that counts than it shows: it goes on taking writes when those leave. */
export const hasLicence = (view: NodeView): boolean =>
  isAnswering(view) && (view.counted === undefined || view.counted.good > online(view).length);

/** Local was the same master all the time between two looks: it has acknowledged nothing to anybody in between. */
export const isSameReign = (before: LocalSeen | undefined, view: Answering): boolean => {
  if (before?.role === 'replica' || before?.runId !== view.runId || view.redisRole !== 'master') return false;
  // The first replica of a server without a backlog begins a new history. Source: redis/src/replication.c syncCommand.
  const hasBegun = !before.hasBacklog && view.history.replid2 === undefined;
  return before.replid === view.history.replid || hasBegun;
};
