/**
 * What a replica may lack although its offset says that it has everything.
 *
 * A replica that is older than its master drops the commands that it does not know and goes on counting their bytes. It
 * tells how often it did (`unexpected_error_replies`), since its start or CONFIG RESETSTAT. A full copy makes it whole again
 * while that count stays; a restart clears the count, and the data stays as it is. With the newer program on its old data it
 * looks like any other replica: then only this host can know what it was before.
 *
 * Source: redis/src/networking.c afterErrorReply. Seen on Redis 6.0.16 under 7.0.15, 7.0.15 under 8.0.2, 8.0.2 under 8.6.3,
 * Redis 7.0.15 and Valkey 8.0.1 under Valkey 8.1.1, Valkey 8.1.1 under 9.1.2.
 */
import type { RememberedData } from './memory.ts';
import type { Answering, NodeView } from './model.ts';
import { isAnswering, isMaster } from './model.ts';
import type { ServerVersion } from './program.ts';
import { knowsAllOf, serverText } from './program.ts';

export type Gap =
  /** It is older, and has refused this many commands. */
  | { readonly kind: 'refused'; readonly commands: number }
  /** It is older, and does not count what it refuses. */
  | { readonly kind: 'uncounted' }
  /** It is older, and was started from a file that it wrote under this master: what it refused before is not known. */
  | { readonly kind: 'restarted' }
  /** It is older, and holds another number of keys than its master at the same offset. */
  | { readonly kind: 'keys'; readonly keys: number; readonly masterKeys: number }
  /** It is not older any more, was started from a file of the time when it was, and has had no full copy since. */
  | { readonly kind: 'upgraded'; readonly from: ServerVersion };

export const isOlder = (replica: Answering, master: Answering): boolean => !knowsAllOf(replica.program, master.program);

/**
 * This run of the replica has seen all of its master's time as a master, or has had a full copy from it. A second id, which a
 * restart does not bring back, comes by the change to the master's id. A master takes its id in its own run, so that a replica
 * that is older in age was not started from a file with this id.
 * Source: redis/src/replication.c replicaProcessPsyncReply, shiftReplicationId; redis/src/server.c loadDataFromDisk.
 */
const isWholeRun = (replica: Answering, master: Answering, wholeRun: string | undefined): boolean =>
  replica.history.replid2 !== undefined ||
  replica.uptimeSeconds >= master.uptimeSeconds ||
  replica.hadFullCopy ||
  (wholeRun !== undefined && replica.runId === wholeRun);

/** Everything that changes the number of keys is in the stream. */
const hasOtherKeys = (replica: Answering, master: Answering): boolean =>
  replica.history.replid === master.history.replid &&
  replica.history.offset === master.history.offset &&
  replica.keys !== master.keys;

/** `remembered` is what the replica's own host knows of it. */
export const gapOf = (replica: Answering, master: Answering, remembered?: RememberedData): Gap | undefined => {
  const isWhole = isWholeRun(replica, master, remembered?.wholeRun);
  if (!isOlder(replica, master)) {
    const was = remembered?.program;
    return was === undefined || isWhole || knowsAllOf(was, master.program)
      ? undefined
      : { kind: 'upgraded', from: was };
  }
  const { refusedCommands } = replica;
  if (refusedCommands === undefined) return { kind: 'uncounted' };
  if (refusedCommands > 0) return { kind: 'refused', commands: refusedCommands };
  if (!isWhole) return { kind: 'restarted' };
  return hasOtherKeys(replica, master) ? { kind: 'keys', keys: replica.keys, masterKeys: master.keys } : undefined;
};

type Running = Pick<Answering, 'program'>;

const times = (count: number): string => (count === 1 ? 'a command' : `${String(count)} commands`);

/** A sentence for an operator. */
const describe = (who: string, gap: Gap, replica: Running, master: Running): string => {
  const [own, other] = [serverText(replica.program), serverText(master.program)];
  switch (gap.kind) {
    case 'refused':
      return `${who} runs ${own} and has refused ${times(gap.commands)} of its master, ${other}: it lacks what they wrote`;
    case 'uncounted':
      return `${who} runs ${own}, which does not count the commands that it refuses, and its master runs ${other}: it may lack writes`;
    case 'restarted':
      return `${who} runs ${own} and has restarted under its master, ${other}: what it refused before is not known`;
    case 'keys':
      return `${who} runs ${own} and holds ${String(gap.keys)} keys, its master, ${other}, holds ${String(gap.masterKeys)} at the same offset`;
    case 'upgraded':
      return `${who} was upgraded from ${serverText(gap.from)} on its old data and has had no full copy from its master, ${other}: it may lack writes`;
  }
};

/** What a person does about it. */
const cureOf = ({ kind }: Gap, master: Running): string => {
  const upgrade = `finish the upgrade: start ${serverText(master.program)} on this node`;
  if (kind === 'upgraded') return 'its next backup, check or promote copies it anew';
  return kind === 'refused' ? `${upgrade}; if it has had a full copy since: redis-cli CONFIG RESETSTAT on it` : upgrade;
};

/** What a replica lacks, in words. */
export interface FoundGap {
  readonly kind: Gap['kind'];
  readonly words: string;
  readonly cure: string;
}

/** As {@link gapOf}. `who` is `local` or `the peer`. */
export const findGap = (
  who: string,
  replica: Answering,
  master: Answering,
  remembered: RememberedData | undefined,
): FoundGap | undefined => {
  const gap = gapOf(replica, master, remembered);
  if (gap === undefined) return undefined;
  return { kind: gap.kind, words: describe(who, gap, replica, master), cure: cureOf(gap, master) };
};

/** The same, where `replica` follows `master` with its link up, and both can be read. */
export const gapBeside = (
  who: string,
  replica: NodeView,
  master: NodeView | undefined,
  remembered?: RememberedData,
): FoundGap | undefined => {
  if (master === undefined || !isMaster(master) || !isAnswering(replica)) return undefined;
  const { upstream } = replica;
  if (upstream?.who !== 'other-side' || !upstream.linkUp || replica.loading || master.loading) return undefined;
  return findGap(who, replica, master, remembered);
};

/** What a node lacks, perhaps, that is to lead because no master serves; in words. */
export const gapAlone = (
  who: string,
  replica: Answering,
  other: NodeView,
  remembered: RememberedData | undefined,
): string | undefined => {
  if (isAnswering(other)) {
    const gap = gapOf(replica, other, remembered);
    return gap === undefined ? undefined : describe(who, gap, replica, other);
  }
  const { refusedCommands = 0 } = replica;
  if (refusedCommands > 0)
    return `${who} has refused ${times(refusedCommands)} of a master: it may lack what they wrote`;
  return remembered?.gap === undefined
    ? undefined
    : `${who} may lack writes of its master: it was, or is, older, and what it refused is not known`;
};

/** An older replica that has everything so far. */
export const describeOlder = (who: string, replica: Running, master: Running): string =>
  `${who} runs ${serverText(replica.program)}, its master ${serverText(master.program)}: it has refused nothing so far, and will drop commands that only the newer server knows`;

export const isSameData = (one: RememberedData | undefined, other: RememberedData | undefined): boolean =>
  one?.wholeRun === other?.wholeRun &&
  one?.gap === other?.gap &&
  one?.program.product === other?.program.product &&
  one?.program.version.join('.') === other?.program.version.join('.');

/** What is to be remembered of local's data, where the pair is whole. */
export const rememberedData = (
  local: Answering,
  peer: Answering,
  before: RememberedData | undefined,
): RememberedData => {
  const whole: RememberedData = { program: local.program, wholeRun: local.runId };
  if (local.redisRole === 'master') return whole;
  const gap = gapOf(local, peer, before);
  if (gap === undefined) return whole;
  return { program: before?.program ?? local.program, wholeRun: before?.wholeRun, gap: gap.kind };
};
