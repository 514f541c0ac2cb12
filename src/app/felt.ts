/**
 * What clients may have seen of the steps of a command: the journal has it with the step that it belongs to, or with the end.
 * It is gathered in memory: nothing that holds writes back waits for a disk.
 */
import type { Side } from '../core/model.ts';
import type { Way } from '../core/steps.ts';

interface Held {
  readonly side: Side;
  readonly way: Way;
  readonly forMs: number;
}

export interface Felt {
  /** Since when the writes of a side have been held back, and how. */
  readonly since: Map<Side, { readonly way: Way; readonly atMs: number }>;
  /** What has been let go of. */
  held: readonly Held[];
  /** How the role has moved. */
  way: Way | undefined;
  /** How many connections ended because the port was closed at the address. */
  clientsEnded: number | undefined;
  /** Why the port stayed open there. */
  staysOpen: string | undefined;
}

const NOTHING = { held: [], way: undefined, clientsEnded: undefined, staysOpen: undefined } as const;

export const nothingFelt = (): Felt => ({ since: new Map(), ...NOTHING });

/** Writes of the side are held back from now on. Those that are already go on being so: a fence behind a pause refuses nobody. */
export const feltHeld = ({ since }: Felt, side: Side, way: Way, atMs: number): void => {
  if (!since.has(side)) since.set(side, { way, atMs });
};

/** Writes of the side pass again, or are for its new master to take. */
export const feltLetGo = (felt: Felt, side: Side, nowMs: number): void => {
  const since = felt.since.get(side);
  if (since === undefined) return;
  felt.since.delete(side);
  felt.held = [...felt.held, { side, way: since.way, forMs: Math.round(nowMs - since.atMs) }];
};

/** What was felt since this was last asked for, as fields of an entry. */
export const takeFelt = (felt: Felt): Partial<Omit<Felt, 'since'>> => {
  const { held, way, clientsEnded, staysOpen } = felt;
  Object.assign(felt, NOTHING);
  return {
    ...(held.length === 0 ? {} : { held }),
    ...(way && { way }),
    ...(staysOpen && { staysOpen }),
    ...(clientsEnded === undefined ? {} : { clientsEnded }),
  };
};
