/** Whether a server knows the commands of a suffix in the forms in which another one wrote them. */
import { compareVersions, knowsAllOf, serverOfText, serverText, SHARED } from '../core/program.ts';
import { RedishaError } from '../errors.ts';
import type { InfoFields } from './info.ts';
import { serverOfInfo } from './info.ts';
import type { Replayable } from './replay-content.ts';
import { readRecord } from './rescue-store.ts';

/**
 * A form that a server does not know would fail in the middle of the transaction.
 * @throws {RedishaError} COMMAND_UNAVAILABLE when the server is older than the one that wrote the file, or another product,
 * and may not know one of the forms.
 */
export const assertKnown = async ({ file, newest }: Replayable, info: InfoFields, where: string): Promise<void> => {
  const [server, writer] = [serverOfInfo(info), serverOfText((await readRecord(file))?.server ?? '')];
  if (server === undefined || writer === undefined || knowsAllOf(server, writer)) return;
  const asRedis = server.product === 'redis' ? server.version : SHARED.redis;
  if (compareVersions(newest.since, asRedis) <= 0) return;
  throw new RedishaError(
    'COMMAND_UNAVAILABLE',
    `${where} is ${serverText(server)}, and may not know ${newest.name} in the form in which ${serverText(writer)} wrote it`,
    { hint: 'redisha rescue diff FILE shows what the master lacks' },
  );
};
