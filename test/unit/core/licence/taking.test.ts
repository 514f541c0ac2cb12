/** When a node takes the lease and attaches its licence: a table over what happened before. */
import { describe, expect, test } from 'vitest';
import { LEASE_MS } from '../../../../src/core/licence/model.ts';
import type { Row } from './moments.ts';
import {
  ALONE,
  FENCE_MS,
  FOLLOWS,
  GONE,
  LICENSED,
  SILENT,
  TAKES_OVER,
  WHOLE,
  at,
  away,
  free,
  ours,
  taken,
  tell,
  woken,
} from './moments.ts';

const ROWS: readonly Row[] = [
  {
    what: 'a whole pair holds no lease',
    after: WHOLE,
    does: [],
    says: 'whole: the replica acknowledges, and nobody needs the witness',
  },
  {
    what: 'a witness that is away moves nothing in a whole pair',
    after: [...WHOLE, woken(3100), away(4100)],
    does: [],
    says: 'whole: the replica acknowledges, and nobody needs the witness',
  },
  {
    what: 'a master whose replica is gone takes the lease at once',
    after: [...WHOLE, woken(3100), free(3101), at(3700, 'peer', GONE)],
    does: ['take-lease'],
    says: 'no writes: the witness is being asked for the lease',
  },
  {
    what: 'it attaches as soon as it has it: the replica was seen to be one',
    after: [...WHOLE, woken(3100), free(3101), at(3700, 'peer', SILENT), ours(3701)],
    does: ['attach'],
    says: 'alone: the licence is being attached',
  },
  {
    what: 'attached, it is alone with a licence',
    after: LICENSED,
    does: [],
    says: `alone with a licence until ${String(302 + 0.98 * LEASE_MS - 200)}`,
  },
  {
    what: 'who takes over from a silent peer leaves the lease to it until it cannot write',
    after: TAKES_OVER,
    does: [],
    says: 'no writes: waiting 4.3 s until the peer cannot write',
  },
  {
    what: 'a millisecond before that it waits',
    after: [...TAKES_OVER, woken(3500), free(3501), woken(1000 + FENCE_MS - 1)],
    does: [],
    says: 'no writes: waiting 0.0 s until the peer cannot write',
  },
  {
    what: 'then it takes the lease',
    after: [...TAKES_OVER, woken(3500), free(3501), woken(1000 + FENCE_MS)],
    does: ['take-lease'],
    says: 'no writes: the witness is being asked for the lease',
  },
  {
    what: 'and attaches',
    after: [...TAKES_OVER, woken(3500), free(3501), woken(1000 + FENCE_MS), ours(5281)],
    does: ['attach'],
    says: 'alone: the licence is being attached',
  },
  {
    what: 'a peer that was gone before local led is looked at once more',
    after: [...TAKES_OVER.slice(0, 3), at(900, 'peer', GONE), at(1000, 'local', ALONE)],
    does: ['look', 'take-lease'],
    says: 'no writes: waiting 4.3 s until the peer cannot write',
  },
  {
    what: 'a peer that is gone while local leads needs no waiting',
    after: [...TAKES_OVER.slice(0, 3), at(1000, 'local', ALONE), at(1001, 'peer', GONE), ours(1002)],
    does: ['attach'],
    says: 'alone: the licence is being attached',
  },
  {
    what: 'nor one that was seen to be a replica after a hand-over',
    after: [...TAKES_OVER.slice(0, 3), at(1000, 'local', ALONE), at(1001, 'peer', FOLLOWS), ours(1002)],
    does: ['attach'],
    says: 'alone: the licence is being attached',
  },
  {
    what: 'a lease that the peer has had may have run on until it was seen to be free: the wait begins there',
    after: [...TAKES_OVER, taken(1100), free(8000)],
    does: [],
    says: 'no writes: waiting 4.3 s until the peer cannot write',
  },
  {
    what: 'as long as the peer has it, local is fenced',
    after: [...TAKES_OVER, taken(1100)],
    does: [],
    says: 'fenced: the peer holds the lease',
  },
  {
    what: 'between two answers that are a lease apart it may have been taken and run out',
    after: [...WHOLE, at(9901, 'peer', SILENT), ours(9902)],
    does: ['release-lease'],
    says: 'no writes: waiting 4.3 s until the peer cannot write',
  },
  {
    what: 'a witness that was started anew has forgotten: as long as a lease lasts longer, and its seconds are not whole',
    after: [...WHOLE, free(3000, '2', 2), at(3700, 'peer', SILENT)],
    does: [],
    says: `no writes: waiting ${((3000 - 1000 + 1.02 * LEASE_MS + FENCE_MS - 3700) / 1000).toFixed(1)} s until the peer cannot write`,
  },
];

describe('a licence that a node needs', () => {
  test.each(ROWS.map((row) => [row.what, row] as const))('%s', (_, { after, policy, does, says: words }) => {
    const told = tell(after, policy);
    expect({ does: told.kinds, says: told.says }).toEqual({ does, says: words });
  });
});
