/** A full synchronization of one model server by another, from +FULLRESYNC to the first byte of the stream. */
import type { Link } from './link.ts';
import type { Dataset } from './stream.ts';
import { Backlog, copyOf } from './stream.ts';
import { NAMES, reaches } from './words.ts';

/** The dataset as the master forked it. */
interface Copy {
  readonly data: Dataset;
  readonly replid: string;
  readonly offset: number;
}

const isCurrent = (link: Link): boolean => link.replica.replication.link === link;

/** Source: syncCommand, and repl-diskless-sync-delay before the fork. */
export const synchronize = (link: Link): void => {
  const { master, replica } = link;
  master.replication.beginHistory();
  link.phase = 'waiting';
  replica.replication.upstream = 'waiting';
  replica.hasPlace = false;
  master.replication.replicas.add(link);
  replica.note(() => `full synchronization from ${NAMES[master.index]} is to begin`);
  const begin = (): void => {
    if (link.phase !== 'waiting' || !master.replication.replicas.has(link) || !isCurrent(link)) return;
    master.hasSelected = false;
    const copy = { data: copyOf(master.data), replid: master.replid, offset: master.offset };
    link.phase = 'transfer';
    replica.replication.upstream = 'transfer';
    transfer(link, copy);
  };
  link.beginCopy = begin;
  master.later(master.base.config.syncDelayMs, begin);
};

const transfer = (link: Link, copy: Copy): void => {
  const { replica, master } = link;
  const { config, network } = replica.base;
  replica.later(config.transferMs + config.latencyMs, () => {
    if (!isCurrent(link)) return;
    if (!reaches(network, master.index, replica.index)) transfer(link, copy);
    else if (link.closing) replica.replication.lost(link);
    else load(link, copy);
  });
};

/** Source: readSyncBulkPayload with repl-diskless-load disabled: the file replaces the old RDB before it is loaded. */
const load = (link: Link, copy: Copy): void => {
  const { replica, master } = link;
  const { engine, config, witness } = replica.base;
  witness.wiped(replica.index, master.index, copy.data);
  replica.replication.disconnectReplicas();
  replica.backlog = undefined;
  replica.data = copyOf(copy.data);
  replica.snapshot = { data: copyOf(copy.data), at: { replid: copy.replid, offset: copy.offset } };
  replica.loadingUntilMs = engine.nowMs + config.loadMs;
  replica.replication.upstream = 'loading';
  replica.later(config.loadMs, () => loaded(link, copy));
};

/** A master that went away meanwhile is looked for again, with the history that was loaded. */
const loaded = (link: Link, { replid, offset }: Copy): void => {
  const { replica } = link;
  const { replication, base } = replica;
  replica.replid = replid;
  replica.offset = offset;
  replica.hasPlace = true;
  replica.replid2 = undefined;
  replica.backlog = new Backlog(offset, base.config.backlogBytes);
  replica.note(() => `loaded, at offset ${String(offset)}`);
  if (!isCurrent(link)) {
    replication.begin(1);
    return;
  }
  replication.upstream = 'up';
  replication.downSinceMs = undefined;
  link.phase = 'online';
  link.ackOffset = offset;
  link.ackMs = link.master.wallMs;
  link.master.counting.count();
  link.move();
};
