/** `status` on real servers: exit codes, JSON, and who may not look. */
import { chmodSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { part, startPair, temporary } from '../integration/lib/pair.ts';
import { run } from '../lib/process.ts';
import { programArgv, redisha } from '../lib/program.ts';
import { KEYS, Terminal } from '../lib/terminal.ts';
import { openPlace } from './lib.ts';

interface Status {
  readonly inOrder: boolean;
  readonly troubles: readonly { readonly code: string; readonly says: string; readonly next: string }[];
  readonly situation: string;
  readonly vrrp?: { readonly vrrpState: string; readonly command: string };
  readonly plan?: { readonly rule: number };
  readonly ends: readonly { readonly rule: number }[];
  readonly rescues: { readonly count: number };
}

describe('status', () => {
  test('a pair in order: exit 0, on both nodes, and the last commands', async () => {
    const pair = await startPair();
    const { a, b } = pair;
    const look = async (node: typeof a, words: readonly string[], code: number): Promise<Status> => {
      const other = node === a ? b : a;
      const done = await redisha(['status', ...words, '--json'], node.envFor(other));
      expect({ code: done.code, stderr: done.stderr }, done.stdout).toEqual({ code, stderr: '' });
      return JSON.parse(done.stdout) as Status;
    };
    const fresh = await look(a, a.words(b), 0);
    expect(fresh).toMatchObject({ inOrder: true, situation: 'LocalMasterWithReplica', ends: [] });
    expect(fresh).not.toHaveProperty('plan');
    await a.run('master', b);
    await b.run('backup', a);
    expect(await look(a, [], 0)).toMatchObject({ vrrp: { vrrpState: 'MASTER' }, ends: [{ result: 'done' }] });
    expect(await look(b, [], 0)).toMatchObject({ situation: 'PeerMasterWithReplica', vrrp: { command: 'backup' } });
    const { stdout } = await redisha(['status'], b.envFor(a));
    expect(stdout).toMatch(/^vrrp +BACKUP, told [\d.]+ s ago \(backup\)$/m);
    expect(stdout).toMatch(/^rule +\d+ \(.+\), would fire for backup$/m);
    expect(stdout).toMatch(/^in order, as far as anybody looked\nnote: .*nobody looked/m);
    expect(stdout, 'no colours where nobody looks').not.toContain('\u001b');
    await b.run('fault', a);
    expect((await look(b, [], 1)).troubles).toEqual([
      {
        code: 'vrrp',
        says: 'keepalived is in FAULT on this host: nobody takes over here',
        next: `redisha check ${b.address} ${b.port}`,
      },
    ]);
    await b.run('stop', a);
    expect((await look(b, [], 1)).troubles).toMatchObject([
      { says: 'keepalived has stopped on this host: nobody takes over here', next: 'systemctl start keepalived' },
    ]);
    await b.run('backup', a);
    await part(pair, { onA: ['x'], onB: ['y'] });
    const split = await look(a, [], 1);
    expect(split).toMatchObject({ inOrder: false, situation: 'TwoMasters' });
    expect(split.troubles[0]).toMatchObject({ code: 'pair', says: 'both nodes are masters' });
    expect(split.troubles[1]?.says).toMatch(/^rule \d+ is not carried out: /);
    await b.redis.kill();
    expect(await look(a, [], 1)).toMatchObject({ situation: 'LocalMasterPeerSilent' });
  });

  test('as a line of a plugin, as metrics, and on a screen', async () => {
    const { a, b, dir } = await startPair();
    const env = a.envFor(b);
    const plugin = await redisha(['status', ...a.words(b), '--nagios'], env);
    expect(plugin).toMatchObject({ code: 0, stderr: '' });
    expect(plugin.stdout).toMatch(
      /^REDISHA OK - healthy: would survive losing either node, as far as is seen from here \| lag_bytes=\d+B;;;0 lag_s=\d+s;;;0 rescues=0;;;0 .*\n$/,
    );
    const unknown = await redisha(['status', '--nagios'], {
      REDISHA_STATE_DIR: join(dir, 'none'),
      REDISHA_CONFIG: '/dev/null',
    });
    expect(unknown).toMatchObject({ code: 3, stderr: '' });
    expect(unknown.stdout).toMatch(/^REDISHA UNKNOWN - the pair is not known[^\n]*\n$/);

    const file = join(dir, 'redisha.prom');
    const written = await redisha(['status', ...a.words(b), '--prometheus', '--out', file], env);
    expect(written).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(`redisha_in_order{port="${String(a.port)}"} 1\n`);
    expect(text).toContain(`redisha_watch_up{port="${String(a.port)}"} 0\n`);
    expect(text, 'nobody knows the address here').not.toContain('redisha_has_address');
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(dir).filter((name) => name.startsWith('redisha.prom'))).toEqual(['redisha.prom']);
    await a.redis.kill();
    const printed = await redisha(['status', ...a.words(b), '--prometheus'], env);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(printed.stdout).toContain(`redisha_node_answers{port="${String(a.port)}",node="local"} 0\n`);
    expect(printed.stdout).toContain('verdict="down"} 1\n');
    expect((await redisha(['status', ...a.words(b), '--nagios'], env)).code).toBe(2);

    const refused = await redisha(['status', ...a.words(b), '--watch'], env);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--watch is for a terminal');
    const both = await redisha(['status', ...a.words(b), '--watch', '--json'], env);
    expect(both.stderr).toContain('--json and --watch do not go together');
    const terminal = new Terminal(['status', ...a.words(b), '--watch'], env);
    await terminal.answer('down: no client can write', KEYS.ctrlC);
    expect(await terminal.end()).toBe(0);
  });

  test('a promote that came to nothing is over: what keepalived said last counts', async () => {
    const { a, b } = await startPair();
    await b.run('backup', a);
    a.redis.freeze();
    expect((await b.run('promote', a)).code).not.toBe(0);
    a.redis.thaw();
    const done = await redisha(['status', '--json'], b.envFor(a));
    expect(JSON.parse(done.stdout)).toMatchObject({ inOrder: true, vrrp: { command: 'backup' }, intent: 'backup' });
  });

  const asNobody = ['setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', '--'];

  test.runIf(process.getuid?.() === 0)('what this user may not read is no reason to be content', async (context) => {
    const reachable = await run([...asNobody, ...programArgv(['--version'])]);
    if (reachable.code !== 0) context.skip('nobody else may run the program where it lies here');
    const { a, b } = await startPair();
    await b.run('backup', a);
    // As install.sh makes it: below a directory that anybody may enter, one that is not for everybody.
    const open = await temporary();
    chmodSync(open, 0o755);
    const [config, state] = [join(open, 'redisha.toml'), join(open, 'state')];
    writeFileSync(config, '', { mode: 0o644 });
    cpSync(join(b.dir, 'state'), state, { recursive: true });
    chmodSync(state, 0o755);
    const own = join(state, String(b.port));
    chmodSync(own, 0o750);
    const env = { ...b.envFor(a), REDISHA_CONFIG: config, REDISHA_STATE_DIR: state };
    const look = (...words: readonly string[]) => redisha(['status', ...words], env, (argv) => [...asNobody, ...argv]);
    const said = await look(...b.words(a));
    expect(said).toMatchObject({ code: 1 });
    expect(said.stdout).toMatch(/^vrrp +cannot be read by this user$/m);
    expect(said.stdout).toContain(`not in order: what keepalived said cannot be read by this user: ${own}/intents`);
    const unknown = await look('--option', `port=${b.port}`);
    expect(unknown).toMatchObject({ code: 6 });
    expect(unknown.stderr).toContain(`what keepalived told cannot be read: ${own}: EACCES\nhint: run it as the user`);
  });

  test('a pair that nobody told of is asked for, and a look leaves nothing behind', async () => {
    const place = await openPlace();
    const { code, stderr } = await place.run(['status']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/the pair is not known.*\nhint: redisha status LOCAL PEER PORT\n$/);
    expect(place.made()).toEqual([]);
    const silent = await place.run(['status', '127.0.0.1', '127.0.0.2', '1']);
    expect(silent).toMatchObject({ code: 1, stderr: '' });
    expect(silent.stdout).toMatch(
      /^not in order: the local Redis cannot be read: it refuses connections .*\n {2}next: systemctl status redis/m,
    );
    expect(place.made()).toEqual([]);
  });
});
