/**
 * A Redis came back from a restart and is about to copy something over what only one side has. These rows are the same
 * whatever is wanted of the node: what would be overwritten is detached first, and compared afterwards.
 */
import type { Intent } from '../model.ts';
import type { Situation } from '../situation.ts';
import type { Rule } from './rule.ts';
import { addressOfOther, localBringsMore, lostItsReplicasData, wouldBeWiped, wouldWipeReplica } from './rule.ts';

/** Local is a master that lost data which its replica still has: all that it has left, or other data meanwhile. */
export const losesItsReplicasData = (intents: readonly Intent[], lessId: number, otherId: number): readonly Rule[] => [
  {
    id: lessId,
    name: 'the peer follows us but has data that we lost: it leads first',
    intents,
    situations: ['LocalMasterWithReplica'],
    when: lostItsReplicasData,
    seen: 'local lacks data that its replica has, and this host has not decided that it leads',
    does: `promote the peer, then local follows it${intents.includes('master') ? '; the role comes back by rule 300' : ''}`,
    why: () => 'local restarted with less than its replica still has; the next full sync would wipe the replica',
    steps: (facts) => [
      { kind: 'promote', side: 'peer', reason: 'it has the data that local lost' },
      { kind: 'follow', side: 'local', of: addressOfOther(facts, 'local'), covered: 'harmless' },
    ],
  },
  {
    id: otherId,
    name: 'local would wipe its replica: the replica is detached first',
    intents,
    situations: ['LocalMasterWithReplica'],
    when: wouldWipeReplica,
    seen: "local restarted less than 2 minutes ago without what its replica has, though the replica's link may still look up",
    does: 'promote the peer, so that Redis does not copy local over it',
    why: () => 'local restarted with other data than its replica has, and Redis is about to copy it over the replica',
    steps: () => [{ kind: 'promote', side: 'peer', reason: 'its data is not in local' }],
  },
];

/** The peer is a master that lost data which local, its replica, still has. */
export const keepsWhatThePeerLost = (intents: readonly Intent[], id: number): Rule => ({
  id,
  name: 'the peer would wipe local: local is detached first',
  intents,
  situations: ['PeerMasterWithReplica', 'PeerMasterLinkDown'],
  when: wouldBeWiped,
  seen: 'the peer restarted less than 2 minutes ago without what local, its replica, still has',
  does: 'promote local, so that Redis does not copy the peer over it',
  why: () => 'the peer restarted without what its replica, local, still has, and Redis is about to copy it over local',
  steps: () => [{ kind: 'promote', side: 'local', reason: 'its data is not in the peer' }],
});

/** Local is back as a replica with what it never sent as a master, or with what its master has lost meanwhile. */
export const savesWhatItBringsBack = (
  intents: readonly Intent[],
  id: number,
  situation: Situation = 'PeerMasterLinkDown',
): Rule => ({
  id,
  name: 'local came back with data that the master has not: it is saved first',
  intents,
  situations: [situation],
  when: localBringsMore,
  seen: 'local came back with more',
  does: 'promote local, so that its data is not overwritten',
  why: () =>
    'local restarted with data that the master has not, and the sync that is about to begin would overwrite it',
  steps: () => [{ kind: 'promote', side: 'local', reason: 'until its data is saved', purpose: 'keep-its-data' }],
});
