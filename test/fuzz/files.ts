/** What is read from the files of a host, and from its command lines. */
import { ok } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { entryText } from '../../src/cli/entry.ts';
import { plainRun } from '../../src/cli/plain.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { PeoplesRuntime } from '../../src/cli/runtime.ts';
import { loadSettings } from '../../src/config/load.ts';
import { EXIT, RedishaError } from '../../src/errors.ts';
import { newestAnnouncement } from '../../src/host/announcements.ts';
import { bootId } from '../../src/host/identity.ts';
import { openJournalReader } from '../../src/host/journal-reader.ts';
import { readLastCheck, readMemory } from '../../src/host/state.ts';
import { toldKeepalived } from '../../src/host/verdict-file.ts';
import { escaped } from '../../src/printable.ts';
import { redisConfValues } from '../../src/redis/redis-conf.ts';
import { listCutShort, listRescues } from '../../src/redis/rescue-store.ts';
import { assertCleanLines, inTime } from './claims.ts';
import { hostileText, hostileWords } from './hostile.ts';
import type { Surface } from './texts.ts';

/** A directory that is gone afterwards. */
const withDirectory = async <T>(use: (directory: string) => T | Promise<T>): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'redisha-fuzz-'));
  try {
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const surface = <T>(
  name: string,
  cases: number,
  arbitrary: fc.Arbitrary<T>,
  use: (value: T, directory: string) => unknown,
): Surface => ({
  name,
  cases,
  property: fc.asyncProperty(arbitrary, (value) => withDirectory((directory) => inTime(() => use(value, directory)))),
});

const refusedOnly = async (work: Promise<unknown>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof RedishaError)) throw error;
  }
};

const TOML = `local = "10.0.0.1"
peer = "10.0.0.2"
port = 6379
password_file = "/nonexistent"
check_deadline = "1200ms"
on_stale = "refuse"
[instance.6380]
password = "secret"
`;

const CONDITION = { row: 38, local: 'master', peer: 'replica', isSound: true };
const PAIR = JSON.stringify({
  local: 'a',
  peer: 'b',
  keys: 3,
  wasMaster: true,
  runs: { local: 'x', peer: 'y' },
  data: { program: { product: 'redis', version: [7, 0, 15] }, wholeRun: 'x' },
});
const LAST = JSON.stringify({
  boot: bootId(),
  fit: true,
  condition: CONDITION,
  sinceMs: 1,
  repairs: [{ condition: CONDITION, heal: 'master', atMs: 1 }],
  address: { isHere: true, sinceMs: 2 },
});
const SAID = JSON.stringify({ command: 'master', vrrpState: 'MASTER', saidMs: 1, local: 'a', peer: 'b' });
const ENTRY = JSON.stringify({
  at: '2026-01-01T00:00:00Z',
  pid: 1,
  event: 'step',
  step: { kind: 'promote' },
  tookMs: 1,
});
const SIDECAR = JSON.stringify({
  why: 'w',
  side: 'peer',
  bytes: 27,
  content: { form: 'suffix', keys: ['0/k'], keyCount: 1 },
});
const RESCUE = '20260813T101500Z-peer-3f2a9c01-1200-4711.resp';
const STREAM = '*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n';

const readState = async (text: string, directory: string): Promise<void> => {
  const place = { stateDir: directory, port: 6379 };
  const at = (...names: readonly string[]) => join(directory, '6379', ...names);
  mkdirSync(at('intents'), { recursive: true });
  const boot = bootId().slice(0, 8).padEnd(8, '0');
  for (const file of [
    'pair.json',
    'last-check.json',
    'journal.jsonl',
    `intents/${boot}-0000000000000001-0000000001.json`,
  ])
    writeFileSync(at(...file.split('/')), text);
  readMemory(place);
  readLastCheck(place);
  newestAnnouncement(place);
  toldKeepalived(at('pair.json'));
  for (const entry of await openJournalReader(place).last(20)) assertCleanLines(escaped(entryText(entry)));
};

const readRescues = async (text: string, directory: string): Promise<void> => {
  for (const name of [RESCUE, `${RESCUE}.json`, `${RESCUE}.seen`, RESCUE.replace('.resp', '.rdb')])
    writeFileSync(join(directory, name), text);
  await listRescues(directory);
  await listCutShort(directory);
};

/** Nobody is there: whatever is asked of the world is refused. */
const NOBODY = new Proxy({} as PeoplesRuntime, {
  get: (_, name) => {
    if (name === 'signal') return new AbortController().signal;
    if (name === 'knowsName') return () => true;
    if (name === 'signalExit' || name === 'tell') return () => undefined;
    return () => Promise.reject(new RedishaError('REDIS_UNREACHABLE', 'nobody is there'));
  },
});

const CODES: readonly number[] = Object.values(EXIT);

const runLine = async (args: readonly string[]): Promise<void> => {
  // On a terminal it would ask a person.
  if (args.includes('config') && !args.includes('--vip')) return;
  const plain = plainRun(args);
  try {
    const { code, stdout, stderr } = await (plain === undefined ? runProgram(NOBODY, args) : plain(NOBODY));
    ok(CODES.includes(code) && code !== EXIT.bug, `exit ${String(code)}: ${stderr}`);
    assertCleanLines(escaped(stdout));
    assertCleanLines(escaped(stderr));
  } catch (error) {
    if (!(error instanceof RedishaError)) throw error;
  }
};

const readRedisConf = (path: string, port: number | undefined) => Promise.resolve(redisConfValues(path, port));

export const FILES: readonly Surface[] = [
  surface('redisha.toml', 200, hostileText(TOML), async (content, directory) => {
    const configFile = join(directory, 'redisha.toml');
    writeFileSync(configFile, content, { mode: 0o600 });
    await refusedOnly(loadSettings({ flags: {}, env: {}, configFile, readRedisConf }));
  }),
  surface('what is kept between two processes', 100, hostileText(PAIR, LAST, SAID, `${ENTRY}\n${ENTRY}\n`), readState),
  surface('rescues', 100, hostileText(STREAM, SIDECAR, 'REDIS0011', '{"at":"now","by":"show"}'), readRescues),
  surface(
    'command lines',
    500,
    hostileWords(
      ['check', '127.0.0.1', '6379', '--json'],
      ['master', '10.0.0.1', '10.0.0.2', '6379,6380', '--option', 'sync_timeout=1s'],
      ['notify', '10.0.0.1', '10.0.0.2', '6379', 'INSTANCE', 'VI', 'MASTER', '100'],
      ['watch', '10.0.0.1', '10.0.0.2', 'VI=6379', '/run/redisha/events'],
      ['status', '--json'],
      ['rescue', 'list', '--json'],
      ['history', '6379'],
      ['config', 'show', '--vip', '10.0.0.100/24'],
      ['forget', '6379'],
      ['--version'],
    ),
    runLine,
  ),
];
