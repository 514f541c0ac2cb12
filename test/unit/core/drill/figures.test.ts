/** The figures of a drill, and whether its promises were kept. */
import { describe, expect, test } from 'vitest';
import type { Account } from '../../../../src/core/drill/account.ts';
import { figuresOf, longestSilence, pledgesOf, promisedMs } from '../../../../src/core/drill/figures.ts';
import {
  CLIENTS,
  type ClientName,
  type ClientRecord,
  errorKind,
  isUncertain,
} from '../../../../src/core/drill/record.ts';

test.each([
  ['ReplyError: READONLY You can’t write against a read only replica.', 'READONLY', false],
  ['EXECABORT Transaction discarded because of previous errors.', 'EXECABORT', false],
  ['UNBLOCKED force unblock from blocking operation, instance state changed', 'UNBLOCKED', false],
  ['connect ECONNREFUSED 10.0.0.1:6379', 'refused', false],
  ['connection refused', 'refused', false],
  ['no answer within 100 ms', 'timed out', true],
  ['connect ETIMEDOUT', 'timed out', true],
  ['connect EHOSTUNREACH 10.0.0.1:6379', 'unreachable', true],
  ['Connection is closed.', 'closed', true],
  ['read ECONNRESET', 'closed', true],
  ['Reached the max retries per request limit (which is 20).', 'closed', true],
  ['LOADING Redis is loading the dataset in memory', 'LOADING', false],
  ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS', false],
  ['something else', 'other (something else)', true],
])('%s is %s', (message, kind, uncertain) => {
  expect(errorKind(message)).toBe(kind);
  expect(isUncertain(kind)).toBe(uncertain);
});

describe('the longest silence', () => {
  const window = { fromMs: 1000, toMs: 2000 };
  test.each([
    ['between two answers', [900, 1100, 1700, 1950], { ms: 600, fromMs: 1100, isOpen: false }],
    ['from the begin of the window', [900, 1800], { ms: 800, fromMs: 1000, isOpen: false }],
    ['to its end', [1100, 1300], { ms: 700, fromMs: 1300, isOpen: true }],
    ['all of it', [900, 2100], { ms: 1000, fromMs: 1000, isOpen: true }],
    ['the first of two that are as long', [1400, 1800], { ms: 400, fromMs: 1000, isOpen: false }],
  ])('%s', (_what, answersMs, silence) => {
    expect(longestSilence(answersMs, window)).toEqual(silence);
  });
});

const EVERY_100 = Array.from({ length: 41 }, (_, at) => at * 100);
const WELL: ClientRecord = { answersMs: EVERY_100, errors: [], closedMs: [] };
const WINDOWS = [
  { fromMs: 1000, toMs: 2500 },
  { fromMs: 2500, toMs: 4000 },
];
const NO_ACCOUNTS: Partial<Record<ClientName, Account>> = {};

const recordsWith = (others: Partial<Record<ClientName, ClientRecord>>): Record<ClientName, ClientRecord> =>
  ({ ...Object.fromEntries(CLIENTS.map((client) => [client, WELL])), ...others }) as Record<ClientName, ClientRecord>;

const figuresWith = (others: Partial<Record<ClientName, ClientRecord>>, accounts = NO_ACCOUNTS) =>
  figuresOf(recordsWith(others), WINDOWS, accounts);

const planned = { disturbance: 'promote', profile: 'fast', inOrder: true } as const;
const broken = (drilled: Parameters<typeof pledgesOf>[0]): readonly string[] =>
  pledgesOf(drilled)
    .filter(({ isKept }) => !isKept)
    .map(({ what, seen }) => `${what}: ${seen}`);

test('of each client: a silence for each move, errors by kind, how often its connection ended', () => {
  const counters = {
    answersMs: [0, 900, 1500, 2600, 3900],
    errors: [
      { atMs: 1100, kind: 'READONLY' },
      { atMs: 1200, kind: 'READONLY' },
      { atMs: 2700, kind: 'closed' },
    ],
    closedMs: [1300],
  };
  expect(figuresWith({ counters }).find(({ client }) => client === 'counters')).toEqual({
    client: 'counters',
    silences: [
      { ms: 1000, fromMs: 1500, isOpen: true },
      { ms: 1300, fromMs: 2600, isOpen: false },
    ],
    errors: { READONLY: 2, closed: 1 },
    closed: 1,
    account: undefined,
  });
});

describe('the promise', () => {
  const lost = { kind: 'keys', acknowledged: 5, lost: 2 } as const;
  const twice = { kind: 'counter', acknowledged: 5, uncertain: 0, lost: 0, twice: 1 } as const;
  const missed = { kind: 'messages', published: 5, heard: 1, missed: 4, twice: 0 } as const;
  const readonly = { ...WELL, errors: [{ atMs: 1500, kind: 'READONLY' }] };
  const aborted = { ...WELL, errors: [{ atMs: 1500, kind: 'EXECABORT' }] };
  const closed = { ...WELL, errors: [{ atMs: 1500, kind: 'closed' }], closedMs: [1500] };
  const silent = { ...WELL, answersMs: [900, 2400, 3200, 3900] };

  test.each<
    [string, Partial<Record<ClientName, ClientRecord>>, Partial<Record<ClientName, Account>>, readonly string[]]
  >([
    ['all is well', {}, {}, []],
    ['a connection that ended is none', { keys: closed }, {}, []],
    ['messages that were missed show in the silence alone', {}, { subscriber: missed }, []],
    ['keys that are lost', {}, { keys: lost }, ['acknowledged writes lost: 2']],
    ['what counted twice', {}, { counters: twice }, ['writes carried out twice: 1']],
    ['READONLY and EXECABORT', { keys: readonly, transaction: aborted }, {}, ['READONLY and EXECABORT errors: 2']],
    ['a silent probe', { probe: silent }, {}, ['silence of the service, by the probe: 1.40 s']],
    [
      'an application that hears nothing to the end, whenever that is',
      { subscriber: { ...WELL, answersMs: EVERY_100.filter((ms) => ms <= 2900) } },
      {},
      ['silence of every application: 1.10 s and on (subscriber)'],
    ],
    ['a silent application', { popper: silent }, {}, ['silence of every application: 1.40 s (popper)']],
  ])('of a planned move: %s', (_what, records, accounts, expected) => {
    expect(broken({ ...planned, figures: figuresWith(records, accounts) })).toEqual(expected);
  });

  test('of a move that nobody planned: what had not been sent may be lost', () => {
    const figures = figuresWith({ keys: readonly }, { keys: lost, counters: twice });
    expect(broken({ ...planned, disturbance: 'killed', figures })).toEqual([]);
  });

  test('the pair is in order at the end, where it can be', () => {
    const figures = figuresWith({});
    expect(broken({ ...planned, figures, inOrder: false })).toEqual(['the pair at the end: not']);
    expect(broken({ ...planned, figures, inOrder: undefined })).toEqual([]);
  });

  test('is of no time where the timings are nobody’s but the operator’s', () => {
    const figures = figuresWith({ probe: silent, keys: silent });
    expect(broken({ ...planned, figures, profile: undefined })).toEqual([]);
    expect(promisedMs({ profile: undefined, disturbance: 'promote' }, 'keys')).toBeUndefined();
  });

  test('gives an application a second more than a client that connects again at once', () => {
    const of = { profile: 'balanced', disturbance: 'frozen' } as const;
    expect([promisedMs(of, 'probe'), promisedMs(of, 'subscriber')]).toEqual([3000, 4000]);
  });
});
