/** Reads what a server alone has, and keeps it: the pieces of this directory behind one port. */
import type { Clock, Replayed, RescueReason, Rescuer, SuffixRange } from '../app/ports.ts';
import type { Endpoint, History } from '../core/model.ts';
import { formatEndpoint, isAnswering } from '../core/model.ts';
import type { ServerVersion } from '../core/program.ts';
import { serverText } from '../core/program.ts';
import type { Limits } from '../core/rescue-limits.ts';
import { isFull } from '../core/rescue-limits.ts';
import { RedishaError } from '../errors.ts';
import { disk, timely } from '../host/disk.ts';
import { askServer } from './ask-server.ts';
import type { ConnectionOptions } from './connection.ts';
import { receiveDataset } from './dataset.ts';
import type { FailureKind } from './failure.ts';
import { Failure, operationalError } from './failure.ts';
import { whyNotFromNothing } from './from-nothing.ts';
import { graft } from './graft.ts';
import { hurryCopy } from './hurry.ts';
import { openNode } from './node.ts';
import { findReplayedOf, replayFile } from './replay.ts';
import { eldersAmong, mayBeReplaced } from './rescue-elders.ts';
import { PartFile } from './rescue-file.ts';
import { writeSeen } from './rescue-seen.ts';
import type { Rescue, RescueRecord } from './rescue-store.ts';
import {
  asStored,
  compactTime,
  listRescues,
  nameOfSame,
  parseName,
  pruneRescues,
  removeEmpty,
  removeLeftParts,
  removeRescues,
  shortId,
  writeRecord,
} from './rescue-store.ts';
import { Tail } from './rescue-whole.ts';
import { withStream } from './stream.ts';
import { copySuffix, readSuffix } from './suffix.ts';

export interface RescuerOptions extends Limits {
  readonly connect: (endpoint: Endpoint) => ConnectionOptions;
  /** Where the rescues go; made with mode 0700 when the first one comes. */
  readonly directory: string;
  readonly clock: Pick<Clock, 'wallIso'>;
  /** Told which older rescues had to go for a new one, if any. */
  readonly onPruned: (removed: readonly string[]) => Promise<void>;
  /** Told before older rescues go that `file` holds as well. */
  readonly onReplaced: (elders: readonly string[], file: string) => Promise<void>;
}

const KEYS_RECORDED_MAX = 10_000;
const PROGRESS_EVERY_MS = 500;

/** Nothing was refused: there is nobody to ask. These keep their own code. */
const UNREACHED: readonly FailureKind[] = [
  'refused',
  'unreachable',
  'unresolved',
  'locked',
  'denied',
  'full',
  'unasked',
];

/** `ENOSPC` and the like; Node's own `ERR_…` are bugs of ours. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && /^E(?!RR_)/.test(String(error.code));

/** `error` as the port promises it. A bug stays what it is. */
const asRescueFailure = (error: unknown, what: string, endpoint: Endpoint): unknown => {
  if (error instanceof RedishaError) return error;
  if (error instanceof Failure && UNREACHED.includes(error.kind)) return operationalError(error, what, endpoint);
  if (!(error instanceof Failure) && !isSystemError(error)) return error;
  const why = error instanceof Failure ? error.message : (error.code ?? error.message);
  return new RedishaError('RESCUE_FAILED', `${what} of ${formatEndpoint(endpoint)} failed: ${why}`, { cause: error });
};

const attempt = async <T>(what: string, endpoint: Endpoint, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw asRescueFailure(error, what, endpoint);
  }
};

type Saved = Pick<RescueRecord, 'replid' | 'content'> & {
  readonly name: string;
  readonly server: ServerVersion | undefined;
};

const historyOf = async (options: RescuerOptions, endpoint: Endpoint): Promise<History | undefined> => {
  const node = openNode(options.connect(endpoint));
  const view = await node.look();
  node.close();
  return isAnswering(view) ? view.history : undefined;
};

/** What came in its elders' place pushes nothing out. */
const makeRoom = async (
  options: RescuerOptions,
  endpoint: Endpoint,
  file: string,
  record: RescueRecord,
): Promise<void> => {
  const { directory, keep, bytesMax, onPruned, onReplaced } = options;
  const others = (await listRescues(directory)).filter((rescue) => rescue.file !== file);
  const elders = await eldersAmong(others, record, () => historyOf(options, endpoint));
  if (elders.length > 0) {
    await onReplaced(elders, file);
    await removeRescues(elders);
    return;
  }
  const removed = await pruneRescues(directory, { keep, bytesMax }, file);
  if (removed.length > 0) await onPruned(removed);
};

/**
 * What nobody has looked at is not removed for the next one, so at some point no other may come.
 * @throws {RedishaError} RESCUE_FAILED where such rescues fill what the operator grants, but for those that this one replaces
 */
const assertNotFull = async (options: RescuerOptions, endpoint: Endpoint): Promise<void> => {
  const rescues = await listRescues(options.directory);
  if (!isFull(rescues.map(asStored), options)) return;
  const history = await historyOf(options, endpoint);
  const goesOn = ({ record }: Rescue): boolean =>
    record !== undefined && history !== undefined && mayBeReplaced(record, formatEndpoint(endpoint), history);
  if (!isFull(rescues.filter((rescue) => !goesOn(rescue)).map(asStored), options)) return;
  throw new RedishaError(
    'RESCUE_FAILED',
    'the rescues that nobody has looked at fill rescue_max_bytes: look at them with "redisha rescue list" and "show", or remove them with "redisha rescue prune --unseen"',
    { hint: 'redisha rescue list' },
  );
};

/** The file that `fill` has filled, complete on disk under the name that `fill` returns. */
const save = async (
  options: RescuerOptions,
  endpoint: Endpoint,
  reason: RescueReason,
  expectedBytes: number | undefined,
  fill: (part: PartFile, prefix: string) => Promise<Saved>,
): Promise<string> => {
  const { directory } = options;
  const when = options.clock.wallIso();
  const prefix = `${compactTime(when)}-${reason.side}`;
  await removeLeftParts(directory);
  await removeEmpty(directory);
  await assertNotFull(options, endpoint);
  const part = await PartFile.create(directory, prefix, expectedBytes);
  let file: string | undefined;
  try {
    const { name, server, replid, content } = await fill(part, prefix);
    file = await part.commit(name);
    const where = {
      endpoint: formatEndpoint(endpoint),
      ...(server === undefined ? {} : { server: serverText(server) }),
    };
    const record = { when, ...reason, ...where, replid, bytes: part.bytes, content };
    // The rescue is whole without its sidecar, so a failure here must not make it look failed.
    await writeRecord(directory, file, record).catch(() => undefined);
    await makeRoom(options, endpoint, file, record);
    return file;
  } finally {
    if (file === undefined) await part.discard();
  }
};

const saveSuffix = (options: RescuerOptions, range: SuffixRange, reason: RescueReason): Promise<string> => {
  const { endpoint, replid, fromOffset, toOffset } = range;
  return save(options, endpoint, reason, toOffset - fromOffset, async (part, prefix) => {
    const [content, { server }] = await Promise.all([
      copySuffix(options.connect(endpoint), range, (bytes) => part.write(bytes)),
      askServer(options.connect(endpoint)),
    ]);
    const name = `${prefix}-${shortId(replid)}-${String(fromOffset)}-${String(toOffset)}.resp`;
    const { commands, keys, everything } = content;
    if (part.bytes === 0) throw new Failure('error', 'the suffix holds no writes');
    const recorded = { commands, keys: keys.slice(0, KEYS_RECORDED_MAX), keyCount: keys.length, everything };
    return {
      name: await nameOfSame(options.directory, name),
      server,
      replid,
      content: { form: 'suffix', fromOffset, toOffset, ...recorded },
    };
  });
};

const saveDataset = (options: RescuerOptions, endpoint: Endpoint, reason: RescueReason): Promise<string> =>
  save(options, endpoint, reason, undefined, async (part, prefix) => {
    const tail = new Tail();
    const { replid, replidAfter, offset, server } = await receiveDataset(options.connect(endpoint), {
      announced: (bytes) => part.expect(bytes),
      write: (bytes) => {
        tail.add(bytes);
        return part.write(bytes);
      },
    });
    if (!tail.endsRdb) throw new Failure('garbled', 'the dataset ends before its end mark');
    const name = `${prefix}-${shortId(replid)}-${String(offset)}.rdb`;
    return { name, server, replid, content: { form: 'dataset', offset, replidAfter } };
  });

/** The newest files first: the one that a merge was cut off after is the last. */
const findReplayed = async (
  options: RescuerOptions,
  { replid, fromOffset }: SuffixRange,
  on: Endpoint,
): Promise<Replayed | undefined> => {
  const replid8 = shortId(replid);
  const files = (await listRescues(options.directory))
    .toReversed()
    .flatMap((rescue) =>
      parseName(rescue.file)?.replid8 === replid8 &&
      rescue.fromOffset === fromOffset &&
      rescue.record?.replid === replid
        ? [{ file: rescue.file, replid8, fromOffset, toOffset: rescue.toOffset }]
        : [],
    );
  return findReplayedOf(options.connect(on), files.slice(0, 10));
};

/** All of it is on the other side. Where that cannot be noted, a person looks at it. */
const markMerged = ({ clock }: RescuerOptions, file: string): Promise<void> =>
  writeSeen(file, { at: clock.wallIso(), by: 'merge' }).catch(() => undefined);

const storyOf = async (options: ConnectionOptions): Promise<string | undefined> => {
  try {
    return await withStream(options, async (stream) => {
      const [persistence, replication] = [await stream.info('persistence'), await stream.info('replication')];
      return whyNotFromNothing({ persistence, replication, commandStats: await stream.info('commandstats') });
    });
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
};

/** The port {@link Rescuer} over real connections and files. */
const bytesOf = async (file: string): Promise<number | undefined> => {
  try {
    return (await timely(disk.stat(file))).size;
  } catch {
    return undefined;
  }
};

export const createRescuer = (options: RescuerOptions): Rescuer => ({
  read: (range) =>
    attempt('reading the writes', range.endpoint, () => readSuffix(options.connect(range.endpoint), range)),
  saveSuffix: (range, reason) =>
    attempt('rescuing the writes', range.endpoint, () => saveSuffix(options, range, reason)),
  saveDataset: async (endpoint, reason, onProgress) => {
    const beat = setInterval(onProgress, PROGRESS_EVERY_MS);
    try {
      return await attempt('rescuing the dataset', endpoint, () => saveDataset(options, endpoint, reason));
    } finally {
      clearInterval(beat);
    }
  },
  bytesOf,
  hurryCopy: (master) => hurryCopy(options.connect(master)),
  replay: async (file, on, assertApart) => {
    const outcome = await replayFile(options.connect(on), file, assertApart);
    await markMerged(options, file);
    return outcome;
  },
  whyNotFromNothing: (endpoint) => storyOf(options.connect(endpoint)),
  graft: async (file, from, to, asked) => {
    const grafted = await graft(options.connect(from), options.connect(to), asked);
    if (grafted.left === 0) await markMerged(options, file);
    return grafted;
  },
  findReplayed: (range, on) => findReplayed(options, range, on),
});
