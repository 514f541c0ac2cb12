/** The commands for people: what is, what was done, what lies on the disk. Told in words, and as JSON. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
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

const at = (second: string, event: string, fields: object): string =>
  entry(event, { ...fields, at: `2026-08-13T10:15:${second}Z` });

const ID = '20260813T101500129Z';

const objectsIn = (stdout: string): readonly unknown[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

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
      '2026-08-13 (UTC)',
      '10:15:00.000  end      master: done: all is well (rule 2, 12 ms)',
      '                       change 20260813T101500000Z',
      '10:15:00.000  end      master: done: all is well (rule 3, 12 ms)',
      '10:15:00.000  plan     master: rule 310, TwoMasters: both are',
      '10:15:00.000  step     make local a master (dead) (3 ms)',
      '10:15:00.000  step     {"kind":"of a later version"} (4 ms)',
      '10:15:00.000  rescued  saved the writes that only peer has in x�[31m.resp',
      '',
    ]);
    const told = await place.run(['history', '--last', '2', '--json']);
    expect(objectsIn(told.stdout)).toMatchObject(
      lines.slice(-2).map((line) => ({ format: 1, entry: JSON.parse(line) as unknown })),
    );
  });

  test('show tells one change with all that was seen, why tells what led to it, and what is not there is refused', async () => {
    const place = await openPlace();
    const lines = [
      at('00.000', 'verdict', { fit: true, inOrder: false, rule: 52, why: 'the peer refuses connections' }),
      at('00.130', 'plan', {
        change: ID,
        rule: 340,
        situation: 'Gone',
        why: 'dead',
        steps: ['promote'],
        seen: { all: 1 },
      }),
      at('00.135', 'step', { change: ID, step: { kind: 'promote', side: 'local', reason: 'dead' }, tookMs: 3 }),
      at('00.140', 'end', { ...END, change: ID }),
    ];
    writeFileSync(join(stateOf(place), 'journal.jsonl'), `${lines.join('\n')}\n`);
    const shown = await place.run(['history', 'show', ID, '--json']);
    expect(objectsIn(shown.stdout)).toMatchObject([
      { entry: { seen: { all: 1 } } },
      { event: 'step' },
      { event: 'end' },
    ]);
    for (const words of [['why'], ['why', '2026-08-13T10:15'], ['why', ID]]) {
      const why = await place.run(['history', ...words]);
      expect(why).toMatchObject({ code: 0, stderr: '' });
      expect(why.stdout).toMatch(/^local became the master, 2026-08-13 10:15:00\.135 UTC, change /);
      expect(why.stdout).toMatch(/^\+0\.000 {2}first bad look +fit, the pair is not in order: the peer refuses/m);
      expect(why.stdout).toContain('0.135 s after the first bad look: this Redis takes writes');
    }
    expect(await place.run(['history', 'why', '2026-08-14'])).toMatchObject({ code: 2 });
    expect(await place.run(['history', 'show', '20260813T101500999Z'])).toMatchObject({ code: 2 });
    expect(await place.run(['history', '--since', 'soon'])).toMatchObject({ code: 2 });
    expect((await place.run(['history', '--since', '2026-08-13T10:15:00.136'])).stdout).toContain('  end  ');
  });

  test.each(['0', '-1', 'all', '1e3', ''])('--last "%s" is refused', async (count) => {
    const place = await openPlace();
    const { code, stdout, stderr } = await place.run(['history', `--last=${count}`]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^redisha: --last takes a number from 1 to \d+[^\n]+\nhint: [^\n]+\n$/);
  });

  test('of several ports, which one is meant has to be said', async () => {
    const place = await openPlace();
    for (const port of ['7001', '7002']) mkdirSync(join(place.dir, 'state', port, 'intents'), { recursive: true });
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

/** So many bytes that begin and end as a rescue of this name does. */
const contentOf = (name: string, bytes: number): Buffer => {
  if (name.endsWith('.resp')) return Buffer.from(`*1\r\n$${'0'.repeat(bytes - 14)}4\r\nPING\r\n`);
  return Buffer.concat([Buffer.from('REDIS0011'), Buffer.alloc(bytes - 18), Buffer.from([0xff]), Buffer.alloc(8)]);
};

/** A suffix with its sidecar and two datasets without. */
const withRescues = async (toml = ''): Promise<Place & { readonly rescues: string }> => {
  const place = await openPlace(toml);
  const rescues = join(stateOf(place), 'rescue');
  mkdirSync(rescues, { mode: 0o700 });
  for (const name of NAMES) writeFileSync(join(rescues, name), contentOf(name, 1000));
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
      ['WHEN', 'SIDE', 'FORM', 'BYTES', 'COMMANDS', 'KEYS', 'WHY', 'SEEN BY', 'FILE'],
      ['2026-08-13 10:15:00Z', 'peer', 'suffix', '1.0 kB', '2', '2', 'diverged', 'nobody', NAMES[0]],
      ['2026-08-14 10:15:00Z', 'local', 'dataset', '1.0 kB', '-', '-', '-', 'nobody', NAMES[1]],
      ['2026-08-15 10:15:00Z', 'local', 'dataset', '1.0 kB', '-', '-', '-', 'nobody', NAMES[2]],
    ]);
    const told = JSON.parse((await place.run(['rescue', 'list', '--json'])).stdout) as { rescues: { name: string }[] };
    expect(told.rescues.map(({ name }) => name)).toEqual(NAMES);
  });

  test('list tells who has looked, and what is no rescue', async () => {
    const place = await withRescues();
    const empty = '20260812T101500Z-peer-3f2a9c01-7.rdb';
    writeFileSync(join(place.rescues, empty), 'REDIS0011');
    await place.run(['rescue', 'show', NAMES[1]]);
    const { stdout } = await place.run(['rescue', 'list']);
    expect(stdout).toMatch(/ nobody {2,}\S+-1200-4711\.resp\n/);
    expect(stdout).toMatch(/ show {2,}\S+-4711\.rdb\n/);
    expect(stdout).toContain(`\nnote: ${empty} is empty or cut short: it is not a rescue\n`);
    const told = JSON.parse((await place.run(['rescue', 'list', '--json'])).stdout) as object;
    expect(told).toMatchObject({ rescues: [{}, { seen: { by: 'show' } }, {}], cutShort: [empty] });
    expect((told as { rescues: object[] }).rescues[0]).not.toHaveProperty('seen');
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

  test('prune keeps what the configuration says, the newest, and what nobody has looked at', async () => {
    const place = await withRescues('rescue_keep = 2\n');
    const refused = await place.run(['rescue', 'prune']);
    expect(refused.stdout).toMatch(/^0 rescues removed, 3 kept[^\n]+\n1 rescue beyond the limits kept, .* --unseen /);
    await place.run(['rescue', 'show', NAMES[0]]);
    const dry = await place.run(['rescue', 'prune', '--dry-run']);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(/^[^\n]+-4711\.resp\n1 rescue would be removed, 2 kept/);
    expect(readdirSync(place.rescues)).toHaveLength(6);
    const told = JSON.parse((await place.run(['rescue', 'prune', '--json'])).stdout) as object;
    expect(told).toMatchObject({ removed: [join(place.rescues, NAMES[0])], kept: 2, keptUnseen: 0 });
    expect(readdirSync(place.rescues)).toHaveLength(3);
    const size = await place.run(['rescue', 'prune', '--unseen', '-o', 'rescue_max_bytes=1KiB']);
    expect(size).toMatchObject({ code: 0, stderr: '' });
    expect(size.stdout).toMatch(/\nnobody had looked at 1 of them\n/);
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
    ['a name that says nothing', ['show', 'dump.rdb'], /is not a rescue: its name says/],
    ['a file that is not there', ['show', NAMES[0]], /is not a rescue: ENOENT/],
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
