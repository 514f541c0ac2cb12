/** What the resident answers, as another version or somebody else in its place may say it. */
import { expect, test } from 'vitest';
import { answerIn } from '../../../src/app/resident-answer.ts';

const REPORT = { port: 6379, fit: true, rule: 40, why: 'so it is', forMs: 1, localAgeMs: 1 };

test.each<[name: string, more: object, isReport: boolean]>([
  ['nothing more', {}, true],
  ['a silent peer', { peerSilent: { view: { kind: 'frozen', why: 'no answer' }, ageMs: 1 } }, true],
  ['a silent peer without a view', { peerSilent: { ageMs: 1 } }, false],
  ['a silent peer of no age', { peerSilent: { view: { kind: 'frozen', why: 'no answer' } } }, false],
  ['a silent peer that is nothing', { peerSilent: null }, false],
  ['a licence', { licence: { position: 'whole', says: 'so it is', away: 'no answer' } }, true],
  ['a licence without words', { licence: { position: 'whole' } }, false],
  ['a licence that is nothing', { licence: null }, false],
])('a report with %s', (_name, more, isReport) => {
  const report = { ...REPORT, ...more };
  expect(answerIn({ pid: 1, ports: [report] })?.ports).toEqual(isReport ? [report] : []);
});
