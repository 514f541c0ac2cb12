/** What is read from bytes and text alone. */
import { ok } from 'node:assert/strict';
import * as fc from 'fast-check';
import type { TextFiles } from '../../src/app/ports/text-files.ts';
import { hideSecrets, textLine } from '../../src/host/log-line.ts';
import { findInstance, fifoOf, instancesOf, scriptUserOf, virtualAddressesFor } from '../../src/keepalived/conf.ts';
import { readFifoLine } from '../../src/keepalived/fifo-line.ts';
import { readKeepalivedConf } from '../../src/keepalived/parse.ts';
import { ReplyLines } from '../../src/redis/client-list.ts';
import { CommandParser, WITHOUT_VALUES } from '../../src/redis/command-parser.ts';
import { keyspaceOf, parseInfo, serverOfInfo, viewOfInfo, withCommandStats } from '../../src/redis/info.ts';
import { readRedisConf } from '../../src/redis/redis-conf.ts';
import { REPLY_LIMITS, ReplyReader } from '../../src/redis/wire/reply-reader.ts';
import { ReplySkimmer } from '../../src/redis/wire/reply-skimmer.ts';
import { answerIn } from '../../src/app/resident-answer.ts';
import { assertCleanLines, assertCleanValue, inTime, unlessRefused } from './claims.ts';
import { hostileText, inPieces } from './hostile.ts';

export interface Surface {
  readonly name: string;
  /** Holds of every case. */
  readonly property: fc.IAsyncPropertyWithHooks<unknown[]>;
  /** How many cases a run in CI has. */
  readonly cases: number;
}

const surface = <T>(name: string, cases: number, arbitrary: fc.Arbitrary<T>, use: (value: T) => unknown): Surface => ({
  name,
  cases,
  property: fc.asyncProperty(arbitrary, (value) => inTime(() => use(value))),
});

const ID = '0123456789abcdef0123456789abcdef01234567';
const INFO = [
  '# Server',
  'redis_version:7.0.15',
  'redis_mode:standalone',
  'process_id:4711',
  `run_id:${ID}`,
  'uptime_in_seconds:60',
  'role:slave',
  'master_host:10.0.0.1',
  'master_port:6379',
  'master_link_status:up',
  'connected_slaves:1',
  'slave0:ip=10.0.0.2,port=6379,state=online,offset=1200,lag=0',
  `master_replid:${ID}`,
  `master_replid2:${'0'.repeat(40)}`,
  'master_repl_offset:1200',
  'second_repl_offset:-1',
  'repl_backlog_active:1',
  'repl_backlog_first_byte_offset:1',
  'maxmemory:1000',
  'used_memory:2000',
  'db0:keys=7,expires=0,avg_ttl=0',
  '',
].join('\r\n');

const MASTER = INFO.replace('role:slave', 'role:master').replaceAll(/master_(?:host|port|link_status):.*\r\n/g, '');
const VALKEY = INFO.replace('redis_version', 'server_name:valkey\r\nvalkey_version:8.1.1\r\nredis_version');

const bulk = (text: string): string => `$${String(Buffer.byteLength(text))}\r\n${text}\r\n`;
export const REPLIES = [
  bulk(INFO),
  '+OK\r\n',
  '-LOADING soon\r\n',
  ':-42\r\n',
  `*2\r\n${bulk('maxmemory')}${bulk('0')}`,
  '*0\r\n$-1\r\n',
] as const;
const COMMANDS = '*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n';
const CLIENTS = bulk(
  'id=3 addr=10.0.0.9:4711 laddr=10.0.0.1:6379 fd=8 name= age=4 flags=N db=0 cmd=get\nid=4 addr=[::1]:1 laddr=[::1]:2 flags=P\n',
);

const bytesIn = fc
  .tuple(hostileText(...REPLIES, COMMANDS, CLIENTS), fc.array(fc.nat(100_000), { maxLength: 5 }))
  .map(([text, cuts]) => {
    const bytes = Buffer.from(text, 'latin1');
    return inPieces(bytes, cuts);
  });

interface Reads {
  push(chunk: Buffer): void;
  next(): unknown;
}

const readAll = (reader: Reads, pieces: readonly Buffer[]): void => {
  for (const piece of pieces) {
    reader.push(piece);
    for (let found = reader.next(); found !== undefined; found = reader.next());
  }
};

const readInfo = (text: string): void => {
  const fields = unlessRefused(() => parseInfo(text));
  if (fields === undefined) return;
  assertCleanValue([...fields.values()]);
  keyspaceOf(fields);
  serverOfInfo(fields);
  const view = unlessRefused(() => viewOfInfo(fields));
  if (view === undefined) return;
  assertCleanValue(view);
  withCommandStats(view, fields);
  const endpoints = [
    ...view.replicas.map(({ endpoint }) => endpoint),
    ...(view.upstream === undefined ? [] : [view.upstream.endpoint]),
  ];
  for (const { host, port } of endpoints) {
    ok(Number.isInteger(port) && port >= 0 && port < 65_536, `port ${String(port)}`);
    ok(host.length <= 200);
  }
  const numbers = [view.keys, view.processId, view.uptimeSeconds, view.history.offset, view.changesSinceSave];
  ok(numbers.every(Number.isSafeInteger), `numbers ${String(numbers)}`);
};

const KEEPALIVED = `global_defs {
    script_user keepalived_script
    vrrp_notify_fifo /run/redisha/events
    vrrp_notify_fifo_script "/usr/local/bin/redisha watch 10.0.0.1 10.0.0.2 VI=6379"
}
$PORT=6379
$LINES=\\
    priority 200 \\
    advert_int 0.2
vrrp_script chk { script "/usr/local/bin/redisha check 127.0.0.1 $PORT" interval 2 weight -60 fall 2 }
@one include /etc/keepalived/conf.d/*.conf
vrrp_instance VI {
    state BACKUP
    interface eth0
    virtual_router_id 51
    $LINES
    virtual_ipaddress { 10.0.0.100/24 }
    track_script { chk weight 2 }
    notify_master "/usr/local/bin/redisha master 10.0.0.1 10.0.0.2 6379"
}
`;
const REDIS_CONF = `port 6379
bind 127.0.0.1 -::1
requirepass "se\\x41same \\"quoted\\""
include /etc/redis/conf.d/*.conf
replicaof 10.0.0.1 6379
rename-command CONFIG ""
user default on >secret ~* +@all
`;

/** A disk on which every path is the same file. */
const diskOf = (content: string): TextFiles => ({
  stat: () => ({ isFile: true, mode: 0o644, size: Buffer.byteLength(content) }),
  read: () => content,
  list: (pattern) => [pattern, `${pattern}2`],
});

const readKeepalived = (content: string): void => {
  const conf = readKeepalivedConf('/etc/keepalived/keepalived.conf', () => 'one', diskOf(content));
  if (conf === undefined) return;
  ok(conf.problems.length <= 41);
  instancesOf(conf);
  for (const port of [6379, 6380]) {
    findInstance(conf, { peer: '10.0.0.2', port });
    virtualAddressesFor(conf, { peer: undefined, port });
    fifoOf(conf, port);
  }
  scriptUserOf(conf);
};

export const ANSWER = JSON.stringify({
  pid: 1,
  ports: [{ port: 6379, fit: true, rule: 38, why: 'master', forMs: 1, localAgeMs: 2, clients: { known: 3 } }],
});

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

export const TEXTS: readonly Surface[] = [
  surface('replies', 3000, bytesIn, (pieces) => {
    unlessRefused(() => readAll(new ReplyReader({ limits: REPLY_LIMITS, asBytes: false }), pieces));
    unlessRefused(() => readAll(new ReplySkimmer(), pieces));
  }),
  surface('a replication stream', 3000, bytesIn, (pieces) => {
    const parser = new CommandParser(WITHOUT_VALUES);
    unlessRefused(() => pieces.forEach((piece) => [...parser.pieces(piece)]));
  }),
  surface('a list of clients', 2000, bytesIn, (pieces) => {
    const lines = new ReplyLines(
      () => undefined,
      () => undefined,
    );
    unlessRefused(() => {
      pieces.forEach((piece) => {
        lines.push(piece);
      });
    });
  }),
  surface('INFO', 4000, hostileText(INFO, MASTER, VALKEY), readInfo),
  surface('keepalived.conf', 300, hostileText(KEEPALIVED), readKeepalived),
  surface('redis.conf', 2000, hostileText(REDIS_CONF), (content) => {
    const { problems } = readRedisConf('/etc/redis/redis.conf', diskOf(content));
    ok(problems.length <= 20);
  }),
  surface(
    'the FIFO',
    3000,
    hostileText('INSTANCE "VI" MASTER 100', 'INSTANCE "VI" MASTER_RX_LOWER_PRI 150', 'GROUP "G" STOP 1'),
    (line) => {
      const event = readFifoLine(line);
      const said = {
        at: 'now',
        level: 'debug',
        command: 'watch',
        pid: 1,
        event: 'told',
        fields: { ...event },
      } as const;
      assertCleanLines(textLine(said));
    },
  ),
  surface('the resident’s answer', 3000, hostileText(ANSWER, '[]', '{"pid":1,"ports":[null,1,{}]}'), (text) => {
    for (const { fit, clients } of answerIn(parsed(text))?.ports ?? [])
      ok(typeof fit === 'boolean' && typeof clients !== 'string');
  }),
  surface('a line of the log', 2000, fc.anything({ withBigInt: true }), (why) => {
    const fields = hideSecrets({ why });
    const line = textLine({ at: 'now', level: 'info', command: 'check', pid: 1, event: 'told', fields });
    ok(line.indexOf('\n') === line.length - 1);
    assertCleanLines(line);
  }),
];
