/** A process that was started anew, and what it makes of the lease of the one before it. */
import { describe, expect, test } from 'vitest';
import { licenceStep } from '../../../../src/core/licence/step.ts';
import { master } from '../builders.ts';
import type { At } from './moments.ts';
import {
  ALONE,
  FOLLOWS,
  LICENSED,
  REFUSE,
  SILENT,
  WHOLE,
  at,
  counted,
  ended,
  free,
  ours,
  taken,
  tell,
} from './moments.ts';

const PROOF = { run: '1', tenure: 'tenure', runId: ALONE.runId, replid: ALONE.history.replid };
const STARTED = [at(0, 'peer', SILENT), at(1, 'local', ALONE)] as const;
const WAITS = /waiting 4\.\d s until the peer cannot write/;
const ATTACHES = /the licence is being attached/;

const ROWS: readonly (readonly [string, readonly At[], RegExp])[] = [
  ['asks for the lease of the one before it', STARTED, /the witness is being asked for the lease/],
  ['attaches at once by the same lease', [...STARTED, ours(2)], ATTACHES],
  ['waits where it was taken anew', [...STARTED, ours(2, '1', 1e6, 'another')], WAITS],
  [
    'waits where the witness was started anew: it may have gone back to an older lease',
    [...STARTED, ours(2, '2', 1e6)],
    WAITS,
  ],
  ['waits where nobody had it any more, also once it has it again', [...STARTED, free(2), ours(3)], WAITS],
  ['waits where the other node had it', [...STARTED, taken(2), ours(3)], WAITS],
  [
    'waits where its server was started anew',
    [STARTED[0], at(1, 'local', { ...ALONE, runId: 'another' }), ours(2)],
    WAITS,
  ],
  [
    'waits where its server has followed since',
    [STARTED[0], at(1, 'local', { ...ALONE, history: { ...ALONE.history, replid: 'another' } }), ours(2)],
    WAITS,
  ],
  ['has none while its server follows', [STARTED[0], at(1, 'local', FOLLOWS)], /a replica: it needs no licence/],
];

const asks = (before: readonly At[], nowMs: number): readonly string[] => {
  const { state } = tell(before, REFUSE, PROOF);
  const answered = { ...state, lease: { ...state.lease, isAsking: false } };
  return licenceStep(answered, { kind: 'woken' }, nowMs).actions.map(({ kind }) => kind);
};

describe('a process that was started anew', () => {
  test.each(ROWS)('%s', (_, events, words) => {
    expect(tell(events, REFUSE, PROOF).says).toMatch(words);
  });

  test('asks for the lease of the one before it and for no other, until it hears that it is over', () => {
    expect(asks(STARTED, 501)).toEqual(['renew-lease']);
    expect(asks([...STARTED, free(2)], 1002)).toEqual(['ask-lease']);
  });

  test('waits without a proof', () => {
    expect(tell([...STARTED, ours(2)]).says).toMatch(WAITS);
  });
});

describe('what a process leaves behind', () => {
  test('is there when its licence is attached, and not before it was certain of the peer', () => {
    expect(tell(LICENSED).state.proof).toEqual(PROOF);
    expect(tell(WHOLE).state.proof).toBeUndefined();
    expect(tell([...STARTED, ours(2)]).state.proof).toBeUndefined();
  });

  test('is of the history that the licence itself begins on a server without a backlog', () => {
    const first = master({ ...counted(0), replicas: [], backlogFirstOffset: undefined });
    const begun = master({ ...counted(1), replicas: [], history: { ...ALONE.history, replid: 'begun' } });
    const { proof } = tell([
      ...LICENSED,
      ended(304),
      at(305, 'local', first),
      ours(306),
      at(307, 'local', begun),
    ]).state;
    expect(proof?.replid).toBe('begun');
  });
});
