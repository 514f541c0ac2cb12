/** What a drill prints: the tables, the JSON, the picture. */
import { expect, test } from 'vitest';
import type { DrillReport } from '../../../src/app/drill/drill.ts';
import { pictureOf } from '../../../src/cli/drill-picture.ts';
import { liveLine, reportJson, reportText } from '../../../src/cli/drill-text.ts';
import { figuresOf, pledgesOf, promisedMs } from '../../../src/core/drill/figures.ts';
import { CLIENTS, type ClientName, type ClientRecord } from '../../../src/core/drill/record.ts';
import { createColors } from 'picocolors';

const plain = createColors(false);

const answersMs = Array.from({ length: 61 }, (_, at) => at * 50).filter((ms) => ms <= 1000 || ms >= 1300);
const record: ClientRecord = { answersMs, errors: [{ atMs: 1010, kind: 'READONLY' }], closedMs: [1020] };
const records = Object.fromEntries(CLIENTS.map((client) => [client, record])) as Record<ClientName, ClientRecord>;
const of = { disturbance: 'promote', profile: 'fast' } as const;
const figures = figuresOf(records, [{ fromMs: 990, toMs: 3000 }], {
  subscriber: { kind: 'messages', published: 5, heard: 3, missed: 2, twice: 0 },
});
const pledges = pledgesOf({ ...of, figures, inOrder: false });

const report: DrillReport = {
  ...of,
  durationMs: 3000,
  moves: [{ what: 'the role moves to this node', atMs: 990, tookMs: 200, said: 'done' }],
  events: [
    { atMs: 990, kind: 'move', text: 'the role moves to this node' },
    { atMs: 1100, kind: 'address', text: 'the address <10.0.0.9> & "more" has left this host' },
  ],
  records,
  figures,
  promisedMs: Object.fromEntries(
    CLIENTS.map((client) => [client, promisedMs(of, client)]),
  ) as DrillReport['promisedMs'],
  pledges,
  isKept: false,
  disorder: ['the replica is not in step; redisha status'],
  keysLeft: 2,
};

test('as text: a line for each client, the promises, and what is left to do', async () => {
  const text = await reportText(report, plain);
  expect(text).toMatch(/^client +silence +promised +errors +account$/m);
  expect(text).toMatch(/^probe +0\.30 s +0\.25 s +1 READONLY, connection lost 1x$/m);
  expect(text).toMatch(/^subscriber +0\.30 s +1\.25 s .* 5 published, 3 heard, 2 missed$/m);
  expect(text).toMatch(/^silence of the service, by the probe +at most 0\.25 s +0\.30 s +NOT KEPT$/m);
  expect(text).toMatch(/^silence of every application +at most 1\.25 s +0\.30 s +kept$/m);
  expect(text).toContain('not in order: the replica is not in step; redisha status');
  expect(text).toMatch(/2 keys of the drill could not be removed\nnot every promise was kept$/);
});

test('as JSON: a version, and nothing that is drawn only', () => {
  const told = JSON.parse(reportJson(report, { address: '10.0.0.9', port: 6379 })) as Record<string, unknown>;
  expect(told).toMatchObject({ version: 1, command: 'drill', isKept: false, profile: 'fast', keysLeft: 2 });
  expect(told).not.toHaveProperty('records');
  expect(told['clients']).toHaveLength(CLIENTS.length);
  expect(told['timeline']).toHaveLength(2);
});

test('as a picture: a lane for each client, with its silence and its errors; text from elsewhere is no markup', () => {
  const picture = pictureOf(report, 'drill of <pair>');
  expect(picture.match(/class="name"/g)).toHaveLength(CLIENTS.length);
  expect(picture.match(/class="answer"/g)).toHaveLength(2 * CLIENTS.length);
  expect(picture.match(/class="error"/g)).toHaveLength(CLIENTS.length);
  expect(picture).toContain('the address &lt;10.0.0.9&gt; &amp; &quot;more&quot; has left this host');
  expect(picture).toContain('drill of &lt;pair&gt;');
  expect(picture).not.toMatch(/NaN|undefined/);
});

test('on a terminal: who has had no answer for how long', () => {
  expect(liveLine(1500, () => 20)).toBe('   1.5 s   every client works');
  expect(liveLine(2000, (client) => (client === 'popper' ? 900 : 10))).toBe('   2.0 s   no answer for 0.9 s: popper');
  expect(liveLine(2000, () => 1200)).toBe('   2.0 s   no answer for 1.2 s: 8 clients');
});
