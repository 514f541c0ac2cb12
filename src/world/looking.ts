/** What a look at one port needs of this host, whether it is looked at once or watched. */
import type { CheckInput, Notes } from '../app/check.ts';
import { recallOf } from '../app/check.ts';
import type { Eyes } from '../app/observe.ts';
import type { AddressSeen, RedisNode, WatchedNode } from '../app/ports.ts';
import type { Deadlines } from '../config/deadlines.ts';
import { lookDeadlineMs } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import type { Marks } from '../core/marks.ts';
import type { Endpoint } from '../core/model.ts';
import { newestAnnouncement } from '../host/announcements.ts';
import { systemClock } from '../host/clock.ts';
import { readMarks } from '../host/marks.ts';
import { openResolver, systemInterfaces } from '../host/network.ts';
import type { Place } from '../host/paths.ts';
import { readMemory } from '../host/state.ts';
import { openNode } from '../redis/node.ts';
import { connectionTo } from './settings.ts';

/** `marks` where the caller has looked at them already. */
export const notesOf = (place: Place, marks: Marks = readMarks(place)): Notes => ({
  said: newestAnnouncement(place),
  memory: readMemory(place),
  marks,
});

export const recallFrom = (
  { check: policy }: Settings,
  notes: Notes,
  address: AddressSeen | undefined,
): Omit<CheckInput, 'before'> => ({
  ...recallOf(notes, address, systemClock.nowMs()),
  policy,
  deadlineMs: lookDeadlineMs(policy),
});

const never = (): Promise<never> => Promise.reject(new Error('a check only looks'));

/** A server outside the pair is not asked by a check: there is no time for a third connection. */
const unasked = (endpoint: Endpoint): RedisNode => {
  return {
    endpoint,
    look: () => Promise.resolve({ kind: 'unreachable', why: 'not asked' }),
    sourceAddress: () => undefined,
    promote: never,
    follow: never,
    followAnew: never,
    startFailover: never,
    abortFailover: never,
    pauseWrites: never,
    resumeWrites: never,
    raiseFence: never,
    lowerFence: never,
    prepareClosing: never,
    closeAddress: never,
    endClients: never,
    countClients: never,
    clientNames: never,
    openAddress: never,
    tellDrained: never,
    configGet: never,
    close: () => undefined,
  };
};

export interface Nodes {
  readonly local: WatchedNode;
  readonly peer: WatchedNode | undefined;
  readonly eyes: Eyes | undefined;
}

/** Nobody is connected to yet. `nameAtPeer`: of the connection to the peer, asked at every look. */
export const nodesFor = (
  settings: Settings,
  at: Endpoint,
  peer: Endpoint | undefined,
  deadlines: Deadlines,
  nameAtPeer?: () => string | undefined,
): Nodes => {
  const local = openNode(connectionTo(settings, at, deadlines));
  if (peer === undefined) return { local, peer: undefined, eyes: undefined };
  const far = openNode(connectionTo(settings, peer, deadlines), nameAtPeer);
  const eyes: Eyes = {
    local,
    peer: far,
    interfaces: systemInterfaces,
    resolver: openResolver(deadlines.connectTimeoutMs),
    open: unasked,
  };
  return { local, peer: far, eyes };
};
