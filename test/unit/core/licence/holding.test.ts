/** When a node lets go of its licence and of the lease, and what goes before both: a table over what happened before. */
import { describe, expect, test } from 'vitest';
import { LEASE_MS } from '../../../../src/core/licence/model.ts';
import { licenceStep, mayAcknowledge } from '../../../../src/core/licence/step.ts';
import { master, replica } from '../builders.ts';
import type { At, Row } from './moments.ts';
import {
  counted,
  TAKES_OVER,
  ALONE,
  FED,
  FENCE_MS,
  FOLLOWS,
  GONE,
  LICENSED,
  PROCEED,
  SILENT,
  STALE,
  SURE,
  WHOLE,
  at,
  attached,
  away,
  ended,
  free,
  ours,
  taken,
  tell,
  woken,
} from './moments.ts';

const LEAVING = replica({ ...counted(0), isDrained: true });

const ROWS: readonly Row[] = [
  {
    what: 'one that cannot be renewed is given up before it ends at the witness',
    after: [...LICENSED, woken(1302), away(2302), woken(302 + 0.98 * LEASE_MS - 200)],
    does: ['detach', 'take-lease'],
    says: 'no writes: the witness does not answer, and on_no_witness is "refuse"',
  },
  {
    what: 'not a millisecond earlier',
    after: [...LICENSED, woken(1302), away(2302), woken(2303), away(3303), woken(302 + 0.98 * LEASE_MS - 201)],
    does: [],
    says: `alone with a licence until ${String(302 + 0.98 * LEASE_MS - 200)}`,
  },
  {
    what: 'a lease that somebody else has is given up at once',
    after: [...LICENSED, woken(1302), taken(1303)],
    does: ['detach', 'take-lease'],
    says: 'fenced: the peer holds the lease',
  },
  {
    what: 'one that the witness has lost is taken again at once',
    after: [...LICENSED, woken(1302), free(1303, '2', 0)],
    does: ['take-lease'],
    says: 'alone with a licence until 2303',
  },
  {
    what: 'where that is not answered, it is given up within a second',
    after: [...LICENSED, woken(1302), free(1303, '2', 0), woken(2303)],
    does: ['detach', 'take-lease'],
    says: 'no writes: waiting 13.5 s until the peer cannot write',
  },
  {
    what: 'a replica that has just come back is no reason to let go',
    after: [...LICENSED, at(400, 'peer', FOLLOWS), at(500, 'local', FED), at(2499, 'local', FED)],
    does: [],
    says: `alone with a licence until ${String(302 + 0.98 * LEASE_MS - 200)}`,
  },
  {
    what: 'one that was seen for two seconds is',
    after: [...LICENSED, at(400, 'peer', FOLLOWS), at(500, 'local', FED), at(2500, 'local', FED)],
    does: ['detach'],
    says: 'whole: the replica acknowledges, and nobody needs the witness',
  },
  {
    what: 'the lease goes back when the licence has ended, and not before',
    after: [...LICENSED, at(400, 'peer', FOLLOWS), at(500, 'local', FED), at(2500, 'local', FED), ended(2501)],
    does: ['release-lease'],
    says: 'whole: the replica acknowledges, and nobody needs the witness',
  },
  {
    what: 'by a lease that is on its way back nothing is attached, however late the answer is',
    after: [
      ...LICENSED,
      at(400, 'peer', FOLLOWS),
      at(500, 'local', FED),
      at(2500, 'local', FED),
      ended(2501),
      at(2800, 'peer', GONE),
    ],
    does: ['take-lease'],
    says: 'no writes: the witness is being asked for the lease',
  },
  {
    what: 'a master that follows again detaches',
    after: [...LICENSED, at(400, 'local', FOLLOWS)],
    does: ['detach'],
    says: 'a replica: it needs no licence',
  },
  {
    what: 'one that does not answer detaches',
    after: [...LICENSED, at(400, 'local', SILENT)],
    does: ['detach'],
    says: 'the local server does not answer',
  },
  {
    what: 'and has the links of its replicas ended when it goes on',
    after: [...LICENSED, at(400, 'local', SILENT), ended(401), free(402), at(1400, 'local', SILENT)],
    does: ['end-links'],
    says: 'the local server does not answer',
  },
  {
    what: 'an old link of a master that may not write is ended',
    after: [...WHOLE, taken(300), at(400, 'peer', SILENT), at(401, 'local', STALE)],
    does: ['end-links'],
    says: 'fenced: the peer holds the lease',
  },
  {
    what: 'a fence of a hand-over goes before the licence',
    after: [
      ...WHOLE,
      at(300, 'peer', GONE),
      at(301, 'local', master({ ...counted(0), fence: { minReplicasToWrite: 1, minReplicasMaxLag: 2 } })),
      ours(302),
    ],
    does: ['release-lease'],
    says: 'a hand-over holds the writes back',
  },
  {
    what: 'a server that counts no replicas needs none',
    after: [at(0, 'local', master()), free(100), at(200, 'peer', GONE)],
    does: [],
    says: 'not bound: min-replicas-to-write is 0 on this node, so it writes whatever the witness says',
  },
  {
    what: 'a peer that counts none may write for ever',
    after: [
      at(0, 'local', FOLLOWS),
      at(50, 'peer', master()),
      free(100),
      at(900, 'peer', SILENT),
      at(1000, 'local', ALONE),
      woken(60_000),
    ],
    does: [],
    says: 'no writes: min-replicas-to-write was 0 on the peer when it was last seen, so it may take them',
  },
  {
    what: 'a peer that writes long after it could not is not waited for',
    after: [...TAKES_OVER, free(3501), free(6000), at(6001, 'peer', FED)],
    does: [],
    says: 'no writes: the peer is a master that may take them',
  },
  {
    what: 'without a witness there is no licence',
    after: [...TAKES_OVER, woken(2000), away(3000)],
    does: [],
    says: 'no writes: the witness does not answer, and on_no_witness is "refuse"',
  },
  {
    what: 'but where the operator wants to go on without it',
    policy: PROCEED,
    after: [...TAKES_OVER, woken(2000), away(3000)],
    does: ['attach', 'take-lease'],
    says: 'alone: the licence is being attached',
  },
  {
    what: 'a witness that comes back and says that the peer has the lease ends that',
    policy: PROCEED,
    after: [...TAKES_OVER, woken(2000), away(3000), attached(3001), taken(3002)],
    does: ['detach'],
    says: 'fenced: the peer holds the lease',
  },
  {
    what: 'who can make sure of the peer has the lease first',
    policy: SURE,
    after: [...TAKES_OVER, ours(1001)],
    does: ['make-sure'],
    says: 'no writes: before_takeover makes sure that the peer is off',
  },
  {
    what: 'a peer that is off for certain is not waited for',
    policy: SURE,
    after: [...TAKES_OVER, ours(1001), [1500, { kind: 'made-sure', isOff: true }]],
    does: ['attach'],
    says: 'alone: the licence is being attached',
  },
  {
    what: 'one that may be alive is',
    policy: SURE,
    after: [...TAKES_OVER, ours(1001), [1500, { kind: 'made-sure', isOff: false }]],
    does: [],
    says: 'no writes: waiting 3.8 s until the peer cannot write',
  },
  {
    what: 'a promotion that is near takes the lease from a peer that is gone',
    after: [...TAKES_OVER.slice(0, 3), at(900, 'peer', GONE), [901, { kind: 'promotion', isAhead: true }]],
    does: ['take-lease'],
    says: 'a replica: it needs no licence',
  },
  {
    what: 'before a peer goes that a person has drained, a master has its licence',
    after: [...WHOLE, at(300, 'peer', LEAVING), ours(301)],
    does: ['attach'],
    says: 'alone: the licence is being attached',
  },
  {
    what: 'it keeps it for as long as the peer is drained',
    after: [...WHOLE, at(300, 'peer', LEAVING), ours(301), attached(302), at(5000, 'local', FED)],
    does: [],
    says: `alone with a licence until ${String(301 + 0.98 * LEASE_MS - 200)}`,
  },
  {
    what: 'and gives it back when the peer stays',
    after: [
      ...WHOLE,
      at(300, 'peer', LEAVING),
      ours(301),
      attached(302),
      at(5000, 'local', FED),
      at(5001, 'peer', FOLLOWS),
    ],
    does: ['detach'],
    says: 'whole: the replica acknowledges, and nobody needs the witness',
  },
];

describe('a licence that a node has', () => {
  test.each(ROWS.map((row) => [row.what, row] as const))('%s', (_, { after, policy, does, says: words }) => {
    const told = tell(after, policy);
    expect({ does: told.kinds, says: told.says }).toEqual({ does, says: words });
  });
});

const asked = (events: readonly At[], nowMs: number): readonly string[] =>
  licenceStep(tell(events).state, { kind: 'woken' }, nowMs).actions.map(({ kind }) => kind);

describe('the licence', () => {
  test('wakes when the peer cannot write any more, and when its lease ends', () => {
    expect(tell([...TAKES_OVER, woken(5000), free(5001)]).wakeAtMs).toBe(1000 + FENCE_MS);
    expect(tell([...LICENSED, woken(9302)]).wakeAtMs).toBe(302 + 0.98 * LEASE_MS - 200);
  });

  test('asks every three seconds who has the lease while it is whole, and renews its own every second', () => {
    expect([asked(WHOLE, 2999), asked(WHOLE, 3000)]).toEqual([[], ['ask-lease']]);
    expect([asked(LICENSED, 1299), asked(LICENSED, 1300)]).toEqual([[], ['renew-lease']]);
  });

  test('acknowledges as long as the lease is ours, and not at its end', () => {
    const { state } = tell(LICENSED);
    const endMs = 302 + 0.98 * LEASE_MS - 200;
    expect([mayAcknowledge(state, endMs - 1), mayAcknowledge(state, endMs)]).toEqual([true, false]);
  });

  test('a role that went and came back between two looks is seen by its history', () => {
    const again = master({
      ...counted(0),
      history: { ...ALONE.history, replid: 'another', replid2: 'before', secondOffset: 9 },
    });
    const { state } = tell([...WHOLE, at(5000, 'local', again)]);
    expect(state.lastAckMs).toBe(5000);
  });
});
