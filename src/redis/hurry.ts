/**
 * A copy that a replica waits for begins now, and not only when repl-diskless-sync-delay (5 s) is over.
 *
 * No setting is touched, so that nothing is left where this is cut off. A master begins at once for whoever cannot take a
 * copy without a file, and each replica that waits gets the same one. So one more asks in that way, and leaves when it has
 * begun.
 *
 * Source: redis/src/replication.c startBgsaveForReplication, which sets up every replica in WAIT_BGSAVE_START with the same
 * requirements; seen on Redis 6.0.16, 7.0.15, 8.6.3 and Valkey 8.1.1, 9.1.2. A replica with `repl-rdb-channel`, as Redis 8.0
 * has it by default, has requirements of its own, and waits on: seen on 8.0.2.
 */
import type { ConnectionOptions } from './connection.ts';
import { isQuickerByDisk, presentAsReader } from './dataset.ts';
import { Failure } from './failure.ts';
import type { RawStream } from './stream.ts';
import { withStream } from './stream.ts';

/**
 * One that never saves has no dump file, and must not come to have one: it would load that when it starts again. An
 * append-only file goes before a dump file.
 */
const whyNoFile = async (stream: RawStream): Promise<string | undefined> => {
  if ((await stream.info('persistence')).get('aof_enabled') === '1') return undefined;
  const reply = await stream.call('CONFIG', 'GET', 'save');
  const [, points] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  return typeof points === 'string' && points !== '' ? undefined : 'it saves nothing to its disk';
};

/** Why the copy begins no earlier; `undefined` where it has begun. Rejects with {@link Failure}. */
const begin = async (stream: RawStream): Promise<string | undefined> => {
  if (!(await isQuickerByDisk(stream))) return 'its dataset is large, or it could not save it last time';
  const why = await whyNoFile(stream);
  if (why !== undefined) return why;
  if ((await stream.info('persistence')).get('rdb_bgsave_in_progress') === '1') return undefined;
  await presentAsReader(stream);
  stream.send('PSYNC', '?', '-1');
  await stream.reply();
  return undefined;
};

/** True afterwards, where nothing is returned: the master has begun to copy itself to its replicas that wait. Never rejects. */
export const hurryCopy = async (master: ConnectionOptions): Promise<string | undefined> => {
  try {
    return await withStream(master, begin);
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
};
