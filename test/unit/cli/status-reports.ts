/** Reports of `status`, made of the lines of the tables: of what is not in order, and of the decisions. */
import type { Beside, StatusReport } from '../../../src/app/status-report.ts';
import { reportOf } from '../../../src/app/status-report.ts';
import { gapBeside } from '../../../src/core/gap.ts';
import { isMaster } from '../../../src/core/model.ts';
import type { OrderFacts } from '../../../src/core/order.ts';
import { plan } from '../../../src/core/plan.ts';
import { SITUATIONS } from '../../../src/core/situation.ts';
import { contextOf, master, pairOf, replica } from '../core/builders.ts';
import { ROWS } from '../core/decision-rows.ts';
import type { Row } from '../core/decision-words.ts';
import { factsOf, IN_ORDER, LINES } from '../core/order-lines.ts';

const LOOKED = '2026-11-30T18:00:00.000Z';

const fitAs = (fit: boolean): Beside['told'] => ({
  path: '/run/redisha/6379-unfit',
  fit,
  lookedS: 0,
  byHand: 'sudo -u keepalived_script redisha check 127.0.0.1 6379',
  resident: {
    pid: 4711,
    fit,
    rule: 38,
    why: 'local is the master and the peer follows it',
    forMs: 90_000,
    localAgeMs: 200,
    peerAgeMs: 700,
    clients: { known: 0, unknown: undefined, mayTell: true },
  },
});

const END = {
  at: '2026-11-30T17:30:00.000Z',
  pid: 4712,
  event: 'end',
  intent: 'master',
  result: 'done',
  exitCode: 0,
  rule: 204,
  message: 'local is the master and the peer follows it',
  tookMs: 40,
};

/** As it is where a resident watches, and somebody has yet to look at one of two rescues. */
export const reportFrom = (seen: OrderFacts, changes: Partial<Beside> = {}): StatusReport => {
  // A node without the address is no MASTER.
  const isBackup = seen.address?.at === 'peer' && seen.vrrpState === 'MASTER';
  const facts: OrderFacts = isBackup ? { ...seen, vrrpState: 'BACKUP' } : seen;
  const { vrrpState } = facts;
  const command = vrrpState === 'MASTER' ? 'master' : 'backup';
  return reportOf(facts, {
    at: LOOKED,
    peerAgeMs: 0,
    vrrp: vrrpState === undefined ? undefined : { vrrpState, command, ageMs: 200_000 },
    told: fitAs(true),
    ends: [END],
    rescues: { count: 2, bytes: 2048, unseen: 1 },
    notes: ['nobody has looked at 1 of the rescues: redisha rescue list'],
    ...changes,
  });
};

/** The address is where a master is, and keepalived says so. */
const factsOfRow = ([, local, peer, intent, , , changes = {}]: Row): OrderFacts => {
  const pair = pairOf(local, peer);
  const planned = plan(contextOf(intent, pair, changes));
  const leads = isMaster(pair.local);
  const at = leads || !isMaster(pair.peer) ? 'here' : 'peer';
  const gap = leads
    ? gapBeside('the peer', pair.peer, pair.local, undefined)
    : gapBeside('local', pair.local, pair.peer, changes.memory?.data);
  return factsOf(pair, {
    gap: gap === undefined ? undefined : { says: gap.words, next: gap.cure },
    plan: planned,
    intent,
    address: { address: '10.0.0.9', at, why: undefined },
    vrrpState: at === 'here' ? 'MASTER' : 'BACKUP',
  });
};

export interface Named {
  readonly name: string;
  readonly report: StatusReport;
}

/** Every line of the decision table. */
export const OF_ROWS: readonly (Named & { readonly rule: number })[] = ROWS.map((row) => ({
  name: row[0],
  rule: row[4],
  report: reportFrom(factsOfRow(row)),
}));

/** The first line of the decision table that shows a situation. */
const OF_SITUATIONS: readonly Named[] = Object.keys(SITUATIONS).flatMap((situation) => {
  const found = OF_ROWS.find(({ report }) => report.situation === situation);
  return found === undefined ? [] : [{ ...found, name: situation }];
});

const KNOWN_GONE = factsOf(
  pairOf(IN_ORDER[0]?.[1].pair.local ?? { kind: 'frozen', why: '' }, { kind: 'unreachable', why: 'EHOSTUNREACH' }),
);

/** What the tables do not have: what this host knows of its resident, its journal and its rescues. */
const OF_HOSTS: readonly Named[] = [
  {
    name: 'LocalMasterPeerElsewhere',
    report: reportFrom(factsOf(pairOf(master(), replica({ runId: 'other' }, { who: 'third-master' })))),
  },
  { name: 'the resident knows that the peer is gone', report: reportFrom(KNOWN_GONE, { peerAgeMs: 1200 }) },
  {
    name: 'nobody watches, and nothing may be read',
    report: reportFrom(IN_ORDER[0]?.[1] ?? KNOWN_GONE, {
      told: undefined,
      ends: undefined,
      rescues: undefined,
      notes: [],
    }),
  },
  {
    name: 'a new host',
    report: reportFrom(IN_ORDER[1]?.[1] ?? KNOWN_GONE, {
      told: {
        path: '/run/redisha/6379-unfit',
        fit: undefined,
        lookedS: undefined,
        byHand: undefined,
        resident: undefined,
      },
      vrrp: undefined,
      ends: [],
      rescues: { count: 0, bytes: 0, unseen: 0 },
      notes: [],
    }),
  },
];

/** One of each: what has a file of its own. */
export const SITUATED: readonly Named[] = [
  ...OF_SITUATIONS,
  ...IN_ORDER.map(([name, facts]) => ({ name: `in order: ${name}`, report: reportFrom(facts) })),
  ...LINES.map(([name, facts, code]) => ({ name: `${code}: ${name}`, report: reportFrom(facts) })),
  ...OF_HOSTS,
];
