/** What a resident answers, looked at before anybody goes by it. */
import { expect, test } from 'vitest';
import { answerIn } from '../../../src/app/resident-answer.ts';

const REPORT = { port: 6379, fit: true, rule: 38, why: 'master', forMs: 1, localAgeMs: 2 };

test.each([
  ['no more than that', {}, true],
  ['a licence', { licence: { position: 'whole', says: 'whole' } }, true],
  ['a licence, and a witness that is away', { licence: { position: 'whole', says: 'whole', away: 'refused' } }, true],
  ['no licence at all', { licence: null }, false],
  ['a licence without words', { licence: { position: 'whole' } }, false],
  ['a licence whose words are none', { licence: { position: 'whole', says: {} } }, false],
  ['a witness that is away for no reason', { licence: { position: 'whole', says: 'whole', away: 1 } }, false],
  ['a silent peer', { peerSilent: { view: { kind: 'frozen', why: 'silent' }, ageMs: 3 } }, true],
  ['nobody who is silent', { peerSilent: { ageMs: 3 } }, false],
  ['a silence of no age', { peerSilent: { view: { kind: 'frozen', why: 'silent' } } }, false],
])('of a port, with %s', (_what, more, isReport) => {
  const report = { ...REPORT, ...more };
  expect(answerIn({ pid: 1, ports: [report] })).toEqual({ pid: 1, ports: isReport ? [report] : [] });
});
