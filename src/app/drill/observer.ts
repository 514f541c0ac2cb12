/** Looks all the time where the address is and who is what, and tells each change once. */
import type { DrillWorld, Sight } from '../ports/drill.ts';
import type { Recorder } from './recorder.ts';

const LOOK_EVERY_MS = 50;

const addressWords = (address: string, isHere: boolean): string =>
  isHere ? `the address ${address} is on this host` : `the address ${address} has left this host`;

const changes = (
  { address, local, peer }: DrillWorld,
  before: Sight,
  now: Sight,
): readonly (readonly ['address' | 'role', string])[] => [
  ...(now.isAddressHere === before.isAddressHere || now.isAddressHere === undefined
    ? []
    : [['address', addressWords(address, now.isAddressHere)] as const]),
  ...(now.local === before.local ? [] : [['role', `local (${local}): ${before.local} -> ${now.local}`] as const]),
  ...(now.peer === before.peer ? [] : [['role', `peer (${peer}): ${before.peer} -> ${now.peer}`] as const]),
];

/** Resolves when `signal` comes. */
export const watchPair = async (
  world: DrillWorld,
  recorder: Recorder,
  signal: AbortSignal,
  onTick: () => void,
): Promise<void> => {
  let before = await world.look();
  while (!signal.aborted) {
    await world.clock.delay(LOOK_EVERY_MS, signal);
    recorder.tick();
    onTick();
    const now = await world.look();
    if (signal.aborted) return;
    for (const [kind, text] of changes(world, before, now)) recorder.tell(kind, text);
    before = now;
  }
};
