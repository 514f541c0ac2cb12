/**
 * A copy that a replica waits for begins now, and not only when repl-diskless-sync-delay (5 s) is over.
 *
 * No setting is touched, so that nothing is left where this is cut off. A master begins at once for whoever cannot take a
 * copy without a file, and each replica that waits gets the same one. So one more asks in that way, and leaves when it has
 * begun.
 *
 * A replica with `repl-rdb-channel`, which Redis 8.0 and newer have by default, takes its copy over a connection of its own. Redis
 * 8.0 gives it the file of one that asks for such a connection too, and no other; 8.6.3 that of any.
 *
 * Source: redis/src/replication.c startBgsaveForReplication, which sets up every replica in WAIT_BGSAVE_START with the same
 * requirements; seen on Redis 6.0.16, 7.0.15, 8.0.2, 8.0.6, 8.6.3 and Valkey 8.1.1, 9.1.2. On 8.0.2 and 8.0.6 the two datasets were
 * the same afterwards (DEBUG DIGEST), with clients that wrote all the while.
 */
import { setTimeout } from 'node:timers/promises';
import { compareVersions } from '../core/program.ts';
import type { ConnectionOptions } from './connection.ts';
import { isQuickerByDisk, presentAsReader } from './dataset.ts';
import { Failure } from './failure.ts';
import { serverOfInfo } from './info.ts';
import type { RawStream } from './stream.ts';
import { withStream } from './stream.ts';

/** How long a save that helped nobody may take until another one is asked for. */
const SAVE_LOOK_MS = 20;
const SAVE_LOOKS = 50;

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

/** How the one more asks; a replica that waits gets the same file where it asked in the same way, or its master does not care. */
type Manner = 'plain' | 'by-channel';

/** The likelier one first. */
const mannersAt = async (stream: RawStream): Promise<readonly Manner[]> => {
  const reply = await stream.call('CONFIG', 'GET', 'repl-rdb-channel');
  const [, setting] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  if (setting !== 'yes') return ['plain'];
  const server = serverOfInfo(await stream.info('server'));
  const isStrict = server !== undefined && compareVersions(server.version, [8, 6]) < 0;
  return isStrict ? ['by-channel', 'plain'] : ['plain', 'by-channel'];
};

const isSaving = async (stream: RawStream): Promise<boolean> =>
  (await stream.info('persistence')).get('rdb_bgsave_in_progress') === '1';

/** Why the copy begins no earlier, or how it may be asked for. Rejects with {@link Failure}. */
const prepare = async (stream: RawStream): Promise<string | readonly Manner[]> => {
  if (!(await isQuickerByDisk(stream))) return 'its dataset is large, or it could not save it last time';
  const why = await whyNoFile(stream);
  if (why !== undefined) return why;
  return (await isSaving(stream)) ? [] : mannersAt(stream);
};

const askFor = (manner: Manner) => async (stream: RawStream) => {
  await presentAsReader(stream);
  if (manner === 'by-channel') await stream.call('REPLCONF', 'rdb-channel', '1');
  stream.send('PSYNC', '?', '-1');
  await stream.reply();
};

/** True where nobody waits for a copy to begin any more. Else the save that was begun in vain is over, or takes long. */
const hasHelped = async (stream: RawStream): Promise<boolean> => {
  const replicas = [...(await stream.info('replication'))].filter(([name]) => /^slave\d+$/.test(name));
  if (!replicas.some(([, line]) => line.includes('state=wait_bgsave'))) return true;
  for (let looks = 0; looks < SAVE_LOOKS && (await isSaving(stream)); looks += 1) await setTimeout(SAVE_LOOK_MS);
  return false;
};

const begin = async (master: ConnectionOptions): Promise<string | undefined> => {
  const prepared = await withStream(master, prepare);
  if (typeof prepared === 'string') return prepared;
  for (const manner of prepared) {
    await withStream(master, askFor(manner));
    if (await withStream(master, hasHelped)) return undefined;
  }
  return prepared.length === 0 ? undefined : 'its replica waits for a copy of another kind';
};

/** True afterwards, where nothing is returned: the master has begun to copy itself to its replicas that wait. Never rejects. */
export const hurryCopy = async (master: ConnectionOptions): Promise<string | undefined> => {
  try {
    return await begin(master);
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
};
