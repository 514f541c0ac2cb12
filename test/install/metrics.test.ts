/** The timer that writes metrics for node_exporter, as install.sh makes it and takes it away. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bench, makeBench, tree } from './bench.ts';

describe('--metrics', () => {
  const UNITS = ['redisha-metrics.service', 'redisha-metrics.timer'].map((name) => `etc/systemd/system/${name}`);
  const startOf = async ({ dest }: Bench): Promise<string | undefined> =>
    /^ExecStart=.*$/m.exec(await readFile(join(dest, UNITS[0] ?? ''), 'utf8'))?.[0];

  test('has a timer that starts the executable where it is; a later installation keeps it, --uninstall takes it away', async () => {
    await using bench = await makeBench('script');
    await bench.installBelow();
    expect((await tree(bench.dest)).filter((path) => path.includes('metrics'))).toEqual([]);
    const done = await bench.installBelow('--metrics');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain('note: there is no /var/lib/prometheus/node-exporter yet');
    const usual = '/var/lib/prometheus/node-exporter';
    expect(await startOf(bench)).toBe(
      `ExecStart=/usr/local/bin/redisha status --prometheus --out ${usual}/redisha.prom`,
    );
    await mkdir(join(bench.dest, 'srv/textfiles'), { recursive: true });
    await bench.installBelow('--metrics=/srv/textfiles');
    await bench.installBelow('--prefix', '/opt/ha');
    const named = 'ExecStart=/opt/ha/bin/redisha status --prometheus --out /srv/textfiles/redisha.prom';
    expect(await startOf(bench)).toBe(named);
    await writeFile(join(bench.dest, 'srv/textfiles/redisha.prom'), 'redisha_in_order 1\n');
    expect((await bench.installBelow('--uninstall')).code).toBe(0);
    expect((await tree(bench.dest)).filter((path) => /metrics|prom$/.test(path))).toEqual([]);
  });
});
