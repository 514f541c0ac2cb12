/**
 * An older server in front of a real one: what it does not know is refused in its own words, and INFO says what it would
 * say. Replication itself passes through, so the two behind it replicate as they are.
 *
 * Source: redis/src/server.c genRedisInfoString, redis/src/networking.c clientCommand of the tags named.
 */
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { encode, type Reply, ReplyError, ReplyParser } from '../../lib/resp.ts';

export interface Dialect {
  readonly version: string;
  /** Commands that it does not know. */
  readonly lacks: readonly string[];
  /** What it says to `CLIENT PAUSE ms WRITE`, if it does not know that. */
  readonly pause?: string;
  /** Its names of min-replicas-* are the old ones. */
  readonly saysSlaves?: boolean;
  /** No replication ids, and a replica counts in slave_repl_offset alone. */
  readonly beforePsync2?: boolean;
}

const UNKNOWN = 'dialect-unknown';

const commandOf = (dialect: Dialect, words: readonly string[]): readonly string[] => {
  const [name = '', ...rest] = words;
  const said = [name, rest[0] ?? ''].join(' ').toUpperCase();
  if (dialect.lacks.includes(name.toUpperCase())) return [`${UNKNOWN}-${name}`];
  // Such a word is found wrong when it is carried out, not when it is queued.
  if (said === 'CLIENT PAUSE' && rest.length > 2 && dialect.pause !== undefined) return ['CONFIG', 'SET', UNKNOWN, '1'];
  const isNew = /^CONFIG (GET|SET)$/.test(said) && (rest[1] ?? '').startsWith('min-replicas-');
  return isNew && dialect.saysSlaves === true ? ['CONFIG', rest[0] ?? '', UNKNOWN, ...rest.slice(2)] : words;
};

const FROM_4_0 =
  /^(master_replid2?|second_repl_offset|master_failover_state|replica_announced|slave_read_repl_offset):/;

const infoOf = ({ version, beforePsync2 }: Dialect, text: string): string => {
  const isReplica = /^role:slave/m.test(text);
  return text
    .split('\r\n')
    .flatMap((line) => {
      if (line.startsWith('redis_version:')) return [`redis_version:${version}`];
      if (beforePsync2 !== true) return [line];
      if (FROM_4_0.test(line)) return [];
      return [isReplica && line.startsWith('master_repl_offset:') ? 'master_repl_offset:0' : line];
    })
    .join('\r\n');
};

const replyOf = (dialect: Dialect, reply: Reply): Reply => {
  if (reply instanceof ReplyError) {
    const [, unknown] = /unknown command '.*?dialect-unknown-(\w+)'/.exec(reply.message) ?? [];
    if (unknown !== undefined) return new ReplyError(`ERR unknown command '${unknown}'`);
    return reply.message.includes(UNKNOWN) ? new ReplyError(dialect.pause ?? reply.message) : reply;
  }
  if (typeof reply === 'string' && reply.startsWith('# Server')) return infoOf(dialect, reply);
  return Array.isArray(reply) ? (reply as readonly Reply[]).map((one) => replyOf(dialect, one)) : reply;
};

const encodeReply = (reply: Reply): string => {
  if (reply === null) return '$-1\r\n';
  if (reply instanceof ReplyError) return `-${reply.message}\r\n`;
  if (typeof reply === 'number') return `:${String(reply)}\r\n`;
  if (typeof reply === 'string' && /^(PONG|OK|QUEUED)$/.test(reply)) return `+${reply}\r\n`;
  if (typeof reply === 'string') return `$${String(Buffer.byteLength(reply))}\r\n${reply}\r\n`;
  return `*${String(reply.length)}\r\n${reply.map(encodeReply).join('')}`;
};

const isStream = ([name = '']: readonly string[]): boolean => /^(PSYNC|SYNC|REPLCONF)$/i.test(name);

const serve = (dialect: Dialect, client: Socket, server: Socket): void => {
  const [requests, replies] = [new ReplyParser(), new ReplyParser()];
  let streams = false;
  client.on('data', (chunk) => {
    if (streams) {
      server.write(chunk);
      return;
    }
    for (const request of requests.push(chunk)) {
      const words = (request as readonly Reply[]).map(String);
      // A replica, or a rescue: from here on nobody looks.
      streams ||= isStream(words);
      server.write(encode(commandOf(dialect, words)));
    }
  });
  server.on('data', (chunk) => {
    if (streams) client.write(chunk);
    else for (const reply of replies.push(chunk)) client.write(encodeReply(replyOf(dialect, reply)));
  });
};

/** Everybody reaches the server that listens at `to` through `at`, and finds it to be of that dialect. */
export const openDialect = async (
  dialect: Dialect,
  port: number,
  { at, to }: { readonly at: string; readonly to: string },
): Promise<void> => {
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect({ host: to, port, noDelay: true });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => other.destroy());
    }
    serve(dialect, client, server);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, at, resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
};
