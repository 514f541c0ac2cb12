/** INFO as the view of a node, and what is no INFO. */
import { describe, expect, test } from 'vitest';
import { isMaster } from '../../../src/core/model.ts';
import { Failure } from '../../../src/redis/failure.ts';
import { parseInfo, viewOfInfo, withCommandStats } from '../../../src/redis/info.ts';

const [ID, OTHER_ID] = ['0123456789abcdef'.repeat(3).slice(0, 40), 'f'.repeat(40)];

/** What every server since Redis 4.0 says; a field of `undefined` is left out. */
const MASTER: Readonly<Record<string, string | undefined>> = {
  redis_version: '7.0.15',
  redis_mode: 'standalone',
  process_id: '4711',
  run_id: ID,
  uptime_in_seconds: '60',
  loading: '0',
  rdb_changes_since_last_save: '3',
  role: 'master',
  connected_slaves: '0',
  master_replid: OTHER_ID,
  master_replid2: '0'.repeat(40),
  master_repl_offset: '1200',
  second_repl_offset: '-1',
  repl_backlog_active: '1',
  repl_backlog_first_byte_offset: '1',
  db0: 'keys=7,expires=0,avg_ttl=0',
};
const REPLICA = { role: 'slave', master_host: '10.0.0.1', master_port: '6379', master_link_status: 'up' };

const said = (change: Readonly<Record<string, string | undefined>> = {}, lines: readonly string[] = []): string =>
  [
    '# Server',
    ...Object.entries({ ...MASTER, ...change }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}:${value}`],
    ),
    ...lines,
    '',
  ].join('\r\n');

const view = (change?: Readonly<Record<string, string | undefined>>, lines?: readonly string[]) =>
  viewOfInfo(parseInfo(said(change, lines)));

const hostOf = (host: string) => view({ ...REPLICA, master_host: host }).upstream?.endpoint.host;
const replicasOf = (...lines: readonly string[]) => view({}, lines).replicas;

const whyNot = (text: string): string => {
  try {
    viewOfInfo(parseInfo(text));
    return 'it is believed';
  } catch (error) {
    if (error instanceof Failure && error.kind === 'garbled') return error.message;
    throw error;
  }
};

test('a server is seen as it says it is', () => {
  expect(view()).toMatchObject({
    version: [7, 0, 15],
    redisRole: 'master',
    runId: ID,
    processId: 4711,
    keys: 7,
    databases: [0],
    history: { replid: OTHER_ID, offset: 1200, replid2: undefined, secondOffset: undefined },
    backlogFirstOffset: 1,
  });
  expect(view(REPLICA)).toMatchObject({
    redisRole: 'replica',
    upstream: { endpoint: { host: '10.0.0.1', port: 6379 }, linkUp: true },
  });
});

describe('what is no INFO is not believed', () => {
  test.each([
    ['a status', 'OK', 'its INFO has no redis_version'],
    ['nothing', '', 'its INFO has no redis_version'],
    ['a page', '<html>\r\n<body style="color:red">', 'its INFO has no redis_version'],
    ['no role', said({ role: undefined }), 'its INFO has no role'],
    ['another role', said({ role: 'leader' }), 'its INFO says role:leader'],
    ['no id of the run', said({ run_id: undefined }), 'its INFO has no run_id'],
    ['an id that is too short', said({ run_id: 'abc' }), 'its INFO says run_id:abc'],
    ['an id that is a path', said({ master_replid: '../../etc' }), 'its INFO says master_replid:../../etc'],
    ['a version that is none', said({ redis_version: 'new' }), 'its INFO says redis_version:new'],
    ['a Valkey that says no version', said({ valkey_version: 'new' }), 'its INFO says valkey_version:new'],
    ['an offset below zero', said({ master_repl_offset: '-3' }), 'its INFO says master_repl_offset:-3'],
    ['no offset', said({ master_repl_offset: undefined }), 'its INFO has no master_repl_offset'],
    ['an offset that is no number', said({ master_repl_offset: '1e9' }), 'its INFO says master_repl_offset:1e9'],
    ['an older id and not how far it goes', said({ master_replid2: ID }), 'its INFO says second_repl_offset:-1'],
    [
      'a backlog that begins nowhere',
      said({ repl_backlog_first_byte_offset: 'x' }),
      'its INFO says repl_backlog_first_byte_offset:x',
    ],
    ['a million characters', 'a:1\r\n'.repeat(209_716), 'an INFO is longer than 1048576 characters'],
  ])('%s', (_name, text, why) => {
    expect(whyNot(text)).toBe(why);
  });

  test('words of a server in the reason are one clean line', () => {
    expect(whyNot(said({ role: '\u001b[31mmaster\u202e\u0007' }))).toBe('its INFO says role:?[31mmaster??');
  });
});

describe('what only describes a server is left out where it cannot be', () => {
  test.each([
    ['uptime_in_seconds', 'NaN', { uptimeSeconds: Number.MAX_SAFE_INTEGER }],
    ['uptime_in_seconds', undefined, { uptimeSeconds: Number.MAX_SAFE_INTEGER }],
    ['process_id', '0x10', { processId: 0 }],
    ['process_id', '9'.repeat(30), { processId: 0 }],
    ['rdb_changes_since_last_save', '', { changesSinceSave: 0 }],
    ['db0', `keys=${'9'.repeat(30)}`, { keys: 0, databases: [] }],
    ['db99999999999', 'keys=1', { keys: 7, databases: [0] }],
    ['redis_mode', 'constructor', { mode: 'standalone' }],
    ['master_failover_state', 'toString', { failover: 'none' }],
  ])('%s: %s', (name, value, seen) => {
    expect(view({ [name]: value })).toMatchObject(seen);
  });

  test('a port that cannot be is none, and the host that goes with it stays', () => {
    for (const port of ['99999', '-5', '0', '6379x', '', undefined])
      expect(view({ ...REPLICA, master_port: port }).upstream?.endpoint).toEqual({ host: '10.0.0.1', port: 0 });
  });

  test('a host is one clean and short word', () => {
    expect(hostOf('x\ny \u001b[31m\u0085\u202e')).toBe('x?y ?[31m??');
    expect(hostOf('h'.repeat(300))).toHaveLength(200);
    expect(hostOf('fe80::1%eth0')).toBe('fe80::1%eth0');
  });
});

describe('a replica', () => {
  test('that is a rescue shows at port 0, and is none', () => {
    const found = replicasOf(
      'slave0:ip=10.0.0.2,port=6379,state=online,offset=7,lag=0',
      'slave1:ip=10.0.0.2,port=0,state=online,offset=7,lag=0',
    );
    expect(found.map(({ endpoint }) => endpoint.port)).toEqual([6379]);
  });

  test('is late by what its master says, as long as it is online', () => {
    const found = replicasOf(
      'slave0:ip=10.0.0.2,port=6379,state=online,offset=7,lag=3',
      'slave1:ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=0',
      'slave2:ip=10.0.0.4,port=6379,state=online,offset=7,lag=-1',
    );
    expect(found.map(({ lagSeconds }) => lagSeconds)).toEqual([3, undefined, undefined]);
  });

  test('at a port that cannot be is none either, and its offset is nothing where it is no number', () => {
    expect(replicasOf('slave0:ip=10.0.0.2,port=70000,state=online,offset=7,lag=0')).toEqual([]);
    expect(replicasOf('slave0:ip=\u001b[1m,port=7,state=online,offset=-1,lag=0')).toMatchObject([
      { endpoint: { host: '?[1m', port: 7 }, offset: 0 },
    ]);
  });

  test('whose name has line ends in it changes nothing of what its master says of itself', () => {
    const name = `10.0.0.2\r\nrole:slave\r\nrun_id:${OTHER_ID}\r\nmaster_replid:${ID}\r\nmaster_repl_offset:5\r\nx:`;
    const { master_replid: replid, master_repl_offset: offset, ...before } = MASTER;
    const text = said({ ...before, master_replid: undefined, master_repl_offset: undefined }, [
      `slave0:ip=${name},port=6379,state=online,offset=7,lag=0`,
      `master_replid:${replid ?? ''}`,
      `master_repl_offset:${offset ?? ''}`,
    ]);
    const seen = viewOfInfo(parseInfo(text));
    expect(isMaster(seen)).toBe(true);
    expect(seen).toMatchObject({ runId: ID, history: { replid: OTHER_ID, offset: 1200 } });
  });
});

describe('older servers, and others', () => {
  const BEFORE_4 = { master_replid: undefined, master_replid2: undefined, second_repl_offset: undefined };

  test('before Redis 4.0 there is no history, and a replica counts apart', () => {
    const old = { ...BEFORE_4, redis_version: '2.8.24', master_repl_offset: '0' };
    expect(view({ ...old, ...REPLICA, slave_repl_offset: '99' }).history).toMatchObject({ replid: '', offset: 99 });
    expect(view({ ...old, ...REPLICA, slave_repl_offset: '-1' }).history.offset).toBe(0);
    expect(view({ ...old, master_repl_offset: '12' }).history).toMatchObject({ replid: '', offset: 12 });
  });

  test('a server whose clock was set back is not taken for one that has just restarted', () => {
    expect(view({ uptime_in_seconds: '12' }).uptimeSeconds).toBe(12);
    expect(view({ uptime_in_seconds: '-3590' }).uptimeSeconds).toBeGreaterThan(1_000_000_000);
  });

  test.each(['redis_mode', 'server_mode'])('a node of a cluster is known by %s', (name) => {
    const modeOf = (mode: string) => view({ redis_mode: undefined, [name]: mode }).mode;
    expect(['standalone', 'cluster', 'sentinel'].map(modeOf)).toEqual(['standalone', 'cluster', 'sentinel']);
  });

  test('a sentinel has no role, and no data', () => {
    const { role: _, master_replid: __, ...rest } = MASTER;
    expect(
      viewOfInfo(parseInfo(said({ ...rest, redis_mode: 'sentinel', role: undefined, master_replid: undefined }))).mode,
    ).toBe('sentinel');
  });
});

describe('what later versions tell', () => {
  test.each([
    ['7.0.15', undefined, { version: [7, 0, 15], program: { product: 'redis', version: [7, 0, 15] } }],
    ['8.8-rc1', undefined, { version: [8, 8, 0], program: { product: 'redis', version: [8, 8, 0] } }],
    ['7.2.4', '9.1.2', { version: [7, 2, 4], program: { product: 'valkey', version: [9, 1, 2] } }],
  ])('which program it is: %s, %s', (redis_version, valkey_version, seen) => {
    expect(view({ redis_version, valkey_version })).toMatchObject(seen);
  });

  test('before 6.2 a server does not count all the commands that it refuses', () => {
    expect(view({ unexpected_error_replies: '1' }).refusedCommands).toBeUndefined();
    expect(view({ unexpected_error_replies: '1', total_error_replies: '3' }).refusedCommands).toBe(1);
  });

  test.each([
    ['a full copy, and 614 bytes of stream since', 2406, 614, true],
    ['as much as it has of the stream: it went on from its own file', 614, 614, false],
    ['a demoted master, which has fed the stream itself', 614, 15_606, false],
    ['more than the backlog holds: nobody knows', 5_000_000, 1_048_576, false],
  ])('whether a replica had a full copy: %s', (_name, received, kept, expected) => {
    const told = { total_net_repl_input_bytes: String(received), repl_backlog_histlen: String(kept) };
    expect(view({ ...REPLICA, repl_backlog_size: '1048576', ...told }).hadFullCopy).toBe(expected);
  });

  test.each([
    ['up a while ago', 7, 7],
    ['never up, from 6.2 on', -1, -1],
    ['never up, before 6.2: since 1970', 1_796_008_342, -1],
  ])('a link that was %s', (_, told, seconds) => {
    const seen = view({ ...REPLICA, master_link_down_since_seconds: String(told) });
    expect(seen.upstream?.linkDownSeconds).toBe(seconds);
  });

  test.each([
    ['REPLICAOF was called', 'cmdstat_replicaof:calls=1,usec=9,usec_per_call=9.00', true],
    ['SLAVEOF was called', 'cmdstat_slaveof:calls=2,usec=9,usec_per_call=4.50', true],
    ['neither was', 'cmdstat_info:calls=7,usec=9,usec_per_call=1.29', false],
  ])('a replica was told to follow: %s', (_what, line, expected) => {
    const seen = withCommandStats(view(REPLICA), parseInfo(`# Commandstats\r\n${line}\r\n`));
    expect(seen.upstream?.isTold).toBe(expected);
  });
});
