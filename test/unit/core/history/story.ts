/** Entries of a journal, by the second of a minute of a night. */
import { idOfTime, type Recorded } from '../../../../src/core/history/record.ts';

const MINUTE_MS = Date.parse('2026-11-30T03:12:00.000Z');

export const at = (second: number, event: string, fields: object = {}, pid = 1): Recorded => {
  const atMs = MINUTE_MS + Math.round(second * 1000);
  return { at: new Date(atMs).toISOString(), atMs, pid, event, ...fields };
};

export const idAt = (second: number): string => idOfTime(at(second, 'plan').at);

export const minute = { fromMs: MINUTE_MS, toMs: MINUTE_MS + 60_000 };

const GOOD = { fit: true, inOrder: true, rule: 58, why: 'in step' };
const PROMOTE = { kind: 'promote', side: 'local', reason: 'the peer does not serve' };
const END = { intent: 'master', result: 'done', exitCode: 0, rule: 206, message: 'local is the master', tookMs: 20 };

/** A replica of which the master is killed at second 4.000. */
export const takeover = (): readonly Recorded[] => {
  const change = idAt(4.14);
  return [
    at(-3600 * 5, 'verdict', GOOD),
    at(4.002, 'verdict', { fit: true, inOrder: false, rule: 56, why: 'the peer refuses connections' }),
    at(4.14, 'vrrp', { vrrpState: 'MASTER' }),
    at(4.141, 'plan', {
      change,
      intent: 'master',
      rule: 340,
      situation: 'ReplicaPeerSilent',
      why: 'it is dead',
      steps: ['make local a master'],
    }),
    at(4.146, 'step', { change, step: PROMOTE, tookMs: 4 }),
    at(4.15, 'plan', {
      change,
      intent: 'master',
      rule: 206,
      situation: 'LocalMasterPeerSilent',
      why: 'done',
      steps: [],
    }),
    at(4.151, 'end', { change, ...END }),
    at(4.2, 'address', { isHere: true }),
    at(4.21, 'clients-told', { clients: 3, told: 3 }),
    at(5.1, 'writes-seen'),
    at(30, 'verdict', { ...GOOD, rule: 38, why: 'the peer follows' }),
  ];
};
