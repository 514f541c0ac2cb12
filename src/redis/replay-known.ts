/** Whether a server knows the commands of a suffix in the forms in which another one wrote them. */
import { RedishaError } from '../errors.ts';
import type { InfoFields } from './info.ts';
import { compareVersions, serverOfInfo, serverOfText, serverText } from './rdb-version.ts';
import type { Replayable } from './replay-content.ts';
import { readRecord } from './rescue-store.ts';

/** Valkey is a fork of this version of Redis. */
const FORKED = [7, 2];

/**
 * A form that a server does not know would fail in the middle of the transaction.
 * @throws {RedishaError} COMMAND_UNAVAILABLE when the server is older than the one that wrote the file, or another product,
 * and may not know one of the forms.
 */
export const assertKnown = async ({ file, newest }: Replayable, info: InfoFields, where: string): Promise<void> => {
  const [server, writer] = [serverOfInfo(info), serverOfText((await readRecord(file))?.server ?? '')];
  if (server === undefined || writer === undefined) return;
  const [mine, theirs] = [server, writer].map(({ version }) => version.slice(0, 2)) as [number[], number[]];
  if (writer.product === server.product && compareVersions(mine, theirs) >= 0) return;
  if (compareVersions(server.product === 'redis' ? mine : FORKED, newest.since) >= 0) return;
  throw new RedishaError(
    'COMMAND_UNAVAILABLE',
    `${where} is ${serverText(server)}, and may not know ${newest.name} in the form in which ${serverText(writer)} wrote it`,
    { hint: 'redisha rescue diff FILE shows what the master lacks' },
  );
};
