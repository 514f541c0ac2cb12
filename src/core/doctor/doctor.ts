/**
 * What keepalived and Redis will do with the files of a pair: a table of which every row that matches is said, with the line, the
 * reason and the fix. A row is a pure function over {@link DoctorFacts}.
 *
 * What `config check` and `status` say beside it: ARCHITECTURE.md, "Three judges of a host".
 */
import type { At, DoctorFacts, Whose } from './facts.ts';
import { CALL_ROWS } from './call-rows.ts';
import { HOST_ROWS } from './host-rows.ts';
import { KEEPALIVED_ROWS } from './keepalived-rows.ts';
import { PAIR_ADDRESS_ROWS } from './pair-address-rows.ts';
import { PAIR_ROWS } from './pair-rows.ts';
import { REDIS_DATA_ROWS } from './redis-data-rows.ts';
import { REDIS_ROWS } from './redis-rows.ts';
import type { DoctorRow, Severity } from './row.ts';
import { SERVER_ROWS } from './server-rows.ts';
import { WITNESS_ROWS } from './witness-rows.ts';
import { VRRP_ROWS } from './vrrp-rows.ts';

export interface DoctorFinding {
  readonly id: string;
  readonly severity: Severity;
  readonly host: Whose;
  readonly at: At | undefined;
  readonly says: string;
  readonly source: string;
  readonly fix: string;
}

/** For the documents: the rows in their order, under what they look at. */
export const DOCTOR: readonly { readonly title: string; readonly rows: readonly DoctorRow[] }[] = [
  { title: 'keepalived.conf of either host: roles, checks and calls', rows: [...KEEPALIVED_ROWS, ...CALL_ROWS] },
  { title: 'keepalived.conf of either host: adverts, addresses, timers', rows: VRRP_ROWS },
  { title: 'keepalived.conf of both hosts, compared', rows: [...PAIR_ROWS, ...PAIR_ADDRESS_ROWS] },
  { title: 'redis.conf of either host', rows: [...REDIS_ROWS, ...REDIS_DATA_ROWS] },
  { title: 'the witness of both nodes, as this host sees it', rows: WITNESS_ROWS },
  { title: 'this host, as keepalived will find it', rows: HOST_ROWS },
  { title: 'the two servers, and this host', rows: SERVER_ROWS },
];

const ORDER: readonly Severity[] = ['wrong', 'risk', 'note'];

/** The gravest first; within one severity in the order of the table. */
export const diagnoseFiles = (facts: DoctorFacts): readonly DoctorFinding[] => {
  const all = DOCTOR.flatMap(({ rows }) => rows).flatMap(({ id, severity, source, find }) =>
    find(facts).map(
      ({ whose, at, says, fix }): DoctorFinding => ({ id, severity, host: whose, at, says, source, fix }),
    ),
  );
  return all.toSorted((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
};
