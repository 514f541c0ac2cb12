/** What a check saw, as a value that the next one compares with what it sees itself: the age of a verdict comes from that. */
import type { CheckFacts } from '../check-facts.ts';
import { personsRowFor, rowFor } from '../fitness.ts';
import type { NodeView } from '../model.ts';
import { isAnswering } from '../model.ts';

/** All that a condition says of a node. */
export const SEEN_AS = [
  'unknown',
  'master',
  'replica',
  'loading',
  'refused',
  'unreachable',
  'unresolved',
  'frozen',
  'busy',
  'locked',
  'denied',
  'full',
  'unasked',
  'garbled',
] as const;
export type SeenAs = (typeof SEEN_AS)[number];

export interface Condition {
  /** The row of the table by its number, or the name under which it ages together with others. */
  readonly row: number | string;
  readonly local: SeenAs;
  readonly peer: SeenAs;
  /** The pair was in order; see the rows. */
  readonly isSound: boolean;
}

const seenAs = (view: NodeView | undefined): SeenAs => {
  if (view === undefined) return 'unknown';
  if (!isAnswering(view)) return view.kind;
  return view.loading ? 'loading' : view.redisRole;
};

/** The same as long as nothing of note changes. How long it has been so must not matter to it. */
export const conditionOf = (facts: CheckFacts): Condition => {
  const { id, agesAs, isSound } = rowFor({ ...facts, unchangedMs: 0 });
  const said = personsRowFor(facts);
  const seen = agesAs?.(facts) ?? id;
  const row = said === undefined ? seen : `${String(said.id)}: ${String(seen)}`;
  const [local, peer] = [seenAs(facts.local), seenAs(facts.peer)];
  return { row, local, peer, isSound: isSound?.(facts) ?? false };
};

export const isSameCondition = (one: Condition | undefined, other: Condition | undefined): boolean =>
  one?.row === other?.row && one?.local === other?.local && one?.peer === other?.peer;

/** A master whose network was broken, or that is to be told a second time that the address is here. */
export const wasApart = ({ local, peer }: Condition): boolean =>
  local === 'master' && (peer === 'unreachable' || peer === 'frozen' || peer === 'master');
