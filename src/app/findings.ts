/** What a command has found out, done and saved by now. Nothing relies on it but to save another look. */
import type { Evidence, History, NodeView, PairView, Side } from '../core/model.ts';
import { asIfOpen, isAnswering } from '../core/model.ts';
import type { Runs } from '../core/memory.ts';
import { isSameRuns, runsOf } from '../core/restart.ts';
import type { Execution } from './execution.ts';
import type { HoldWay } from './hold.ts';
import type { Neighbours, Rescuer } from './ports.ts';

/** An offset counts in its own history only: a server that was synchronized since has another one. */
export type Covered = Pick<History, 'replid' | 'offset'>;

/** What the steps of one command have found out and saved so far. */
export interface Findings {
  /** Whether a step of this command has been carried out. */
  touched: boolean;
  evidence: Evidence;
  /** How far each side's history is covered by the evidence. */
  readonly covered: Map<Side, Covered>;
  /** What of a side's writes an earlier merge has brought to the other side, and the file that has them. */
  readonly merged: Map<Side, Covered & { readonly file: string }>;
  /** Sides whose writes are held back, and how. */
  readonly holds: Map<Side, HoldWay>;
  /** Sides whose port at the address this command has opened, or tried to. */
  readonly opened: Set<Side>;
  /** The peer was held for a moment, so that its own command may decide; `released` once it has. */
  rivalHeld: 'held' | 'released' | undefined;
  /**
   * The id of the history that a side stood on when this command made it a master: a replica then, whose link to the other side
   * had been up. What it took of its own begins where it left that history.
   */
  readonly ledFrom: Map<Side, string>;
  /** Local was made a master with stale data, by choice: what it lacks is no reason any more to give the role back. */
  leadsByChoice: boolean;
  /** The side that this command detached so that its data is not overwritten; it follows again once that is saved. */
  keepsItsData: Side | undefined;
  /** How long it took to save datasets: a large one takes longer than everything else may, and that is no waiting. */
  savingMs: number;
  /** Which two servers all this was found out about. */
  runs: Runs | undefined;
  /** Which two servers they were when this command made one of them follow. */
  settledRuns: Runs | undefined;
  /** Which two servers they were when this command last decided which of them leads. */
  decidedRuns: Runs | undefined;
  /** Whether local was last made a master or a replica by this command; `undefined` where neither. */
  ledLast: boolean | undefined;
  /** What a person has to be told of the steps so far. */
  readonly warnings: Set<string>;
  /** The run of local in which this command had it copied anew. */
  wholeRun: string | undefined;
  /** Why a replay broke off: it is not tried again, since it may break off for ever. */
  mergeFailed: string | undefined;
  /** The network was told where the address is. */
  addressTold: boolean | undefined;
  /** It was said that a server came back with older data. */
  olderDataTold: boolean;
}

export interface Applying extends Execution {
  readonly findings: Findings;
  readonly rescuer: Rescuer;
  readonly neighbours: Neighbours;
}

/** Of a command that begins. */
export const noFindings = (): Findings => ({
  evidence: { kind: 'none' },
  touched: false,
  covered: new Map(),
  merged: new Map(),
  holds: new Map(),
  opened: new Set(),
  ledFrom: new Map(),
  leadsByChoice: false,
  keepsItsData: undefined,
  savingMs: 0,
  runs: undefined,
  settledRuns: undefined,
  decidedRuns: undefined,
  ledLast: undefined,
  warnings: new Set(),
  wholeRun: undefined,
  mergeFailed: undefined,
  addressTold: undefined,
  rivalHeld: undefined,
  olderDataTold: false,
});

/** What was found out is about two servers as they were: the restart of one makes it void. */
export const forgetAfterRestart = (findings: Findings, { local, peer }: Pick<PairView, Side>): void => {
  const runs = runsOf(local, peer);
  if (runs === undefined || isSameRuns(runs, findings.runs)) return;
  if (findings.runs !== undefined) {
    Object.assign(findings, { evidence: { kind: 'none' }, keepsItsData: undefined, mergeFailed: undefined });
    findings.covered.clear();
    findings.merged.clear();
    findings.ledFrom.clear();
  }
  findings.runs = runs;
};

/** A fence that this command keeps up itself is no reason to wait, and no leftover; nor is a port that it cannot open. */
export const withoutOwn = (pair: PairView, { holds, opened }: Findings): PairView => {
  const seen = (side: Side): NodeView => {
    const view = opened.has(side) ? asIfOpen(pair[side]) : pair[side];
    return isAnswering(view) && holds.get(side) === 'fence' ? { ...view, fence: undefined } : view;
  };
  return { ...pair, local: seen('local'), peer: seen('peer') };
};
