import { describe, expect, test } from 'vitest';
import { slowestOf } from '../../lib/clients/clients.ts';
import { countOf, type ErrorKind, figuresOf, kindOf, type Move } from '../../lib/clients/figures.ts';
import type { ClientEvent, Job } from '../../lib/clients/protocol.ts';

const MOVE: Move = { startedMs: 1_000, addressMs: 1_300, to: 'b' };
const NOTHING = { subscriber: [], popper: [] };

type Told = ClientEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'client' | 'job'> : never) : never;

const by = (job: Job, ...events: readonly Told[]): readonly ClientEvent[] =>
  events.map((event) => ({ ...event, client: 0, job }));

const answered = (fromMs: number, atMs: number): Told => ({ kind: 'answered', fromMs, atMs });
const heard = (text: string, atMs: number): Told => ({ kind: 'heard', text, atMs });
const failed = (text: string, atMs: number): Told => ({ kind: 'error', text, atMs });
const closed = (atMs: number): Told => ({ kind: 'closed', atMs });
const published = (node: string, nth: number, atMs: number) => ({ node, nth, atMs });

describe('the kind of an error', () => {
  test.each<[string, ErrorKind]>([
    ["READONLY You can't write against a read only replica.", 'readonly'],
    ["ReadOnlyError: You can't write against a read only replica.", 'readonly'],
    ['EXECABORT Transaction discarded because of previous errors.; READONLY …', 'execabort'],
    ['UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)', 'unblocked'],
    ['Command timed out', 'timeout'],
    ['connect ETIMEDOUT', 'timeout'],
    ['TimeoutError: Timeout reading from socket', 'timeout'],
    ['read ECONNRESET', 'closed'],
    ['Socket closed unexpectedly', 'closed'],
    ['ConnectionError: Error 111 connecting to 192.168.72.115:6379. Connection refused.', 'closed'],
    ['ERR unknown command', 'other'],
  ])('%s: %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });
});

describe('the figures of a move', () => {
  test('the longest stretch without an answer is of the writers, and since the move', () => {
    const writer = by('writer', answered(100, 900), answered(1_100, 1_350), answered(1_350, 1_550));
    const popper = by('popper', answered(900, 5_000));
    expect(figuresOf([...writer, ...popper], MOVE, NOTHING, 1).quietMs).toBe(250);
  });

  test('a stretch that is open at the end counts', () => {
    const events = by('writer', answered(900, 1_050), { kind: 'unanswered', fromMs: 1_050, atMs: 9_050 });
    const figures = figuresOf(events, MOVE, NOTHING, 1);
    expect(figures.quietMs).toBe(8_000);
    expect(figures.mended.find(({ job }) => job === 'writer')?.afterMs).toBeUndefined();
  });

  test('errors are counted by kind, and the first text of each kind is kept', () => {
    const events = by(
      'writer',
      failed('READONLY old', 900),
      failed('READONLY one', 1_001),
      failed('READONLY two', 1_002),
    );
    const { errors, texts } = figuresOf(events, MOVE, NOTHING, 1);
    expect(errors).toEqual({ readonly: 2, execabort: 0, unblocked: 0, timeout: 0, closed: 0, other: 0 });
    expect(texts).toEqual(['writer: READONLY one']);
  });

  test('the most connections that one client lost', () => {
    const events = [...by('writer', closed(1_001), closed(1_400)), ...by('batch', closed(1_001))];
    expect(figuresOf(events, MOVE, NOTHING, 1).closedMost).toBe(2);
  });

  test('a writer works when it is answered after the address has come', () => {
    const events = by('writer', answered(1_100, 1_290), answered(1_290, 1_700));
    const { mended } = figuresOf(events, MOVE, NOTHING, 1);
    expect(mended[0]).toEqual({ job: 'writer', client: 0, afterMs: 400, missed: 0 });
  });

  test('a subscriber has heard when the message was published at the new owner after the address had come', () => {
    const sent = [
      published('b', 1, 1_200),
      published('a', 1, 1_310),
      published('b', 2, 1_320),
      published('b', 3, 1_340),
    ];
    const ofIt = (events: readonly ClientEvent[]) =>
      figuresOf(events, MOVE, { subscriber: sent, popper: [] }, 1).mended.find(({ job }) => job === 'subscriber');
    const early = [heard('b:1', 1_350), heard('a:1', 1_360)];
    expect(ofIt(by('subscriber', ...early))?.afterMs).toBeUndefined();
    expect(ofIt(by('subscriber', ...early, heard('b:3', 1_400)))).toEqual({
      job: 'subscriber',
      client: 0,
      afterMs: 100,
      missed: 0,
    });
  });

  test('what lies between two messages that were heard was missed', () => {
    const subscriber = [2, 3, 4, 5, 6].map((nth) => published('b', nth, 1_300 + nth));
    const events = by('subscriber', heard('b:3', 1_400), heard('b:5', 1_410));
    expect(figuresOf(events, MOVE, { subscriber, popper: [] }, 1).mended.at(-1)?.missed).toBe(1);
  });
});

test('the slowest of those that work again, and how many do not', () => {
  const mended = [
    { job: 'popper', client: 0, afterMs: 20, missed: 0 },
    { job: 'popper', client: 1, afterMs: 70, missed: 0 },
    { job: 'popper', client: 2, afterMs: undefined, missed: 0 },
    { job: 'writer', client: 0, afterMs: 900, missed: 0 },
  ] as const;
  expect(slowestOf(mended, ['popper'])).toEqual({ slowestMs: 70, deaf: 1 });
});

test('an increment is lost when it was acknowledged and is not there, and counted twice when its field says so', () => {
  const fields = new Map([
    ['first', '7'],
    ['0', '1'],
    ['1', '2'],
    ['3', '1'],
  ]);
  expect(countOf('0-2', fields)).toEqual({ acked: 3, lost: 1, twice: 1 });
});
