/**
 * May this node be read from? Another question than who owns the address (fitness.ts): a replica that has lost its master
 * may well be the one to take over, and is out of date all the same. Rows are tried in order, the first that matches
 * decides; numbers 70-79 are these.
 */
import type { Answering, NodeView } from './model.ts';
import { isAnswering, isMaster } from './model.ts';
import { describeNode, inStep } from './situation.ts';
import type { Row, Section } from './table.ts';
import { firstMatch } from './table.ts';

export interface ReadingFacts {
  readonly node: NodeView;
  /** The server that it follows; `undefined` where it follows none, or that one did not answer. */
  readonly master: Answering | undefined;
  readonly lagMaxBytes: number;
}

export interface ReadingVerdict {
  readonly fit: boolean;
  readonly rule: number;
  readonly why: string;
}

interface ReadingRow extends Row<ReadingFacts> {
  readonly fit: boolean;
}

const nodeWords = ({ node }: ReadingFacts): string => describeNode(node);

/** What the master wrote and the replica has not; the master was asked last, so that it is never too little. */
const lagBytes = ({ node, master }: ReadingFacts): number =>
  isAnswering(node) && master !== undefined ? Math.max(0, master.history.offset - node.history.offset) : 0;

const isOfOtherHistory = ({ node, master }: ReadingFacts): boolean =>
  isAnswering(node) && master !== undefined && node.history.replid !== master.history.replid;

const ROWS: readonly ReadingRow[] = [
  {
    id: 70,
    when: ({ node }) => !isAnswering(node) || node.loading,
    fit: false,
    seen: 'does not answer, is locked, blocked or loading',
    does: 'no',
    why: nodeWords,
  },
  {
    id: 71,
    when: ({ node }) => isAnswering(node) && node.isDrained === true,
    fit: false,
    seen: 'replica of a node that is drained',
    does: 'no: its host is to be stopped',
    why: (facts) => `its node is drained: ${nodeWords(facts)}`,
  },
  {
    id: 72,
    when: ({ node }) => isMaster(node),
    fit: false,
    seen: 'master',
    does: 'no: LVS reads from it only where no replica may be read from',
    why: (facts) => `the master, which is read from only where no replica is in step: ${nodeWords(facts)}`,
  },
  {
    id: 74,
    when: ({ node }) => isAnswering(node) && !inStep(node),
    fit: false,
    seen: 'replica, link down or copying',
    does: 'no, though it may well be fit to take over',
    why: (facts) => `not in step with its master: ${nodeWords(facts)}`,
  },
  {
    id: 75,
    when: isOfOtherHistory,
    fit: false,
    seen: 'replica, link up, without the data of its master yet',
    does: 'no',
    why: (facts) => `has not got the data of its master yet: ${nodeWords(facts)}`,
  },
  {
    id: 76,
    when: (facts) => lagBytes(facts) > facts.lagMaxBytes,
    fit: false,
    seen: 'replica, further behind than `read_max_lag` (1 MiB)',
    does: 'no',
    why: (facts) => `${String(lagBytes(facts))} bytes behind its master, more than read_max_lag: ${nodeWords(facts)}`,
  },
  {
    id: 77,
    when: ({ master }) => master === undefined,
    fit: true,
    seen: 'replica, link up, its master does not answer us',
    does: 'yes',
    why: (facts) => `its link is up, and its master does not answer us: ${nodeWords(facts)}`,
  },
  {
    id: 78,
    fit: true,
    seen: 'replica in step',
    does: 'yes',
    why: (facts) => `in step, ${String(lagBytes(facts))} bytes behind: ${nodeWords(facts)}`,
  },
];

export const READING: readonly Section<ReadingRow>[] = [{ title: 'may it be read from', from: 70, to: 79, rows: ROWS }];

/** Always a verdict; the same facts always give the same one. */
export const judgeReading = (facts: ReadingFacts): ReadingVerdict => {
  const { fit, id, why } = firstMatch(ROWS, facts);
  return { fit, rule: id, why: why(facts) };
};
