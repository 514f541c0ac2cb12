/** What is told of the clients of a drill while it runs. */
import { expect, test } from 'vitest';
import { Recorder } from '../../../../src/app/drill/recorder.ts';
import { CLIENTS } from '../../../../src/core/drill/record.ts';

const opened = () => {
  const told: string[] = [];
  const clock = { ms: 0 };
  const recorder = new Recorder(
    () => clock.ms,
    ({ atMs, text }) => told.push(`${String(atMs)} ${text}`),
  );
  const at = (ms: number, happens: () => void): void => {
    clock.ms = ms;
    happens();
  };
  return { recorder, told, at };
};

test('the first error of each kind, the end of a connection, and the first success after them', () => {
  const { recorder, told, at } = opened();
  at(100, () => recorder.answered('keys'));
  at(110, () => recorder.failed('keys', new Error('READONLY no')));
  at(120, () => recorder.failed('keys', new Error('READONLY no')));
  at(130, () => recorder.failed('keys', new Error('Connection is closed.')));
  at(140, () => {
    recorder.closed('keys');
  });
  at(300, () => recorder.answered('keys'));
  at(400, () => recorder.answered('keys'));
  expect(told).toEqual([
    '110 keys: first error: READONLY',
    '130 keys: first error: closed',
    '140 keys: its connection has ended',
    '300 keys: works again, after 0.20 s',
  ]);
  expect(recorder.records().keys).toMatchObject({ answersMs: [100, 300, 400], closedMs: [140] });
  expect(recorder.records().keys.errors.map(({ kind }) => kind)).toEqual(['READONLY', 'READONLY', 'closed']);
});

test('clients that get nothing are told of once and together, and so is each return', () => {
  const { recorder, told, at } = opened();
  at(100, () => {
    for (const client of CLIENTS) recorder.answered(client);
  });
  for (const ms of [500, 700, 900]) {
    at(ms, () => {
      for (const client of CLIENTS) if (client !== 'subscriber' && client !== 'popper') recorder.answered(client);
      recorder.tick();
    });
  }
  at(1000, () => {
    recorder.answered('subscriber');
  });
  expect(told).toEqual(['700 subscriber, popper: no answer', '1000 subscriber: works again, after 0.90 s']);
});

test('the end of the drill itself is no trouble', () => {
  const { recorder, told, at } = opened();
  at(100, () => recorder.answered('popper'));
  at(200, () => {
    recorder.quiet();
  });
  at(2000, () => {
    recorder.tick();
  });
  at(2100, () => {
    recorder.end();
    recorder.closed('popper');
    recorder.failed('popper', new Error('Connection is closed.'));
  });
  expect(told).toEqual([]);
  expect(recorder.records().popper).toMatchObject({ errors: [], closedMs: [] });
});
