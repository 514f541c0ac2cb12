/**
 * Where the build begins: loads the program, has it do once what keepalived will have it do, and leaves it as it is then
 * to the snapshot that goes into the executable. A start from there finds its modules loaded and its functions compiled.
 *
 * What is done once is done against a server of its own, with files in a directory that is gone afterwards. Nothing of it
 * may stay: the program keeps no state in its modules, and every connection is closed before the snapshot is taken.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startupSnapshot } from 'node:v8';
import { run, runtime, UNWATCHED } from '../src/main.ts';

const INFO = `redis_version:7.0.15
redis_mode:standalone
run_id:0000000000000000000000000000000000000001
process_id:1
uptime_in_seconds:60
loading:0
async_loading:0
role:master
connected_slaves:1
slave0:ip=127.0.0.1,port=1,state=online,offset=1,lag=0
master_failover_state:no-failover
master_replid:0000000000000000000000000000000000000002
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:1
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_first_byte_offset:1
db0:keys=1,expires=0,avg_ttl=0
`.replaceAll('\n', '\r\n');

const REPLIES: Readonly<Record<string, string>> = {
  INFO: `$${String(INFO.length)}\r\n${INFO}\r\n`,
  ROLE: '*3\r\n$6\r\nmaster\r\n:1\r\n*0\r\n',
};

/** A master that answers what a look asks, and knows no other command. */
const openServer = async (sockets: Set<Socket>): Promise<Server> => {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (chunk: Buffer) => {
      const names = [...chunk.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)].map(([, name = '']) => name);
      socket.write(names.map((name) => REPLIES[name] ?? `-ERR unknown command '${name}'\r\n`).join(''));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
};

/** @throws when the program does not do what it should: then there is no executable. */
const rehearse = async (): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'redisha-build-'));
  const sockets = new Set<Socket>();
  const server = await openServer(sockets);
  const port = String((server.address() as AddressInfo).port);
  const states = join(directory, 'state');
  process.env['REDISHA_LOG_FILE'] = join(directory, 'log');
  const rehearsals = [
    { states, words: ['check', '127.0.0.1', port] },
    { states, words: ['check', '--hold', '300ms', '127.0.0.1', port] },
    // Nobody listens at the peer's address, so there is nothing to do. It has no place for a journal either, and goes on:
    // Node crashes over a snapshot in which a file was open as a promise.
    { states: '/dev/null', words: ['master', '127.0.0.1', '127.255.255.254', port] },
    { states, words: ['check', '127.0.0.1', port] },
  ];
  try {
    for (const { states: place, words } of rehearsals) {
      process.env['REDISHA_STATE_DIR'] = place;
      const { code, stderr } = await run(words, runtime(UNWATCHED));
      if (code !== 0 || stderr !== '') throw new Error(`${words.join(' ')}: exit ${String(code)}: ${stderr}`);
    }
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

// A rejection that nobody handles ends the Node that takes the snapshot, and so the build.
if (startupSnapshot.isBuildingSnapshot()) void rehearse();
