import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { announcers, newestAnnouncement } from '../../../src/host/announcements.ts';
import { bootId, ownKey, startedAfter } from '../../../src/host/identity.ts';
import { intentsDirectories, knownPorts, type Place } from '../../../src/host/paths.ts';
import { openTurn } from '../../../src/host/turn.ts';
import { Running, runOk } from '../../lib/process.ts';
import { waitFor } from '../../lib/wait.ts';
import { temporaryDirectory, temporaryFile, unusedPort } from '../temporary.ts';

/** Of a state directory of its own, for which nobody has made a place below `/run`. */
const intentsIn = (place: Place): string => intentsDirectories(place)[1];

const somewhere = (): Place => ({ stateDir: temporaryDirectory(), port: unusedPort() });

const program = fileURLToPath(new URL('turn-process.ts', import.meta.url));

/** A process of its own that takes orders, with keepalived's umask. */
const start = (place: Place) => {
  const command = `umask 0177; exec "${process.execPath}" "${program}" "${place.stateDir}" ${String(place.port)}`;
  const running = new Running(['sh', '-c', command]);
  onTestFinished(() => {
    running.closeInput();
    return running.ended.then(() => undefined);
  });
  return {
    running,
    /** What it answers to one order. */
    async ask(word: string): Promise<string> {
      const before = running.lines.length;
      running.write(`${word}\n`);
      const seen = await waitFor(
        `an answer to ${word}`,
        { deadlineMs: 10_000, everyMs: 5 },
        () => running.lines.slice(before),
        (lines) => lines.some(({ text }) => text.startsWith(`${word}: `)),
      );
      return seen
        .map(({ text }) => text)
        .join('\n')
        .slice(word.length + 2);
    },
  };
};

const said = { command: 'master', vrrpState: 'MASTER', isRecord: false, local: '127.0.0.1', peer: '10.0.0.2' } as const;

describe('the turn', () => {
  test('is had by one at a time, and may be asked for again by its owner', async () => {
    const place = somewhere();
    const [one, other] = [openTurn(place), openTurn(place)];
    expect(await one.acquire()).toBe('acquired');
    expect(await one.acquire()).toBe('acquired');
    expect(await other.acquire()).toBe('taken');
    await one.release();
    expect(await other.acquire()).toBe('acquired');
    await other.release();
  });

  test('needs no state directory', async () => {
    const place = { stateDir: temporaryFile('no-directory', ''), port: unusedPort() };
    const turn = openTurn(place);
    expect(await turn.acquire()).toBe('acquired');
    await turn.release();
  });
});

describe('announcements', () => {
  test('of a later process supersede an earlier one, whoever writes first', async () => {
    const place = somewhere();
    const earlier = start(place);
    const earlierKey: unknown = JSON.parse(await earlier.ask('key'));
    const later = start(place);
    const laterKey: unknown = JSON.parse(await later.ask('key'));
    expect(await later.ask('master')).toBe('undefined');
    expect(await earlier.ask('backup')).toBe('undefined');
    expect(await earlier.ask('newer')).toBe('command');
    expect(await later.ask('newer')).toBe('nothing');
    expect(newestAnnouncement(place)).toMatchObject({ ...said, by: laterKey });
    expect(announcers(place)).toEqual([laterKey, earlierKey]);
  });

  test('that only record are told from those that act', async () => {
    const place = somewhere();
    const earlier = start(place);
    await earlier.ask('key');
    expect(await start(place).ask('record')).toBe('undefined');
    expect(await earlier.ask('newer')).toBe('record');
    expect(newestAnnouncement(place)).toMatchObject({ command: 'fault', vrrpState: 'FAULT', isRecord: true });
    expect(await start(place).ask('backup')).toBe('undefined');
    expect(await earlier.ask('newer')).toBe('command');
  });

  test('of a person change nothing of what keepalived said, be it told before or after', async () => {
    const place = somewhere();
    const [before, after] = [start(place), start(place)];
    await after.ask('key');
    const person = start(place);
    expect(await person.ask('promote')).toBe('undefined');
    expect(newestAnnouncement(place)).toMatchObject({ command: 'promote', vrrpState: 'BACKUP' });
    expect(await after.ask('master')).toBe('undefined');
    expect(await before.ask('backup')).toBe('undefined');
    expect(newestAnnouncement(place)).toMatchObject({ command: 'promote', vrrpState: 'MASTER' });
    expect(await after.ask('newer')).toBe('command');
  });

  test('of older processes are removed by a newer one, and its own stays after its end', async () => {
    const place = somewhere();
    const earlier = start(place);
    await earlier.ask('backup');
    const later = start(place);
    await later.ask('master');
    process.kill(later.running.pid, 'SIGKILL');
    await later.running.ended;
    expect(announcers(place)).toHaveLength(1);
    expect(newestAnnouncement(place)?.command).toBe('master');
    expect(await earlier.ask('newer')).toBe('command');
  });

  test('of a storm of processes: the one that was forked last wins, in whatever order they write', async () => {
    const place = somewhere();
    const orders = temporaryFile('orders', 'backup\n');
    const one = `"${process.execPath}" "${program}" "${place.stateDir}" ${String(place.port)} < "${orders}" >&2 &`;
    const storm = await runOk(['sh', '-c', `umask 0177; ${`${one}\n`.repeat(12)} echo $!; wait`], {
      timeoutMs: 30_000,
    });
    expect(newestAnnouncement(place)?.by.pid).toBe(Number(storm));
  });

  test('are readable although keepalived gives a umask of 0177', async () => {
    const place = somewhere();
    await start(place).ask('master');
    const directory = intentsIn(place);
    const [file = ''] = readdirSync(directory);
    const modes = [join(directory, '..'), directory, join(directory, file)].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o750, 0o750, 0o640]);
  });

  test('of other boots and half-written ones do not count and go', async () => {
    const place = somewhere();
    const directory = intentsIn(place);
    mkdirSync(directory, { recursive: true });
    const boot = bootId().slice(0, 8);
    const content = JSON.stringify({ ...said, saidMs: 1 });
    writeFileSync(join(directory, '00000000-9999999999999999-0000000001.json'), content);
    writeFileSync(join(directory, `${boot}-0000000000000001-0000000001.json.1.tmp`), '{');
    expect(newestAnnouncement(place)).toBeUndefined();
    const turn = openTurn(place);
    expect(await turn.newer()).toBe('nothing');
    expect(await turn.announce(said)).toBeUndefined();
    expect(announcers(place)).toEqual([ownKey()]);
    expect(readdirSync(directory)).toHaveLength(1);
  });

  test('that make no sense are passed over for the one before', async () => {
    const place = somewhere();
    await openTurn(place).announce(said);
    const boot = bootId().slice(0, 8);
    const newer = join(intentsIn(place), `${boot}-9999999999999999-0000000001.json`);
    for (const nonsense of ['', '{', 'null', '{"command":"rule","vrrpState":"MASTER","saidMs":1}']) {
      writeFileSync(newer, nonsense);
      expect(newestAnnouncement(place)?.by).toEqual(ownKey());
    }
  });

  test('that cannot be written are a warning, and nothing is superseded', async () => {
    const place = { stateDir: temporaryFile('no-directory', ''), port: unusedPort() };
    const turn = openTurn(place);
    expect(await turn.announce(said)).toMatch(/^cannot write .*\/intents\/.*\.json: ENOTDIR$/);
    expect(await turn.newer()).toBe('nothing');
    expect(newestAnnouncement(place)).toBeUndefined();
  });
});

test('of two processes the one with more ticks, then with the greater pid, was started later', () => {
  expect(startedAfter({ startTicks: 10, pid: 1 }, { startTicks: 9, pid: 2 })).toBe(true);
  expect(startedAfter({ startTicks: 10, pid: 1 }, { startTicks: 10, pid: 2 })).toBe(false);
  expect(startedAfter({ startTicks: 10, pid: 2 }, { startTicks: 10, pid: 2 })).toBe(false);
});

test('known ports are the directories named by one, in order, that hold what keepalived or a whole pair left', () => {
  const stateDir = temporaryDirectory();
  for (const name of ['6380', '6379', 'lost+found', '0', '06379'])
    mkdirSync(join(stateDir, name, 'intents'), { recursive: true });
  for (const [port, file] of [
    ['10000', 'pair.json'],
    ['6390', 'last-check.json'],
  ] as const) {
    mkdirSync(join(stateDir, port));
    writeFileSync(join(stateDir, port, file), '{}');
  }
  expect(knownPorts(stateDir)).toEqual([6379, 6380, 10000]);
  expect(knownPorts(join(stateDir, 'missing'))).toEqual([]);
});
