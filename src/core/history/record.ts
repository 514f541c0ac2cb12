/** An entry of the journal as it lies on the disk. Older versions wrote other fields, so nothing but these few is relied on. */

export interface JournalRecord {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly pid: number;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** With its time as a number, since nothing in here knows calendars. */
export interface Recorded extends JournalRecord {
  readonly atMs: number;
}

/** `20261130T031204118Z`: how a change is named, by the time of its first entry. */
export const idOfTime = (at: string): string => at.replaceAll(/[-:.]/g, '');

/** Who leads after a step that was carried out; `undefined` where it has changed nothing about that. */
export const leaderAfter = ({ event, step }: JournalRecord): 'local' | 'peer' | undefined => {
  if (event !== 'step' || typeof step !== 'object' || step === null) return undefined;
  const { kind, side, from } = step as Record<string, unknown>;
  if (kind === 'promote') return side === 'local' ? 'local' : 'peer';
  if (kind === 'handOver') return from === 'local' ? 'peer' : 'local';
  if (kind === 'follow') return side === 'local' ? 'peer' : undefined;
  return undefined;
};

/** The node was found fit, and its pair in order as far as that was written down. */
export const isGoodLook = ({ event, fit, inOrder }: JournalRecord): boolean =>
  event === 'verdict' && fit === true && inOrder !== false;

export const isBadLook = (record: JournalRecord): boolean => record.event === 'verdict' && !isGoodLook(record);
