/** What root makes in a directory of another user, who has to go on with it. */
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeAnnouncement } from '../../../src/host/announcements.ts';
import { writeFileAtomic } from '../../../src/host/durable.ts';
import { replaceFile } from '../../../src/host/files.ts';
import { ownKey } from '../../../src/host/identity.ts';
import { openJournal } from '../../../src/host/journal.ts';
import { openLog } from '../../../src/host/log.ts';
import { openMemory } from '../../../src/host/memory.ts';
import { rescueDirectory } from '../../../src/host/paths.ts';
import { writeLastCheck } from '../../../src/host/state.ts';
import { PartFile } from '../../../src/redis/rescue-file.ts';
import { temporaryDirectory, temporaryFile } from '../temporary.ts';
import { recordingLog } from './recording-log.ts';

const [USER, GROUP] = [4711, 4712];
const clock = { wallIso: () => '2026-01-02T03:04:05.678Z' };

const theirDirectory = (): string => {
  const directory = temporaryDirectory();
  chownSync(directory, USER, GROUP);
  return directory;
};

const ownerOf = (path: string): readonly [number, number] => {
  const { uid, gid } = lstatSync(path);
  return [uid, gid];
};

const writeEverything = async (stateDir: string, logFile: string): Promise<readonly unknown[]> => {
  const place = { stateDir, port: 6379 };
  const { log, lines } = recordingLog();
  const own = ownKey();
  if (own === undefined) throw new Error('/proc is not readable');
  const said = { command: 'promote', vrrpState: 'BACKUP', isRecord: false, saidMs: 0 } as const;
  const unknown = { processId: undefined, repairs: [] };
  const condition = { row: 38, local: 'master', peer: 'replica', isSound: true } as const;
  const last = { ...unknown, fit: true, condition, sinceMs: 0, parent: undefined, keeper: undefined };
  const problems = [
    writeAnnouncement(place, own, { ...said, local: '127.0.0.1', peer: '127.0.0.2' }),
    writeLastCheck(place, last),
  ];
  await openMemory(place, log).save({ local: 'a', peer: 'b', keys: 0 });
  await openJournal({ ...place, version: '1', clock, log }).append({ event: 'end' });
  const part = await PartFile.create(rescueDirectory(place), 'r', 3);
  await part.write(Buffer.from('abc'));
  await part.commit('r.rdb');
  const options = { format: 'text', level: 'info', command: 'check', toStderr: false, clock } as const;
  (await openLog({ ...options, file: logFile })).info('end');
  return [...problems, ...lines].filter((problem) => problem !== undefined);
};

describe.runIf(process.geteuid?.() === 0)('what root makes', () => {
  test('belongs to the owner of the directory that it is in', async () => {
    const directory = theirDirectory();
    expect(await writeEverything(join(directory, 'lib', 'state'), join(directory, 'log', 'redisha.log'))).toEqual([]);
    const made = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    expect(made).toEqual(expect.arrayContaining(['lib', 'lib/state/6379/rescue/r.rdb', 'log/redisha.log']));
    expect(made.filter((path) => String(ownerOf(join(directory, path))) !== `${USER},${GROUP}`)).toEqual([]);
  });

  test('is root’s where the directory is, and what was there keeps its owner', async () => {
    const directory = temporaryDirectory();
    const journal = join(directory, 'state', '6379', 'journal.jsonl');
    await writeEverything(join(directory, 'state'), join(directory, 'redisha.log'));
    expect(ownerOf(journal)).toEqual([0, 0]);
    chownSync(journal, USER, GROUP);
    await writeEverything(join(directory, 'state'), join(directory, 'redisha.log'));
    expect(ownerOf(journal)).toEqual([USER, GROUP]);
  });

  test.each([
    ['quickly', (path: string) => Promise.resolve(replaceFile(path, 'new'))],
    ['durably', (path: string) => writeFileAtomic(path, 'new')],
  ])('is no file that a link leads to: written %s', async (_name, write) => {
    const victim = temporaryFile('victim', 'secret');
    chmodSync(victim, 0o600);
    const path = join(theirDirectory(), 'file');
    symlinkSync(victim, `${path}.${String(process.pid)}.tmp`);
    await write(path);
    expect([readFileSync(path, 'utf8'), readFileSync(victim, 'utf8')]).toEqual(['new', 'secret']);
    expect([ownerOf(path), ownerOf(victim)]).toEqual([
      [USER, GROUP],
      [0, 0],
    ]);
  });

  test('is nowhere where another user’s link leads', async () => {
    const [directory, elsewhere] = [theirDirectory(), temporaryDirectory()];
    symlinkSync(elsewhere, join(directory, '6379'));
    lchownSync(join(directory, '6379'), USER, GROUP);
    const place = { stateDir: directory, port: 6379 };
    const { log, lines } = recordingLog();
    await openMemory(place, log).save({ local: 'a', peer: 'b', keys: 0 });
    await openJournal({ ...place, version: '1', clock, log }).append({ event: 'end' });
    expect(lines).toMatchObject([
      ['warn', 'memory-not-saved', { why: 'ELOOP' }],
      ['warn', 'journal-not-written', { why: 'ELOOP' }],
    ]);
    await expect(PartFile.create(rescueDirectory(place), 'r', 3)).rejects.toMatchObject({ code: 'ELOOP' });
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test('takes the way of a link that root made', async () => {
    const [directory, elsewhere] = [theirDirectory(), temporaryDirectory()];
    symlinkSync(join(elsewhere, 'redisha.log'), join(directory, 'redisha.log'));
    const options = { format: 'text', level: 'info', command: 'check', toStderr: false, clock } as const;
    writeFileSync(join(elsewhere, 'redisha.log'), '');
    (await openLog({ ...options, file: join(directory, 'redisha.log') })).info('end');
    expect(readFileSync(join(elsewhere, 'redisha.log'), 'utf8')).toContain('end');
  });

  test('removes no file but its own among the announcements', () => {
    const place = { stateDir: theirDirectory(), port: 6379 };
    const intents = join(place.stateDir, '6379', 'intents');
    const own = ownKey();
    if (own === undefined) throw new Error('/proc is not readable');
    const said = { command: 'master', vrrpState: 'MASTER', isRecord: false, saidMs: 0 } as const;
    mkdirSync(intents, { recursive: true });
    writeFileSync(join(intents, 'passwd'), 'not ours');
    expect(writeAnnouncement(place, own, { ...said, local: 'a', peer: 'b' })).toBeUndefined();
    expect(readdirSync(intents)).toContain('passwd');
  });
});
