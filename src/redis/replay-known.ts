/** Whether a server knows the commands of a suffix in the forms in which another one wrote them. */
import { RedishaError } from '../errors.ts';
import type { Version } from './command-ages.ts';
import { isOlder } from './command-ages.ts';
import type { InfoFields } from './info.ts';
import type { Replayable } from './replay-content.ts';
import { readRecord } from './rescue-store.ts';

/** Valkey is a fork of this version of Redis. */
const FORKED: Version = [7, 2];

/** A server's program, in words, and the version of Redis that it has the commands of. */
interface Program {
  readonly text: string;
  readonly product: 'Redis' | 'Valkey';
  readonly version: Version;
}

const programOf = (product: Program['product'], version: string): Program => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return { text: `${product} ${version}`, product, version: [major, minor] };
};

/** Valkey calls itself Redis 7.2.4 as well. */
const programOfInfo = (info: InfoFields): Program => {
  const valkey = info.get('valkey_version');
  return valkey === undefined ? programOf('Redis', info.get('redis_version') ?? '0') : programOf('Valkey', valkey);
};

/** Who wrote the file, as its sidecar says; anybody may have written anything into that. */
const writerOf = async (file: string): Promise<Program | undefined> => {
  const { server }: Record<string, unknown> = { ...(await readRecord(file)) };
  const [, product, version] = /^(Redis|Valkey) ([\d.]+)$/.exec(typeof server === 'string' ? server : '') ?? [];
  return version === undefined ? undefined : programOf(product === 'Valkey' ? 'Valkey' : 'Redis', version);
};

/**
 * A form that a server does not know would fail in the middle of the transaction.
 * @throws {RedishaError} COMMAND_UNAVAILABLE when the server is older than the one that wrote the file, or another product,
 * and may not know one of the forms.
 */
export const assertKnown = async ({ file, newest }: Replayable, info: InfoFields, where: string): Promise<void> => {
  const [server, writer] = [programOfInfo(info), await writerOf(file)];
  if (writer === undefined) return;
  if (writer.product === server.product && !isOlder(server.version, writer.version)) return;
  if (!isOlder(server.product === 'Redis' ? server.version : FORKED, newest.since)) return;
  throw new RedishaError(
    'COMMAND_UNAVAILABLE',
    `${where} is ${server.text}, and may not know ${newest.name} in the form in which ${writer.text} wrote it`,
    { hint: 'redisha rescue diff FILE shows what the master lacks' },
  );
};
