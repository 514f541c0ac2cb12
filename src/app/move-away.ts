/**
 * The role moves away from this node: `promote` of the other one, planned and carried out from here. It needs nothing but the two
 * servers, and so it is the same plan, with the same refusals.
 */
import type { Policy, Side } from '../core/model.ts';
import { isAnswering, otherSide } from '../core/model.ts';
import { observe } from './observe.ts';
import type { Journal, MemoryStore, Turn } from './ports.ts';
import type { Outcome, TransitionWorld } from './transition.ts';
import { transition } from './transition.ts';

/** What this host remembers is told from its own side, and the command to the peer sees the pair from the other. */
const NO_MEMORY: MemoryStore = { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };

/**
 * The lock of this host is left to the commands of this host, as it is when the other one is promoted: while a command works
 * here, a check leaves the address where it is.
 */
const NO_TURN: Turn = {
  acquire: () => Promise.resolve('acquired'),
  release: () => Promise.resolve(),
  newer: () => Promise.resolve('nothing'),
};

const turned = (word: string): string => (word === 'local' ? 'peer' : word === 'peer' ? 'local' : word);

/** Every side in it is the other one. */
const turnedIn = (value: unknown): unknown => {
  if (typeof value === 'string') return turned(value);
  if (Array.isArray(value)) return value.map(turnedIn);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [turned(name), turnedIn(held)]));
};

const FROM_THERE = 'seen from the peer: ';
const fromThere = (words: unknown): unknown => (typeof words === 'string' ? `${FROM_THERE}${words}` : words);

/**
 * What is planned there calls the peer local, and this host's journal is to tell what is: the sides are turned, and sentences say
 * from where they were said. `seen` and `localBefore` stay as the peer saw them.
 */
export const turnedJournal = (journal: Journal): Journal => ({
  append: ({ event, seen, localBefore, ...told }) => {
    const { why, message, steps, ...rest } = turnedIn(told) as Readonly<Record<string, unknown>>;
    const sentences = { why: fromThere(why), message: fromThere(message) };
    const planned = Array.isArray(steps) ? { steps: steps.map(fromThere) } : {};
    return journal.append({ event, ...rest, ...sentences, ...planned, seen, localBefore, seenFrom: 'peer' });
  },
});

/** The pair as the peer sees it: local is the peer there, at the address that the peer itself follows. */
export const seenByPeer = async (world: TransitionWorld): Promise<TransitionWorld> => {
  const { eyes } = world;
  const { localSeenByPeer, peer } = await observe(eyes);
  const upstream = isAnswering(peer) && peer.upstream?.who === 'other-side' ? peer.upstream.endpoint : localSeenByPeer;
  const { isAddressHere: _ours, ...others } = world;
  return {
    ...others,
    eyes: { ...eyes, local: eyes.peer, peer: eyes.open(upstream), interfaces: { addresses: () => [] } },
    memory: NO_MEMORY,
    journal: turnedJournal(world.journal),
    turn: NO_TURN,
    stranger: (side: Side, shown) => world.stranger(otherSide(side), shown),
  };
};

/** True afterwards, with exit code 0: the peer is the master, and has everything that local has. */
export const moveAway = async (world: TransitionWorld, policy: Policy, signal: AbortSignal): Promise<Outcome> =>
  transition(await seenByPeer(world), {
    intent: 'promote',
    policy,
    forced: false,
    vrrpAgeMs: 0,
    healing: false,
    signal,
  });
