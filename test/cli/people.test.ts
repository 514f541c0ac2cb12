/** The commands for people: what is, what was done, what lies on the disk. Told in words, and as JSON. */
import { chmodSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { part, startPair, temporary } from '../integration/lib/pair.ts';
import { run } from '../lib/process.ts';
import { programArgv, redisha } from '../lib/program.ts';
import { openPlace, type Place } from './lib.ts';

const PORT = '7399';

/** Where the state of the port lives in this place. */
const stateOf = ({ dir }: Place): string => {
  const state = join(dir, 'state', PORT);
  mkdirSync(state, { recursive: true });
  return state;
};

const entry = (event: string, fields: object): string =>
  JSON.stringify({ at: '2026-08-13T10:15:00.000Z', pid: 7, version: '0.1.0', event, ...fields });

const END = { intent: 'master', result: 'done', exitCode: 0, rule: 310, message: 'all is well', tookMs: 12 };

describe('history', () => {
  test('without a journal says so; with one tells the last entries, the newest at the end', async () => {
    const place = await openPlace();
    expect(await place.run(['history'])).toMatchObject({ code: 0, stdout: 'nothing has happened yet\n', stderr: '' });
    const state = stateOf(place);
    const older = [1, 2, 3].map((rule) => entry('end', { ...END, rule }));
    writeFileSync(join(state, 'journal.jsonl.1'), `${older.join('\n')}\n`);
    const lines = [
      '{"at":"2026-08-13T10:1',
      entry('plan', { intent: 'master', rule: 310, situation: 'TwoMasters', why: 'both are', seen: { huge: true } }),
      entry('step', { step: { kind: 'promote', side: 'local', reason: 'dead' }, tookMs: 3 }),
      entry('step', { step: { kind: 'of a later version' }, tookMs: 4 }),
      entry('rescued', { loser: 'peer', form: 'suffix', file: 'x\u001b[31m.resp' }),
    ];
    writeFileSync(join(state, 'journal.jsonl'), `${lines.join('\n')}\n`);
    const { code, stdout, stderr } = await place.run(['history', '-n', '6']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '2026-08-13 10:15:00.000Z  end      master: done: all is well (rule 2, 12 ms)',
      '2026-08-13 10:15:00.000Z  end      master: done: all is well (rule 3, 12 ms)',
      '2026-08-13 10:15:00.000Z  plan     master: rule 310, TwoMasters: both are',
      '2026-08-13 10:15:00.000Z  step     make local a master (dead) (3 ms)',
      '2026-08-13 10:15:00.000Z  step     {"kind":"of a later version"} (4 ms)',
      '2026-08-13 10:15:00.000Z  rescued  loser=peer form=suffix file=x�[31m.resp',
      '',
    ]);
    const told = await place.run(['history', '--last', '2', '--json']);
    expect(JSON.parse(told.stdout)).toEqual({ entries: lines.slice(-2).map((line) => JSON.parse(line) as unknown) });
  });

  test.each(['0', '-1', 'all', '1e3', ''])('--last "%s" is refused', async (count) => {
    const place = await openPlace();
    const { code, stdout, stderr } = await place.run(['history', `--last=${count}`]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^redisha: --last takes a number from 1 to \d+[^\n]+\nhint: [^\n]+\n$/);
  });

  test('of several ports, which one is meant has to be said', async () => {
    const place = await openPlace();
    for (const port of ['7001', '7002']) mkdirSync(join(place.dir, 'state', port), { recursive: true });
    const { code, stderr } = await place.run(['history']);
    expect(code).toBe(2);
    expect(stderr).toContain('which of the ports 7001, 7002 is meant is not said\nhint: --option port=7001');
    expect(await place.run(['history', '-o', 'port=7002'])).toMatchObject({ code: 0 });
  });
});

const NAMES = [
  '20260813T101500Z-peer-3f2a9c01-1200-4711.resp',
  '20260814T101500Z-local-3f2a9c01-4711.rdb',
  '20260815T101500Z-local-3f2a9c01-4712.rdb',
] as const;

/** A suffix with its sidecar and two datasets without. */
const withRescues = async (toml = ''): Promise<Place & { readonly rescues: string }> => {
  const place = await openPlace(toml);
  const rescues = join(stateOf(place), 'rescue');
  mkdirSync(rescues, { mode: 0o700 });
  for (const name of NAMES) writeFileSync(join(rescues, name), 'x'.repeat(1000));
  const content = {
    form: 'suffix',
    fromOffset: 1200,
    toOffset: 4711,
    commands: 2,
    keys: ['0/a', '0/\u001b[2J'],
    keyCount: 2,
  };
  const record = { when: '2026-08-13T10:15:00.000Z', why: 'diverged', side: 'peer', endpoint: '10.0.0.2:6379' };
  writeFileSync(
    join(rescues, `${NAMES[0]}.json`),
    JSON.stringify({ ...record, replid: '3f2a9c01', bytes: 1000, content }),
  );
  writeFileSync(join(rescues, `${NAMES[1]}.json`), '{ cut short');
  return { ...place, rescues };
};

describe('rescue', () => {
  test('list tells what there is, oldest first, with and without a sidecar', async () => {
    const empty = await openPlace();
    const none = await empty.run(['rescue', 'list']);
    expect(none).toMatchObject({ code: 0, stdout: expect.stringMatching(/^no rescues in /) as string });
    const place = await withRescues();
    const { code, stdout, stderr } = await place.run(['rescue', 'list']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['WHEN', 'SIDE', 'FORM', 'BYTES', 'COMMANDS', 'KEYS', 'WHY', 'FILE'],
      ['2026-08-13 10:15:00Z', 'peer', 'suffix', '1.0 kB', '2', '2', 'diverged', NAMES[0]],
      ['2026-08-14 10:15:00Z', 'local', 'dataset', '1.0 kB', '-', '-', '-', NAMES[1]],
      ['2026-08-15 10:15:00Z', 'local', 'dataset', '1.0 kB', '-', '-', '-', NAMES[2]],
    ]);
    const told = JSON.parse((await place.run(['rescue', 'list', '--json'])).stdout) as { rescues: { name: string }[] };
    expect(told.rescues.map(({ name }) => name)).toEqual(NAMES);
  });

  test('show tells the sidecar and the rule that asked for it, by name and by path', async () => {
    const place = await withRescues();
    const file = join(place.rescues, NAMES[0]);
    const journal = [
      entry('plan', { intent: 'master', rule: 340, situation: 'TwoMasters', why: 'they meet' }),
      entry('plan', { pid: 8, intent: 'backup', rule: 1, situation: 'NoMaster', why: 'of another' }),
      entry('rescued', { loser: 'peer', form: 'suffix', file }),
    ];
    writeFileSync(join(place.rescues, '..', 'journal.jsonl'), `${journal.join('\n')}\n`);
    for (const word of [NAMES[0], file]) {
      const { code, stdout, stderr } = await place.run(['rescue', 'show', word]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^offset +after 1200, up to 4711$/m);
      expect(stdout).toMatch(/^keys +2\n +0\/a\n +0\/�\[2J$/m);
      expect(stdout).toMatch(/^journal +master: rule 340, TwoMasters: they meet$/m);
    }
    const bare = await place.run(['rescue', 'show', NAMES[1]]);
    expect(bare).toMatchObject({ code: 0, stderr: '' });
    expect(bare.stdout).toMatch(/^sidecar +missing or not readable/m);
    const told = JSON.parse((await place.run(['rescue', 'show', NAMES[0], '--json'])).stdout) as object;
    expect(told).toMatchObject({ rescue: { form: 'suffix', sidecar: { commands: 2 } }, plan: { rule: 340 } });
  });

  test('prune keeps what the configuration says, and the newest always', async () => {
    const place = await withRescues('rescue_keep = 2\n');
    const dry = await place.run(['rescue', 'prune', '--dry-run']);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(/^[^\n]+-4711\.resp\n1 rescue would be removed, 2 kept/);
    expect(readdirSync(place.rescues)).toHaveLength(5);
    const told = JSON.parse((await place.run(['rescue', 'prune', '--json'])).stdout) as object;
    expect(told).toMatchObject({ removed: [join(place.rescues, NAMES[0])], kept: 2 });
    expect(readdirSync(place.rescues)).toHaveLength(3);
    const size = await place.run(['rescue', 'prune', '-o', 'rescue_max_bytes=1KiB']);
    expect(size).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(place.rescues)).toEqual([NAMES[2]]);
  });

  test.each<readonly [string, readonly string[], RegExp]>([
    ['no action', [], /rescue takes ACTION/],
    ['an action that is none', ['burn'], /list, show, diff, restore, prune, not "burn"/],
    ['an action of every object', ['constructor'], /not "constructor"/],
    ['show without FILE', ['show'], /rescue show takes FILE/],
    ['list with a word', ['list', 'x'], /rescue list takes no further word/],
    ['a flag of restore', ['prune', '--overwrite'], /rescue prune has no --overwrite/],
    ['--dry-run of diff', ['diff', NAMES[0], '--dry-run'], /rescue diff has no --dry-run/],
    ['a name that says nothing', ['show', 'dump.rdb'], /is no rescue: its name says/],
    ['a file that is not there', ['show', NAMES[0]], /is no rescue: ENOENT/],
    [
      'no way to restore',
      ['restore', NAMES[0]],
      /takes exactly one of --only-missing, --keys, --overwrite, --replace-all, --replay/,
    ],
    ['two ways', ['restore', NAMES[0], '--keys', '*', '--replay'], /takes exactly one of/],
  ])('%s: exit 2, one line, one hint', async (_name, args, says) => {
    const place = await openPlace();
    const { code, stdout, stderr } = await place.run(['rescue', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^redisha: [^\n]+\nhint: [^\n]+\n$/);
  });
});

interface Status {
  readonly inOrder: boolean;
  readonly troubles: readonly string[];
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
    expect(stdout).toMatch(/\nin order\n$/);
    expect(stdout, 'no colours where nobody looks').not.toContain('\u001b');
    await b.run('fault', a);
    const [kept] = (await look(b, [], 1)).troubles;
    expect(kept).toBe('keepalived is in FAULT on this host: nobody takes over here');
    await b.run('stop', a);
    expect((await look(b, [], 1)).troubles).toEqual(['keepalived has stopped on this host: nobody takes over here']);
    await b.run('backup', a);
    await part(pair, { onA: ['x'], onB: ['y'] });
    const split = await look(a, [], 1);
    expect(split).toMatchObject({ inOrder: false, situation: 'TwoMasters' });
    expect(split.troubles).toContain('both nodes are masters');
    expect(split.troubles[1]).toMatch(/^rule \d+ is not carried out: /);
    await b.redis.kill();
    expect(await look(a, [], 1)).toMatchObject({ situation: 'LocalMasterPeerSilent' });
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
    expect(silent.stdout).toContain('situation  LocalSilent: the local Redis cannot be read');
    expect(place.made()).toEqual([]);
  });
});
