/**
 * Is this node fit to own the address?
 *
 * keepalived elects by the answers of both nodes, so an answer is as much about the peer as about this node: a node
 * whose data is not there yet must not be elected while the peer has it, and must be when the peer is gone. Rows are
 * tried in order, the first that matches decides; numbers 1-9 are what a person has said, 10-69 what is seen.
 */
import type { CheckFacts, Verdict } from './check-facts.ts';
import { LOCAL_MASTER } from './check/master.ts';
import type { PersonsRow } from './check/person.ts';
import { PERSON } from './check/person.ts';
import { REPLICA, REPLICA_FIRST } from './check/replica.ts';
import type { FitnessRow } from './check/row.ts';
import { atWork } from './check/row.ts';
import { LOCAL_SILENT } from './check/silent.ts';
import type { Intent, VrrpState } from './model.ts';
import type { Section } from './table.ts';
import { firstMatch } from './table.ts';

const SEEN: readonly Section<FitnessRow>[] = [LOCAL_SILENT, LOCAL_MASTER, REPLICA_FIRST, REPLICA];
const ROWS = SEEN.flatMap(({ rows }) => rows);

/** All rows, in their order. */
export const FITNESS: readonly Section<FitnessRow | PersonsRow>[] = [PERSON, ...SEEN];

/** The command that keepalived would start for this VRRP state. */
const intentForVrrp = (vrrpState: VrrpState | undefined): Intent =>
  vrrpState === 'MASTER' ? 'master' : vrrpState === 'BACKUP' ? 'backup' : 'fault';

/** What is seen, whatever a person has said. */
export const rowFor = (facts: CheckFacts): FitnessRow => firstMatch(ROWS, facts);

/** What a person has said; `undefined` where nobody has. */
export const personsRowFor = (facts: CheckFacts): PersonsRow | undefined => PERSON.rows.find(({ when }) => when(facts));

const judgeSeen = (facts: CheckFacts): Verdict => {
  const row = rowFor(facts);
  const fit = typeof row.fit === 'boolean' ? row.fit : row.fit(facts);
  const afterMs = typeof row.healsAfterMs === 'function' ? row.healsAfterMs(facts) : row.healsAfterMs;
  const due = afterMs !== undefined && facts.unchangedMs >= afterMs && !atWork(facts);
  const heal = due ? intentForVrrp(facts.vrrpState) : undefined;
  const isInOrder = fit && (atWork(facts) || row.isInOrder?.(facts) === true);
  const urgent = row.isUrgent === true ? { isUrgent: row.isUrgent } : {};
  const link = row.isLinkDown === true && !fit ? { isLinkDown: row.isLinkDown } : {};
  return { fit, rule: row.id, why: row.why(facts), isInOrder, heal, ...link, ...urgent };
};

/** Always a verdict; the same facts always give the same one. */
export const judge = (facts: CheckFacts): Verdict => {
  const seen = judgeSeen(facts);
  const row = personsRowFor(facts);
  if (row === undefined) return seen;
  const why = `${row.why(facts)}; seen: ${seen.why}`;
  return {
    ...seen,
    fit: row.fit(facts, seen),
    rule: row.id,
    why,
    isInOrder: false,
    heal: row.isRepaired ? seen.heal : undefined,
  };
};
