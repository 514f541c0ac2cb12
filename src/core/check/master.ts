/** Rows 30-49: local is a master. */
import type { CheckFacts } from '../check-facts.ts';
import { isAnswering, isClosedAtAddress, isMaster } from '../model.ts';
import { describeRelation, hasHardlyWritten, isContained, relation } from '../relation.ts';
import { isDecided } from '../restart.ts';
import type { Section } from '../table.ts';
import type { FitnessRow } from './row.ts';
import {
  compared,
  isAway,
  isBeside,
  localMaster,
  localWords,
  peerMaster,
  underAddress,
  wipes,
  withinBudget,
  words,
} from './row.ts';

/** How long the node with the address gets to settle a pair with two masters before this one may compete for it. */
const RIVAL_MS = 10_000;

/**
 * Two that meet again both have the address until their keepaliveds have heard each other. Which of them keeps it, they say
 * within one advert; a repair before that could be one on either side, each of which holds the other one's writes.
 */
const VRRP_SETTLES_MS = 2500;

/** As long where nobody is told of adverts: the files of the scripts have three seconds between two. */
const UNHEARD_SETTLES_MS = 4000;

const haveBothWritten = (facts: CheckFacts): boolean => {
  const both = compared(facts);
  if (both === undefined) return false;
  return !hasHardlyWritten(both.local, both.peer) && !hasHardlyWritten(both.peer, both.local);
};

/** Where one side has written nothing, two repairs come to the same end, and before clients change sides. */
const onceSettled = (facts: CheckFacts): number => {
  const { hasHeardRival, startsAtOnce } = facts;
  if (hasHeardRival !== undefined) return hasHeardRival ? 0 : VRRP_SETTLES_MS;
  return startsAtOnce === true && haveBothWritten(facts) ? UNHEARD_SETTLES_MS : 0;
};

const wipesReplica = (facts: CheckFacts): boolean => wipes(facts, 'local');

/** The peer has everything that local has, and more; where it follows local all the same, nobody has decided that here. */
const hasLostData = (facts: CheckFacts): boolean => {
  const both = compared(facts);
  if (both?.lack !== true) return false;
  return both.peer.upstream?.who !== 'other-side' || !isDecided(both, facts.memory);
};

/** A moment in which neither holds a key makes two masters no younger. */
const rivals = ({ peer }: CheckFacts): string | undefined =>
  peer !== undefined && isMaster(peer) ? 'two masters' : undefined;

/** What local alone has, in words; `undefined` where it has nothing of its own. */
const differs = (facts: CheckFacts): string | undefined => {
  const both = compared(facts);
  if (both === undefined) return undefined;
  const found = relation(both.local, both.peer);
  return isContained(both.local, both.peer) || found.kind === 'ahead' ? undefined : describeRelation(found);
};

const hasLeftovers = ({ local, peer }: CheckFacts): boolean =>
  [local, peer].some(
    (view) => view !== undefined && isAnswering(view) && (view.fence !== undefined || view.failover !== 'none'),
  );

/** Whoever moves the role opens the port itself within this time, or is about to demote the master. */
const OPENED_MS = 1500;
const isClosed = ({ local, peer }: CheckFacts): boolean => [local, peer].some(isClosedAtAddress);

export const LOCAL_MASTER: Section<FitnessRow> = {
  title: 'local is a master',
  from: 30,
  to: 49,
  rows: [
    {
      id: 30,
      when: (facts) => localMaster(facts) && hasLostData(facts),
      fit: (facts) => underAddress(facts) && withinBudget(facts),
      seen: 'master, but the peer has all of its data, and more',
      does: 'fit for `hand_over_budget` (20 s) under the address, else unfit; heals, beside another master as row 32',
      why: (facts) => `master, but the peer has everything that it has, and more: ${words(facts)}`,
      healsAfterMs: (facts) => (underAddress(facts) && peerMaster(facts) ? onceSettled(facts) : 0),
    },
    {
      id: 31,
      when: wipesReplica,
      fit: true,
      seen: 'master, and Redis is about to copy it over a replica with other data',
      does: 'fit; heals',
      why: (facts) => `master, and Redis is about to copy it over a replica that has other data: ${words(facts)}`,
      healsAfterMs: 0,
      isUrgent: true,
    },
    {
      id: 32,
      when: (facts) => localMaster(facts) && peerMaster(facts) && underAddress(facts),
      fit: true,
      seen: 'one of two masters, address here',
      does: 'fit; heals. Where events of keepalived are heard: once keepalived keeps the address beside the other node, or after 2.5 s. Elsewhere: after 4 s if both took writes, otherwise at once',
      why: (facts) => `two masters, and the address is here: ${words(facts)}`,
      healsAfterMs: onceSettled,
    },
    {
      id: 34,
      when: (facts) => localMaster(facts) && peerMaster(facts) && differs(facts) !== undefined,
      fit: ({ unchangedMs }) => unchangedMs >= RIVAL_MS,
      seen: 'one of two masters with diverged or unrelated data, address not here',
      does: 'unfit for 10 s, then fit',
      why: (facts) => `two masters, and the address is not here; ${differs(facts) ?? ''}`,
      agesAs: rivals,
    },
    {
      id: 35,
      when: (facts) => localMaster(facts) && underAddress(facts) && isClosed(facts) && !hasLeftovers(facts),
      fit: true,
      seen: 'master under the address, a port is still closed there, and nothing else is left over',
      does: 'fit; heals after 1.5 s',
      why: (facts) => `master, and a port is still closed at the virtual address, since a hand-over: ${words(facts)}`,
      healsAfterMs: OPENED_MS,
      isInOrder: ({ unchangedMs }) => unchangedMs < OPENED_MS,
    },
    {
      id: 36,
      when: (facts) => localMaster(facts) && underAddress(facts) && hasLeftovers(facts),
      fit: true,
      seen: 'master under the address, with a fence or a FAILOVER left over',
      does: 'fit; heals',
      why: () => 'master, with something left over from an interrupted hand-over',
      healsAfterMs: 0,
    },
    {
      id: 37,
      when: (facts) => localMaster(facts) && underAddress(facts) && facts.wasApart === true && !isAway(facts.peer),
      fit: true,
      seen: 'master under the address; a moment ago the peer could not be reached, or was a master too',
      does: 'fit; heals: the network is told where the address is',
      why: (facts) => `master, and the two are together again: ${words(facts)}`,
      healsAfterMs: 0,
    },
    {
      id: 38,
      when: localMaster,
      fit: true,
      seen: 'master',
      does: 'fit',
      why: localWords,
      agesAs: rivals,
      isSound: (facts) => !isAway(facts.peer) && rivals(facts) === undefined,
      isInOrder: (facts) => isBeside(facts) && rivals(facts) === undefined,
    },
  ],
};
