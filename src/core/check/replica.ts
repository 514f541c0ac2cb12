/** Rows 50-69: local is a replica. */
import type { CheckFacts } from '../check-facts.ts';
import type { FoundGap } from '../gap.ts';
import { gapBeside } from '../gap.ts';
import { isAnswering, isClosedAtAddress, isMaster } from '../model.ts';
import { neverHadKeys } from '../relation.ts';
import { comesBackWithMore } from '../restart.ts';
import { inStep } from '../situation.ts';
import type { Section } from '../table.ts';
import type { FitnessRow } from './row.ts';
import { atWork, compared, isAway, localWords, peerMaster, underAddress, wipes, withinBudget, words } from './row.ts';

/** Between its demotion and the promotion of the other side, a hand-over that the peer drives leaves no master. */
const HAND_OVER_MOMENT_MS = 1500;
/**
 * A link that was up may be down because the master has just died, which the next look at the peer will tell: this is no
 * moment for its only heir to call itself unfit.
 */
const LINK_MOMENT_MS = 1000;
const wipedByPeer = (facts: CheckFacts): boolean => wipes(facts, 'peer');

/** A repair that comes and goes makes a read-only node under the address no younger. */
const readOnly = (): string => 'read-only under the address';

const bringsMore = (facts: CheckFacts): boolean => {
  const both = compared(facts);
  return both !== undefined && isMaster(both.peer) && comesBackWithMore(both.local, both.peer, facts.memory);
};

const gapOfLocal = ({ local, peer, memory }: CheckFacts): FoundGap | undefined =>
  gapBeside('local', local, peer, memory?.data);

const followsOther = ({ local }: CheckFacts): boolean =>
  isAnswering(local) && local.upstream !== undefined && local.upstream.who !== 'other-side';

export const REPLICA_FIRST: Section<FitnessRow> = {
  title: 'local is a replica, and what may not wait',
  from: 50,
  to: 59,
  rows: [
    {
      id: 50,
      when: (facts) => underAddress(facts) && atWork(facts) && withinBudget(facts),
      fit: true,
      seen: 'replica under the address, a command is at work',
      does: 'fit for `hand_over_budget`',
      why: (facts) => `a command is making it the master: ${localWords(facts)}`,
      agesAs: readOnly,
    },
    {
      id: 51,
      when: wipedByPeer,
      fit: true,
      seen: 'replica, and the peer restarted without what local has: Redis is about to copy it over local',
      does: 'fit; heals',
      why: (facts) =>
        `the peer restarted without what local has, and Redis is about to copy it over local: ${words(facts)}`,
      healsAfterMs: 0,
      isUrgent: true,
    },
    {
      id: 61,
      standsHere: 'what it brings back is saved under the address too, where row 52 would only let the address go',
      when: bringsMore,
      fit: false,
      seen: 'a replica that restarted with data that the master lacks: it was the master itself, or the master has lost data meanwhile',
      does: 'unfit; heals: its data is saved before the sync',
      why: (facts) => `it came back with data that the master has not, which a sync would overwrite: ${words(facts)}`,
      healsAfterMs: 0,
      isUrgent: true,
    },
    {
      id: 52,
      when: (facts) => underAddress(facts) && peerMaster(facts),
      fit: false,
      seen: 'replica under the address, the peer is the master',
      does: 'unfit: the address follows the role',
      why: (facts) => `the address is here but the role is at the peer, so the address follows: ${words(facts)}`,
    },
    {
      id: 54,
      when: underAddress,
      fit: withinBudget,
      seen: 'replica under the address, nobody is a master',
      does: 'fit for `hand_over_budget`; heals',
      why: (facts) => `the address is here and nobody is a master: ${words(facts)}`,
      healsAfterMs: HAND_OVER_MOMENT_MS,
      agesAs: readOnly,
    },
  ],
};

export const REPLICA: Section<FitnessRow> = {
  title: 'local is a replica',
  from: 60,
  to: 69,
  rows: [
    {
      id: 60,
      when: (facts) => peerMaster(facts) && followsOther(facts),
      fit: false,
      seen: 'the peer is the master and local does not follow it',
      does: 'unfit; heals',
      why: (facts) => `the peer is the master and local does not follow it: ${words(facts)}`,
      healsAfterMs: 0,
    },
    {
      id: 62,
      when: (facts) => peerMaster(facts) && isAnswering(facts.local) && !inStep(facts.local),
      fit: ({ wasFit, unchangedMs }) => wasFit === true && unchangedMs < LINK_MOMENT_MS,
      seen: 'the peer is the master and local is not in step with it',
      does: 'unfit, after a second where it was fit before: VRRP must not elect it yet',
      why: (facts) => `not in step with the live master: ${localWords(facts)}`,
      isLinkDown: true,
    },
    {
      id: 63,
      when: (facts) => gapOfLocal(facts)?.kind === 'upgraded',
      fit: false,
      seen: 'the peer is the master; local was older than its master, and was upgraded on its old data',
      does: 'unfit; heals: it gets a full copy',
      why: (facts) => gapOfLocal(facts)?.words ?? '',
      healsAfterMs: 0,
    },
    {
      id: 64,
      when: ({ local, peer, memory }) =>
        isAnswering(local) &&
        neverHadKeys(local) &&
        (memory?.keys ?? 0) > 0 &&
        !(peer !== undefined && isAnswering(peer)),
      fit: false,
      seen: 'lost its data: empty, though the pair held keys, and the peer does not answer',
      does: 'unfit',
      why: ({ memory }) => `empty, though the pair held ${String(memory?.keys)} keys, and the peer does not answer`,
    },
    {
      id: 65,
      when: (facts) => gapOfLocal(facts) !== undefined,
      fit: false,
      seen: 'the peer is the master, and local is older and may lack writes: it has refused commands that it does not know',
      does: 'unfit',
      why: (facts) => gapOfLocal(facts)?.words ?? '',
    },
    {
      id: 67,
      standsHere: 'row 66 takes every other replica',
      when: ({ local }) => isClosedAtAddress(local),
      fit: true,
      seen: 'replica, address not here, its port is still closed at the address',
      does: 'fit; heals',
      why: (facts) => `its port is still closed at the virtual address, since a hand-over: ${localWords(facts)}`,
      healsAfterMs: 0,
    },
    {
      id: 66,
      fit: true,
      seen: 'replica, anything else',
      does: 'fit',
      why: localWords,
      isSound: ({ peer }) => !isAway(peer),
      isInOrder: (facts) => facts.peer === undefined || peerMaster(facts),
    },
  ],
};
