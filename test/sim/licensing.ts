/** What the driver of the licence (src/app/licence.ts) is given of its host. Follows src/world/licence.ts. */
import type { LicenceWorld, RunningLicence } from '../../src/app/licence.ts';
import { holdLicence } from '../../src/app/licence.ts';
import { peerDeadlines } from '../../src/config/deadlines.ts';
import type { Proof } from '../../src/core/licence/model.ts';
import type { NodeView, Side } from '../../src/core/model.ts';
import { isAnswering } from '../../src/core/model.ts';
import { LicenceModel } from './attachment.ts';
import { NO_JOURNAL } from './checks.ts';
import { ModelNode } from './node.ts';
import { logOf } from './ports.ts';
import type { Process } from './process.ts';
import { SETTINGS } from './settings.ts';
import type { Vote } from './vote.ts';
import { leaseOf } from './vote.ts';
import { hostMs, other, paceOf, PORT } from './words.ts';

/** A mistake: the peer counts a replica for a second less than it says. */
const short = (view: NodeView): NodeView =>
  isAnswering(view) && view.counted !== undefined
    ? { ...view, counted: { ...view.counted, maxLagSeconds: view.counted.maxLagSeconds - 1 } }
    : view;

/** What a process leaves behind for the next one, in memory that its host keeps. */
export interface Kept {
  proof: Proof | undefined;
}

export interface LicenceAround {
  readonly peerSilentMs: () => number;
  readonly kept: Kept;
}

/** By the clock of its host, which the watch does not need. */
const worldOf = (process: Process, vote: Vote, { peerSilentMs, kept }: LicenceAround): LicenceWorld => {
  const { host } = process;
  const deadlines = peerDeadlines(SETTINGS);
  const nodes = {
    local: new ModelNode(process, host.index, deadlines),
    peer: new ModelNode(process, other(host.index), deadlines),
  };
  return {
    clock: { nowMs: () => hostMs(host.base, host.index), wallIso: () => '2026-01-01T00:00:00.000Z' },
    after: (ms, listener) =>
      process.after((ms + (host.base.config.lateMs ?? 0)) / paceOf(host.base, host.index), listener),
    port: PORT,
    look: async (side: Side) => {
      const view = await nodes[side].look();
      return side === 'peer' && host.base.faults.waitsShort === true ? short(view) : view;
    },
    lease: leaseOf(process, vote, kept.proof?.tenure),
    prove: (proof) => {
      if (process.lives()) kept.proof = proof;
    },
    licence: new LicenceModel(process),
    moved: () => undefined,
    peerSilentMs,
    makeSure: () => Promise.resolve(false),
    log: logOf(process),
    journal: NO_JOURNAL,
  };
};

/** `undefined` where the pair has no witness. */
export const licenceIn = (process: Process, around: LicenceAround): RunningLicence | undefined => {
  const { base, index } = process.host;
  const { vote } = base;
  const { witness } = base.config;
  if (vote === undefined || witness === undefined) return undefined;
  const policy = { onNoWitness: witness.onNone, canMakeSure: false };
  const running = holdLicence(worldOf(process, vote, around), policy, around.kept.proof);
  const pace = paceOf(base, index);
  const seen: RunningLicence['seen'] = (side, view, startedMs) => {
    running.seen(side, side === 'peer' && base.faults.waitsShort === true ? short(view) : view, startedMs * pace);
  };
  return { ...running, seen };
};
