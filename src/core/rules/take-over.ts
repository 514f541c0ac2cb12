/** Rows 330-399: local is to be the master (`master`, `promote`), and there is none. */
import { gapOf } from '../gap.ts';
import type { SilenceKind } from '../model.ts';
import { isAliveButSilent, isAnswering } from '../model.ts';
import { neverHadKeys } from '../relation.ts';
import type { Section } from '../table.ts';
import type { Facts, Rule } from './rule.ts';
import { addressOfOther, answering, harmless, peerWords, refuse, TAKE, wait, withinSyncTimeout } from './rule.ts';

/** Local is empty though the pair held keys when it was last seen whole. */
const lostItsData = (facts: Facts): boolean => {
  const { pair, memory, policy, forced } = facts;
  const isLost = isAnswering(pair.local) && neverHadKeys(pair.local);
  return isLost && (memory?.keys ?? 0) > 0 && policy.onEmpty === 'refuse' && !forced;
};

/** It is alive, though nobody can look into it: to take over would make a second master. */
const mayServe = ({ pair, peerServes }: Facts): boolean => peerServes === true || isAliveButSilent(pair.peer);

/** What a person does instead of a takeover, by what keeps us from looking at the peer. */
const HINTS: Readonly<Record<SilenceKind, string>> = {
  refused: 'start its Redis again; if it is really gone: redisha promote --force',
  unreachable: 'look at the host and at the firewall between; if it is really gone: redisha promote --force',
  unresolved: 'mend its name, or name it by its address',
  frozen: 'look at its Redis; if it is really gone: redisha promote --force',
  garbled:
    'look at who listens there, and at tls in redisha.toml; if its Redis is really gone: redisha promote --force',
  busy: 'wait for its script, or end it: redis-cli SCRIPT KILL',
  locked: 'put the password that it takes into password_file: redisha config show',
  denied: 'give both servers a password, or set protected-mode no there',
  full: 'raise maxclients there: redis-cli CONFIG SET maxclients NUMBER',
  unasked: 'free file descriptors or memory on this host, and try again',
};

const hintOf = ({ pair: { peer }, peerServes }: Facts): string => {
  if (isAnswering(peer)) return 'wait until it has loaded its dataset; if it never will: redisha promote --force';
  const hint = HINTS[peer.kind];
  return peerServes === true ? hint.replace(/;[^;]*--force$/, '') : hint;
};

const PEER_GONE: readonly Rule[] = [
  {
    id: 330,
    name: 'an empty node is not promoted where there was data',
    intents: TAKE,
    situations: ['ReplicaPeerSilent', 'ReplicaPeerLoading'],
    when: lostItsData,
    seen: 'local lost its data: it is empty though the pair held keys when it was last whole; `on_empty` is `refuse`; no `--force`',
    does: 'refuse (4)',
    why: ({ memory }) => `local is empty, but the pair held ${String(memory?.keys)} keys when it was last whole`,
    steps: () => refuse('bring the peer back, or give the data up with "redisha promote --force"'),
  },
  {
    id: 332,
    name: 'a person takes over only on purpose',
    intents: ['promote'],
    situations: ['ReplicaPeerSilent', 'ReplicaPeerLoading'],
    when: ({ forced }) => !forced,
    seen: 'no `--force`',
    does: 'refuse (4)',
    why: (facts) =>
      `${peerWords(facts)}${facts.peerServes === true ? ', but serves its clients at the address' : ''}: a hand-over is not possible, only a takeover`,
    steps: (facts) => refuse(hintOf(facts)),
  },
  {
    id: 334,
    name: 'the peer may only be slow',
    intents: TAKE,
    situations: ['ReplicaPeerSilent'],
    when: ({ pair, unchangedMs, peerSilentMs = 0, policy }) =>
      (pair.peer.kind === 'frozen' || pair.peer.kind === 'garbled') &&
      Math.max(unchangedMs, peerSilentMs) < policy.frozenTimeoutMs,
    seen: 'the peer accepts connections and stays silent, ends them, or does not speak Redis, for less than `frozen_timeout`',
    does: 'wait',
    why: (facts) => peerWords(facts),
    steps: () => wait('the peer answers or its time is up'),
  },
  {
    id: 336,
    name: 'the peer is alive, but does not let us in',
    intents: TAKE,
    situations: ['ReplicaPeerSilent'],
    when: (facts) => isAliveButSilent(facts.pair.peer) && withinSyncTimeout(facts) && !facts.forced,
    seen: 'the peer is alive but does not let us in, or could not be asked from this host, for less than `sync_timeout`; no `--force`',
    does: 'wait',
    why: (facts) => peerWords(facts),
    steps: () => wait('the peer answers or its time is up'),
  },
  {
    id: 338,
    name: 'an empty node waits for a peer that is loading',
    intents: TAKE,
    situations: ['ReplicaPeerLoading'],
    when: (facts) => neverHadKeys(answering(facts, 'local')) && withinSyncTimeout(facts),
    seen: 'local is empty, less than `sync_timeout`',
    does: 'wait',
    why: (facts) => `local is empty and ${peerWords(facts)}`,
    steps: () => wait('the peer has loaded its dataset'),
  },
  {
    id: 340,
    name: 'takeover',
    intents: TAKE,
    situations: ['ReplicaPeerSilent', 'ReplicaPeerLoading'],
    does: 'take over: promote local',
    why: (facts) => `${peerWords(facts)}; local has the newest data that can be reached`,
    steps: (facts) => [
      { kind: 'promote', side: 'local', reason: mayServe(facts) ? 'by choice' : 'the peer does not serve' },
    ],
  },
];

/** Local is older, and what it followed as its master may have been the peer. */
const mayLack = (facts: Facts): boolean => {
  const [local, peer] = [answering(facts, 'local'), answering(facts, 'peer')];
  return !facts.forced && gapOf(local, peer, facts.memory?.data) !== undefined;
};

/** Nobody writes while there is no master, so the offsets of two replicas may be compared. */
const peerHasMore = (facts: Facts): boolean => harmless(facts, 'local') && (!harmless(facts, 'peer') || mayLack(facts));

/** Local need not speak for that: Redis copies a new master over its replicas by itself. */
const followsWithDataOfItsOwn = (facts: Facts): boolean =>
  answering(facts, 'peer').upstream?.who === 'other-side' && !harmless(facts, 'peer');

const NO_MASTER: readonly Rule[] = [
  {
    id: 360,
    name: 'no master: the peer has more, so it leads first',
    intents: TAKE,
    situations: ['MutualReplicas', 'NoMaster'],
    when: peerHasMore,
    seen: 'the peer has everything of local, and more, or local is older and may lack writes',
    does: 'promote the peer, then local follows it; the role comes back by rule 300',
    why: () => 'neither node is a master, and the peer has everything that local has, and more',
    steps: (facts) => [
      { kind: 'promote', side: 'peer', reason: 'it has the newest data' },
      { kind: 'follow', side: 'local', of: addressOfOther(facts, 'local'), covered: 'harmless' },
    ],
  },
  {
    id: 361,
    name: 'no master, and the peer would be overwritten as soon as local leads: it is detached first',
    intents: TAKE,
    situations: ['MutualReplicas', 'NoMaster'],
    when: followsWithDataOfItsOwn,
    seen: 'the peer follows local, and holds what local has not',
    does: 'promote the peer, so that its data is not overwritten, then local; then rule 220-229',
    why: () => 'neither node is a master, and Redis would copy local over what only the peer has',
    steps: () => [
      { kind: 'promote', side: 'peer', reason: 'its data is not in local' },
      { kind: 'promote', side: 'local', reason: 'neither node is a master' },
    ],
  },
  {
    id: 362,
    name: 'no master: local leads',
    intents: TAKE,
    situations: ['MutualReplicas', 'NoMaster'],
    does: 'promote local',
    why: (facts) =>
      harmless(facts, 'peer')
        ? 'neither node is a master, and local has everything that the peer has'
        : 'neither node is a master, the datasets differ, and the address is here',
    steps: () => [{ kind: 'promote', side: 'local', reason: 'neither node is a master' }],
  },
];

export const TAKE_OVER_RULES: readonly Section<Rule>[] = [
  { title: '`master` and `promote`, there is no master', from: 330, to: 399, rows: [...PEER_GONE, ...NO_MASTER] },
];
