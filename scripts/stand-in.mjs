// Stands in for Redis and for the resident while the build rehearses the program (scripts/rehearse.ts). It is a process of
// its own, so that nothing which only a server needs gets into the snapshot. stdout: its port, and the directory of the
// resident's socket. It ends when its stdin does.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stdin, stdout } from 'node:process';

const COMMON = `redis_version:7.0.15
redis_mode:standalone
process_id:1
uptime_in_seconds:60
loading:0
async_loading:0
master_failover_state:no-failover
master_replid:0000000000000000000000000000000000000002
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:1
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_first_byte_offset:1
db0:keys=1,expires=0,avg_ttl=0
`;

/** What a look asks, as a master answers it at 127.0.0.1 and its replica at 127.0.0.2; they know no other command. */
const answers = (/** @type {number} */ port) => ({
  '127.0.0.1': {
    INFO: `${COMMON}run_id:0000000000000000000000000000000000000001
role:master
connected_slaves:1
slave0:ip=127.0.0.2,port=${port},state=online,offset=1,lag=0
`,
    ROLE: '*3\r\n$6\r\nmaster\r\n:1\r\n*0\r\n',
  },
  '127.0.0.2': {
    INFO: `${COMMON}run_id:0000000000000000000000000000000000000003
role:slave
connected_slaves:0
master_host:127.0.0.1
master_port:${port}
master_link_status:up
master_last_io_seconds_ago:0
master_sync_in_progress:0
slave_repl_offset:1
slave_priority:100
slave_read_only:1
`,
    ROLE: `*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:${port}\r\n$9\r\nconnected\r\n:1\r\n`,
  },
});

/** A program keeps its connections until it ends, and a rehearsal has no end of its own. */
const IDLE_MS = 500;

/** @param {'127.0.0.1' | '127.0.0.2'} host @param {number} wantedPort */
const listen = async (host, wantedPort) => {
  const server = createServer((socket) => {
    const { INFO, ROLE } = answers(socket.localPort ?? 0)[host];
    const text = INFO.replaceAll('\n', '\r\n');
    const replies = new Map([
      ['INFO', `$${text.length}\r\n${text}\r\n`],
      ['ROLE', ROLE],
      // It blocks, as Redis does.
      ['XREAD', ''],
    ]);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      const names = chunk.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g);
      for (const [, name = ''] of names) socket.write(replies.get(name) ?? `-ERR unknown command '${name}'\r\n`);
    });
  });
  server.listen(wantedPort, host);
  await once(server, 'listening');
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : wantedPort;
};

/** @param {string} directory @param {number} port */
const reside = async (directory, port) => {
  const seen = { port, fit: true, rule: 30, why: 'master', forMs: 1000, localAgeMs: 100, peerAgeMs: 100 };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(`${JSON.stringify({ pid: 1 })}\n`);
    socket.on('data', () => socket.end(`${JSON.stringify({ answer: { pid: 1, ports: [seen] } })}\n`));
  });
  server.listen(join(directory, 'socket'));
  await once(server, 'listening');
};

const port = await listen('127.0.0.1', 0);
await listen('127.0.0.2', port);
const directory = mkdtempSync(join(tmpdir(), 'redisha-resident-'));
await reside(directory, port);
stdout.write(`${port} ${directory}\n`);
stdin
  .on('end', () => {
    rmSync(directory, { recursive: true, force: true });
    process.exit();
  })
  .resume();
