/** The history as people see it: 80 columns, each change named once, and nothing that a terminal would obey. */
import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { chainText, timelineText } from '../../../src/cli/history-text.ts';
import { changesOf } from '../../../src/core/history/changes.ts';
import { chainOf } from '../../../src/core/history/chain.ts';
import type { Recorded } from '../../../src/core/history/record.ts';
import { at, takeover } from '../core/history/story.ts';

const PLAIN = { colors: pc.createColors(false), width: 80 };
const COLOURED = { colors: pc.createColors(true), width: 80 };

const dated = (records: readonly Recorded[]) => {
  const changes = changesOf(records);
  return records.map((entry, place) => ({ entry, change: changes[place] }));
};

const widest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));

describe('the timeline', () => {
  test('has days, times, and the name of each change below its first entry', () => {
    expect(timelineText(dated(takeover().slice(0, 5)), PLAIN).split('\n')).toEqual([
      '2026-11-29 (UTC)',
      '22:12:00.000  verdict  fit: in step (rule 58)',
      '2026-11-30 (UTC)',
      '03:12:04.002  verdict  fit, the pair is not in order: the peer refuses',
      '                       connections (rule 56)',
      '03:12:04.140  vrrp     keepalived says MASTER',
      '03:12:04.141  plan     master: rule 340, ReplicaPeerSilent: it is dead',
      '                       change 20261130T031204140Z',
      '03:12:04.146  step     make local a master (the peer does not serve) (4 ms)',
    ]);
  });

  test('shows in colour what is not as it should be, and obeys nothing', () => {
    const text = timelineText(dated([at(1, 'verdict', { fit: false, rule: 11, why: 'gone \u001b[2J' })]), COLOURED);
    expect(text).toContain('\u001b[33munfit: gone \ufffd[2J (rule 11)\u001b[39m');
  });
});

test('a chain has the seconds since its beginning, and fits 80 columns', () => {
  const chain = chainOf(takeover(), undefined);
  const text = chain === undefined ? '' : chainText(chain, PLAIN);
  expect(text.split('\n').slice(0, 6)).toEqual([
    'local became the master, 2026-11-30 03:12:04.146 UTC, change 20261130T031204140Z',
    'seconds after 2026-11-30 03:12:04.002',
    ' +0.000  first bad look  fit, the pair is not in order: the peer refuses',
    '                         connections (rule 56)',
    ' +0.138  keepalived      keepalived says MASTER',
    ' +0.139  decision        master: rule 340, ReplicaPeerSilent: it is dead',
  ]);
  expect(widest(text)).toBeLessThanOrEqual(80);
});
