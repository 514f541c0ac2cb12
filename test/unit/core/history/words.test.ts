/** Each entry of the journal in words. */
import { expect, test } from 'vitest';
import { changesOf } from '../../../../src/core/history/changes.ts';
import { tellEntry } from '../../../../src/core/history/words.ts';
import { at, idAt } from './story.ts';

const HAND_OVER = {
  kind: 'handOver',
  from: 'peer',
  target: { host: '10.0.0.1', port: 6379 },
  ways: ['pause'],
  insists: false,
  replicaRun: 'r',
  timeoutMs: 3000,
};

test.each<[name: string, event: string, fields: object, text: string, notes?: readonly string[]]>([
  [
    'an unfit node',
    'verdict',
    { fit: false, inOrder: false, rule: 11, why: 'it is gone' },
    'unfit: it is gone (rule 11)',
  ],
  [
    'a repair',
    'verdict',
    { fit: true, inOrder: false, rule: 31, why: 'two masters', heal: 'master' },
    'fit, the pair is not in order: two masters (rule 31); repaired by master',
  ],
  ['of an older version', 'verdict', { fit: true, rule: 58, why: 'in step' }, 'fit: in step (rule 58)'],
  ['an address', 'address', { isHere: true }, 'the virtual address has come to this host'],
  ['an address nobody knows of', 'address', {}, 'where the virtual address is, is not known any more'],
  [
    'a plan that may lose writes',
    'plan',
    { intent: 'master', rule: 340, situation: 'S', why: 'dead', local: 'replica', warnings: ['some'] },
    'master: rule 340, S: dead',
    ['local: replica', 'writes may be missing: some'],
  ],
  [
    'what clients saw of a hand-over',
    'step',
    { step: HAND_OVER, tookMs: 12, way: 'pause', held: [{ side: 'peer', way: 'pause', forMs: 9 }], clientsEnded: 1 },
    'hand the role of master over from peer to 10.0.0.1:6379 by pause (12 ms)',
    [
      'the role moved by pause',
      'writes on peer waited for 9 ms',
      'the port was closed at the virtual address, and 1 connection ended',
    ],
  ],
  [
    'an end that let go of a fence',
    'end',
    {
      intent: 'backup',
      result: 'failed',
      exitCode: 6,
      message: 'no',
      tookMs: 5,
      held: [{ side: 'local', way: 'fence', forMs: 7 }],
    },
    'backup: failed: no (5 ms)',
    ['writes on local were refused (NOREPLICAS) for 7 ms'],
  ],
  [
    'a rescue',
    'rescued',
    { loser: 'peer', form: 'suffix', file: '/r/a.resp', bytes: 1_234_567 },
    'saved the writes that only peer has (1.2 MB) in /r/a.resp',
  ],
  [
    'an older rescue',
    'rescued',
    { loser: 'peer', form: 'dataset', file: '/r/a.rdb' },
    'saved the whole dataset of peer in /r/a.rdb',
  ],
  [
    'a merge',
    'merged',
    { loser: 'peer', file: '/r/a.resp', commands: 1 },
    'merged 1 command of peer into the other side: /r/a.resp',
  ],
  [
    'a merge of a dataset',
    'merged',
    { loser: 'peer', file: '/r/a.rdb', keys: 5, keysInFileAlone: 2, inPart: true },
    'merged 5 keys of peer into the other side, in part only; 2 keys in the file alone: /r/a.rdb',
  ],
  [
    'clients',
    'clients-told',
    { clients: 3, told: 2, why: 'no right' },
    '2 of 3 clients of the address were told that it is here: no right',
  ],
  ['a kind of another version', 'later', { some: 1, seen: { all: 2 }, change: 'x' }, 'some=1'],
])('%s', (_name, event, fields, text, notes = []) => {
  expect(tellEntry(at(0, event, fields))).toMatchObject({ text, notes });
});

test('entries of one command are one change, whether or not they name it', () => {
  const entries = [
    at(1, 'verdict'),
    at(2, 'plan', {}, 7),
    at(2.1, 'plan', { change: 'named' }, 7),
    at(2.2, 'plan', {}, 8),
    at(3, 'end', {}, 7),
    at(4, 'plan', {}, 7),
    at(5, 'restored', {}, 7),
  ];
  expect(changesOf(entries)).toEqual([undefined, idAt(2), 'named', idAt(2.2), idAt(2), idAt(4), undefined]);
});
