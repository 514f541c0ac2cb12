/** When it is known that each key of a server came into being since its start, and by itself. */
import { expect, test } from 'vitest';
import { whyNotFromNothing } from '../../../src/redis/from-nothing.ts';

const NOTHING_LOADED = 'rdb_last_load_keys_loaded:0 rdb_last_load_keys_expired:0 aof_enabled:0';
const MASTER = `role:master master_replid2:${'0'.repeat(40)}`;

const fields = (text: string): ReadonlyMap<string, string> =>
  new Map(text.split(' ').map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1)]));

const calls = (...names: readonly string[]): string =>
  ['info', ...names].map((name) => `cmdstat_${name}:calls=1,usec=1`).join(' ');

test.each<readonly [string, string, string, string, RegExp | undefined]>([
  ['what a cache does', NOTHING_LOADED, MASTER, calls('set', 'get', 'incr', 'expire', 'hset'), undefined],
  ['a queue', NOTHING_LOADED, MASTER, calls('rpush', 'lpop', 'xadd', 'xreadgroup', 'xack', 'multi', 'exec'), undefined],
  [
    'deletions: what was deleted is not there, and stays as the peer has it',
    NOTHING_LOADED,
    MASTER,
    calls('del'),
    undefined,
  ],
  [
    'our own looks and holds',
    NOTHING_LOADED,
    MASTER,
    calls('psync', 'replconf', 'client|pause', 'config|set'),
    undefined,
  ],
  ['a command that was only refused', NOTHING_LOADED, MASTER, 'cmdstat_eval:calls=0,rejected_calls=3', undefined],
  ['a replica', NOTHING_LOADED, 'role:slave', calls(), /not a master/],
  ['one that was a replica', NOTHING_LOADED, MASTER, calls('replicaof'), /REPLICAOF/],
  ['one that was promoted', NOTHING_LOADED, 'role:master master_replid2:abc', calls(), /has been a replica/],
  [
    'data from its disk',
    'rdb_last_load_keys_loaded:7 rdb_last_load_keys_expired:0 aof_enabled:0',
    MASTER,
    calls(),
    /began/,
  ],
  [
    'a file of keys that had run out',
    'rdb_last_load_keys_loaded:0 rdb_last_load_keys_expired:2',
    MASTER,
    calls(),
    /began/,
  ],
  ['a server that does not tell', 'aof_enabled:0', MASTER, calls(), /began/],
  ['an append-only file', NOTHING_LOADED.replace('enabled:0', 'enabled:1'), MASTER, calls(), /append-only/],
  ...[
    'eval',
    'fcall',
    'function|load',
    'flushall',
    'swapdb',
    'move',
    'rename',
    'copy',
    'sort',
    'sunionstore',
    'lmove',
  ].map((name) => [name, NOTHING_LOADED, MASTER, calls('set', name), /may make one key of others/] as const),
  ['what looks at several keys', NOTHING_LOADED, MASTER, calls('msetnx'), /MSETNX/],
  ['a pop of the first that is there', NOTHING_LOADED, MASTER, calls('blpop'), /BLPOP/],
  ['counts that somebody has set back', NOTHING_LOADED, MASTER, calls('config|resetstat'), /RESETSTAT/],
  ['a command of a module', NOTHING_LOADED, MASTER, calls('json.set'), /JSON\.SET/],
])('%s', (_name, persistence, replication, commandStats, why) => {
  const found = whyNotFromNothing({
    persistence: fields(persistence),
    replication: fields(replication),
    commandStats: fields(commandStats),
  });
  expect(found ?? 'known').toMatch(why ?? /^known$/);
});
