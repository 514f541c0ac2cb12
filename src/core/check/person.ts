/** Rows 1-9: what a person has said of this node decides, whatever is seen. */
import type { CheckFacts, Verdict } from '../check-facts.ts';
import { describeDrained, describePaused } from '../marks.ts';
import type { Row, Section } from '../table.ts';

export interface PersonsRow extends Row<CheckFacts> {
  readonly when: (facts: CheckFacts) => boolean;
  /** `seen`: what the node would be, had nobody said anything. */
  readonly fit: (facts: CheckFacts, seen: Verdict) => boolean;
  /** What is out of order is put right all the same. */
  readonly isRepaired: boolean;
}

/** The pause comes first: of a node that is drained as well, nothing moves either. */
export const PERSON: Section<PersonsRow> = {
  title: 'a person has said what is to be',
  from: 1,
  to: 9,
  rows: [
    {
      id: 2,
      when: ({ marks }) => marks?.paused !== undefined,
      fit: ({ wasFit, marks }, seen) => marks?.drained === undefined && (wasFit ?? seen.fit),
      seen: 'paused by `redisha pause`, and its time is not over',
      does: 'fit or unfit as it was when the pause began; nothing is repaired. At the first look since a boot: as the row that would decide otherwise',
      why: ({ marks }) => (marks?.paused === undefined ? '' : describePaused(marks.paused)),
      isRepaired: false,
    },
    {
      id: 4,
      when: ({ marks }) => marks?.drained !== undefined,
      fit: () => false,
      seen: 'drained by `redisha drain`',
      does: 'unfit until `redisha resume`, whatever becomes of the peer; repairs go on as on any node that is unfit',
      why: ({ marks }) => (marks?.drained === undefined ? '' : describeDrained(marks.drained)),
      isRepaired: true,
    },
  ],
};
