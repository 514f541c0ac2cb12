/**
 * Rules and ports that are wrong on purpose. Each stands for a mistake that somebody could make; a judge who does not
 * notice it is worth nothing.
 */
import type { Side } from '../../src/core/model.ts';
import { isContained } from '../../src/core/relation.ts';
import type { Step } from '../../src/core/steps.ts';
import type { Facts, Rule } from '../../src/core/rules/rule.ts';
import { addressOfOther, answering, behind } from '../../src/core/rules/rule.ts';
import { RULES } from '../../src/core/rules.ts';
import { oneSided } from './one-sided.ts';
import type { Blow, Story } from './story.ts';
import { storyOf } from './story.ts';
import { comesBackLate, lastHeard, witnessed } from './witnessed.ts';
import type { Faults } from './words.ts';

export interface Mutant {
  readonly name: string;
  /** Wrong rules, by the number of the right one. */
  readonly rules?: Readonly<Record<number, Partial<Rule>>>;
  readonly faults?: Faults;
  /** Stories in which the mistake matters, where the common ones hardly ever come to it. */
  readonly stories?: (seed: number) => Story;
}

const followPeer = (facts: Facts): Step => ({
  kind: 'follow',
  side: 'local',
  of: addressOfOther(facts, 'local'),
  covered: 'by-choice',
});

const makePeerFollow = (facts: Facts): readonly Step[] => [
  { kind: 'follow', side: 'peer', of: addressOfOther(facts, 'peer'), covered: 'by-choice' },
];

const promoteLocal = (): readonly Step[] => [{ kind: 'promote', side: 'local', reason: 'a mistake' }];

/** A hand-over by fence that is killed somewhere. */
const killedUnderFence = (seed: number): Story => {
  const story = storyOf(seed);
  return {
    ...story,
    config: { ...story.config, allowPause: false, allowFailover: false },
    blows: [
      { atMs: 9000, kind: 'kill', node: 0, afterCalls: 5 + (seed % 60) },
      { atMs: 9000, kind: 'kill', node: 1, afterCalls: 5 + (seed % 60) },
      { atMs: 9010, kind: 'promote', node: 0 },
      { atMs: 9010, kind: 'promote', node: 1 },
    ],
  };
};

/** A `promote` that is killed somewhere between the closed port and the address that follows. */
const killedAtTheAddress = (seed: number): Story => {
  const story = storyOf(seed);
  const blows = ([0, 1] as const).flatMap((node): Blow[] => [
    { atMs: 9000, kind: 'kill', node, afterCalls: 5 + (seed % 60) },
    { atMs: 9010, kind: 'promote', node },
  ]);
  return { ...story, config: { ...story.config, allowPause: true }, blows };
};

/** The address goes to and fro faster than the commands can follow. */
const flapping = (seed: number): Story => {
  const story = storyOf(seed);
  const storms = [0, 1, 2, 3].flatMap((nth): Blow[] => [
    { atMs: 9000 + nth * 700, kind: 'storm', node: 0, count: 6, everyMs: 5 + (seed % 40) },
    { atMs: 9100 + nth * 700, kind: 'storm', node: 1, count: 6, everyMs: 5 + (seed % 40) },
  ]);
  return { ...story, blows: storms };
};

/** The clock of a host is set back by an hour while its commands wait. */
const clockSetBack = (seed: number): Story => {
  const story = storyOf(seed);
  const node = seed % 2 === 0 ? 0 : 1;
  const blows: Blow[] = [
    { atMs: 9000, kind: 'cut', what: 'all', from: 'both', forMs: 6000 },
    { atMs: 15_600, kind: 'clock', node, byMs: -3_600_000 },
  ];
  return { ...story, activeMs: 20_000, blows };
};

/** A server that does not answer, and a resident that asks it. */
const frozenUnderWatch = (seed: number): Story => {
  const story = storyOf(seed);
  const node = seed % 2 === 0 ? 0 : 1;
  const blows: Blow[] = [{ atMs: 16_000, kind: 'freeze', node, forMs: 8000 }];
  return { ...story, activeMs: 28_000, config: { ...story.config, resident: true }, blows };
};

/** keepalived starts beside a server that does not answer. */
const deadAtTheStart = (seed: number): Story => {
  const story = storyOf(seed);
  const node = seed % 2 === 0 ? 0 : 1;
  const blows: Blow[] = [
    { atMs: 12_000, kind: 'keepalived stops', node, forMs: 6000 },
    { atMs: 14_000, kind: 'freeze', node, forMs: 9000 },
  ];
  return { ...story, activeMs: 26_000, config: { ...story.config, resident: true }, blows };
};

/** keepalived says again and again what it has said before. */
const repeated = (seed: number): Story => {
  const story = storyOf(seed);
  const blows = [0, 1, 2, 3].map(
    (nth): Blow => ({
      atMs: 50_000 + nth * 4000,
      kind: 'storm',
      node: seed % 2 === 0 ? 0 : 1,
      count: 1,
      everyMs: 1,
    }),
  );
  return { ...story, activeMs: 70_000, config: { ...story.config, resident: true }, blows };
};

/** Two masters, of which one resident has to save what the other one wrote, while more comes in. */
const busyResidents = (seed: number): Story => {
  const story = flapping(seed);
  return { ...story, config: { ...story.config, resident: true } };
};

/** When a person insists on a node that has been shut out by its master: never let in, or not since its link broke. */
export const INSISTS_MS = 22_000;

export const insisting = (seed: number): Story => {
  const story = storyOf(seed);
  const node = seed % 2 === 0 ? 0 : 1;
  const isKnown = seed % 4 < 2;
  const broken: Blow = { atMs: 12_500, kind: 'cut', what: 'redis', from: 'both', forMs: 7000 };
  const blows: Blow[] = [
    { atMs: isKnown ? 12_000 : 0, kind: 'shut out', node, forMs: 60_000 },
    ...(isKnown ? [broken] : []),
    { atMs: INSISTS_MS, kind: 'promote', node, forced: true },
  ];
  const plain = { start: 'peer', replTimeoutMs: 5000, faultActs: false, preempt: false, directClients: 0 } as const;
  // Longer than the checks take until the address has followed the role; else `backup` would bring the role to the address.
  const patient = { peerMasterTimeoutMs: 30_000 };
  const { resident: _, ...rest } = story.config;
  const watched = seed % 3 === 0 ? {} : { resident: true };
  return {
    ...story,
    activeMs: 60_000,
    config: { ...rest, ...plain, ...patient, ...watched, syncDelayMs: 5000 },
    blows,
  };
};

/** Who follows holds what its master has not, however it came to follow: as if that one had just restarted. */
const hasMore = (master: Side, replica: Side) => (facts: Facts) => {
  const [leads, follows] = [answering(facts, master), answering(facts, replica)];
  return follows.history.replid !== leads.history.replid && !isContained(follows, leads);
};

/** Clients delete what they have just written: there is often no key left. */
const queues = (seed: number): Story => {
  const story = storyOf(seed);
  return { ...story, config: { ...story.config, deletions: 'queue' } };
};

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'promotes before it demotes',
    rules: { 300: { steps: (facts) => [...promoteLocal(), ...makePeerFollow(facts)] } },
    faults: { proceeds: true },
  },
  { name: 'hands over without holding the writes back', faults: { pausesNothing: true } },
  {
    name: 'makes a diverged master follow without looking',
    rules: { 225: { steps: makePeerFollow } },
    faults: { proceeds: true },
  },
  {
    name: 'backup follows the peer whatever it has, as the scripts do',
    rules: {
      522: { steps: (facts) => [followPeer(facts)] },
      535: { steps: (facts) => [followPeer(facts)] },
    },
    faults: { proceeds: true },
  },
  {
    name: 'promotes while the peer has the newer data',
    rules: { 302: { steps: promoteLocal } },
    faults: { proceeds: true },
  },
  {
    name: 'goes on although a newer command was started',
    faults: { ignoresLock: true, ignoresNewer: true },
    stories: flapping,
  },
  { name: 'leaves the fence of a dead hand-over up', rules: { 132: { steps: () => [] } }, stories: killedUnderFence },
  { name: 'leaves a port closed at the address', rules: { 136: { steps: () => [] } }, stories: killedAtTheAddress },
  { name: 'leaves two masters alone', rules: { 220: { steps: () => [] }, 225: { steps: () => [] } } },
  {
    name: 'takes the writes of the loser for saved',
    rules: { 229: { steps: makePeerFollow } },
    faults: { proceeds: true },
  },
  {
    name: 'takes a queue whose work is done for a server that lost its data',
    rules: { 210: { when: (facts) => answering(facts, 'local').keys === 0 } },
    faults: { proceeds: true },
    stories: queues,
  },
  {
    name: 'takes every master that its replica knows nothing of for one that has restarted',
    rules: {
      202: { when: hasMore('local', 'peer') },
      294: { when: hasMore('peer', 'local') },
      499: { when: hasMore('peer', 'local') },
      551: { when: hasMore('local', 'peer') },
    },
    faults: { proceeds: true },
  },
  {
    name: 'gives back a role that was taken by choice',
    rules: { 200: { when: (facts) => behind(facts, 'local') }, 550: { when: (facts) => behind(facts, 'local') } },
    faults: { proceeds: true },
    stories: insisting,
  },
  { name: 'goes by the wall clock', faults: { readsWallClock: true }, stories: clockSetBack },
  {
    name: 'waits for a frozen server for ever',
    faults: { waitsForFrozen: true },
    stories: frozenUnderWatch,
  },
  { name: 'tells that a node is fit before it has looked', faults: { tellsFitEarly: true }, stories: deadAtTheStart },
  { name: 'does not look after an event', faults: { ignoresEvents: true }, stories: repeated },
  {
    name: 'gives the address back to a node that was cut off, whatever clients wrote elsewhere',
    faults: { claimsNothing: true },
    stories: oneSided,
  },
  { name: 'keeps its licence when the lease has ended', faults: { keepsLicence: true }, stories: witnessed },
  { name: 'waits a second too short until the peer cannot write', faults: { waitsShort: true }, stories: lastHeard },
  { name: 'renews a lease that another one holds', faults: { renewsForAnybody: true }, stories: witnessed },
  {
    name: 'goes on with a lease that has run out',
    faults: { renewsWhatIsOver: true },
    stories: comesBackLate,
  },
  { name: 'repairs beside a change', faults: { repairsBeside: true }, stories: busyResidents },
];

/** Runs `use` while the table is wrong as the mutant says, and mends it whatever happens. */
export const withMutant = async <T>({ rules = {} }: Mutant, use: () => Promise<T>): Promise<T> => {
  const table = RULES as Rule[];
  const right = [...table];
  for (const [at, rule] of right.entries()) table[at] = { ...rule, ...rules[rule.id] };
  try {
    return await use();
  } finally {
    table.splice(0, table.length, ...right);
  }
};
