/** What `status --prometheus` prints, the alerts and their tests, by Prometheus' own checker. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { metricsText } from '../../src/cli/metrics.ts';
import { temporary } from '../integration/lib/pair.ts';
import { run } from '../lib/process.ts';
import { findPromtool } from '../lib/promtool.ts';
import { root } from '../lib/sources.ts';
import { SITUATED } from '../unit/cli/status-reports.ts';

const promtool = await findPromtool();
const [path, missing] = 'path' in promtool ? [promtool.path, ''] : ['', promtool.missing];
const RULES = join(root, 'contrib/prometheus');

const namesIn = (file: string, word: string): readonly string[] => {
  const found = readFileSync(join(RULES, file), 'utf8').matchAll(new RegExp(`\\b${word}: (\\w+)`, 'g'));
  return [...new Set([...found].map(([, name = '']) => name))].toSorted();
};

/** promtool takes a test of an alert that is in no file for one that passes. */
test('the alerts that are tested are those of the rules', () => {
  const alerts = namesIn('redisha.rules.yml', 'alert');
  expect(alerts.length).toBeGreaterThan(5);
  expect(namesIn('redisha.rules.test.yml', 'alertname')).toEqual(alerts);
});

test.skipIf(path === '')(`promtool finds nothing wrong${missing}`, async () => {
  const file = join(await temporary(), 'metrics');
  // As of one host with a pair in each situation.
  const reports = SITUATED.map(({ report }, nth) => {
    const localEndpoint = { ...report.pair.localEndpoint, port: 7000 + nth };
    return { ...report, pair: { ...report.pair, localEndpoint } };
  });
  writeFileSync(file, `${metricsText(reports, '1.2.3')}\n`);
  const checked = await run(['sh', '-c', 'exec "$1" check metrics <"$2"', 'sh', path, file]);
  expect(checked).toMatchObject({ code: 0, stdout: '', stderr: '' });
  for (const words of [
    ['check', 'rules', join(RULES, 'redisha.rules.yml')],
    ['test', 'rules', join(RULES, 'redisha.rules.test.yml')],
  ]) {
    const { code, stdout, stderr } = await run([path, ...words]);
    expect(code, `${stdout}${stderr}`).toBe(0);
  }
});
