/** What a command does on a node that a person has drained or paused. */
import type { Marks, Paused, PauseSaid } from '../core/marks.ts';
import { describeDrained, describePaused, PAUSE_PREFIX, pauseInName } from '../core/marks.ts';
import type { Intent } from '../core/model.ts';
import { EXIT, RedishaError } from '../errors.ts';
import type { Journal, Log, RedisNode } from './ports.ts';
import type { Outcome } from './transition.ts';

/** Why no role is to move to this node: a person has taken it out, or nothing is to move; `undefined` where it may. */
export const whyMarked = ({ drained, paused }: Marks): string | undefined => {
  if (paused !== undefined) return `this node is ${describePaused(paused)}`;
  return drained === undefined ? undefined : `this node is ${describeDrained(drained)}`;
};

/** What a person has said of the other node, as far as its resident tells the local server. Never rejects. */
export const peerPausedAt = async (local: RedisNode): Promise<PauseSaid | undefined> => {
  const names = await local.clientNames(PAUSE_PREFIX);
  return names.map(pauseInName).find((said) => said !== undefined);
};

/** @throws {RedishaError} REFUSED_BY_RULE where no role is to move to this node */
export const assertNotMarked = (marks: Marks): void => {
  const why = whyMarked(marks);
  if (why === undefined) return;
  throw new RedishaError('REFUSED_BY_RULE', why, { hint: 'redisha resume on this host ends that' });
};

/** Of a command of keepalived's on a paused node: what keepalived said was written down, and no role has changed. */
export const recordedOnly = async (
  { log, journal }: { readonly log: Log; readonly journal: Journal },
  intent: Intent,
  paused: Paused,
): Promise<Outcome> => {
  const outcome: Outcome = {
    exitCode: EXIT.done,
    result: 'paused',
    plan: undefined,
    message: `recorded, and no role is changed: ${describePaused(paused)}`,
    hint: undefined,
    warnings: [],
    isAddressTold: false,
    tookMs: 0,
  };
  const { result, exitCode, message, tookMs } = outcome;
  const fields = { intent, result, exitCode, message, tookMs };
  log.warn('end', fields);
  await journal.append({ event: 'end', ...fields });
  return outcome;
};
