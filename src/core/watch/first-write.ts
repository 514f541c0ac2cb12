/**
 * The first write that a look sees since local became the master. Redis counts what has changed and not when, so a write is seen up
 * to a look too late, and none is taken for one that its old master sent.
 */
import type { NodeView } from '../model.ts';
import { isAnswering } from '../model.ts';

export interface FirstWrite {
  readonly runId: string;
  /** Local was a replica at the last look, or leads and nobody is known to have written yet; `seen`: somebody has. */
  readonly phase: 'replica' | 'leads' | 'seen';
  /** What it had changed when nobody had written yet; `undefined` where its master may still have sent some. */
  readonly changes: number | undefined;
}

/** What is known after this look, and whether it is the one that sees the first write. */
export const seekFirstWrite = (
  before: FirstWrite | undefined,
  view: NodeView,
): { readonly next: FirstWrite | undefined; readonly isSeen: boolean } => {
  if (!isAnswering(view) || view.loading) return { next: before, isSeen: false };
  const { runId, changesSinceSave, redisRole, upstream } = view;
  if (redisRole === 'replica') {
    const changes = upstream?.linkUp === true ? undefined : changesSinceSave;
    return { next: { runId, phase: 'replica', changes }, isSeen: false };
  }
  // Whoever comes later, or finds another run, does not know since when it leads.
  if (before === undefined || before.runId !== runId || before.phase === 'seen')
    return { next: { runId, phase: 'seen', changes: undefined }, isSeen: false };
  const from = before.changes ?? changesSinceSave;
  if (changesSinceSave > from) return { next: { runId, phase: 'seen', changes: undefined }, isSeen: true };
  // A save sets the count back.
  return { next: { runId, phase: 'leads', changes: Math.min(from, changesSinceSave) }, isSeen: false };
};
