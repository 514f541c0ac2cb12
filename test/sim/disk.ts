/** What a disk holds of a model server, and what a server makes of it when it starts. */
import type { Server } from './server.ts';
import type { Disk } from './story.ts';
import type { Dataset } from './stream.ts';
import { copyOf } from './stream.ts';

/** An RDB, with its place in the history where the server wrote that down. */
export interface Snapshot {
  readonly data: Dataset;
  readonly at: { readonly replid: string; readonly offset: number } | undefined;
}

/** Source: rdbPopulateSaveInfo: a master without a backlog writes no history down, nor does a replica without a place. */
export const snapshotOf = (server: Server, withHistory: boolean): Snapshot => {
  const { data, replid, offset, master } = server;
  const known = withHistory && (master === undefined ? server.backlog !== undefined : server.hasPlace);
  return { data: copyOf(data), at: known ? { replid, offset } : undefined };
};

/** A file without keys and without a history tells nothing, not even that keys were deleted. */
const isBlank = ({ data, at }: Snapshot): boolean => data.keys.size + data.markers.size === 0 && at === undefined;

/** What a server finds that starts. */
export const leftOn = (disk: Disk, snapshot: Snapshot | undefined): Snapshot | undefined =>
  disk === 'empty' || snapshot === undefined || isBlank(snapshot) ? undefined : snapshot;

/**
 * Source: loadDataFromDisk: a master keeps the saved history as its second one, a replica takes it for its own and has
 * no backlog until it is somebody's replica again: promoted before that, it writes without counting (seen on 7.0.15).
 */
export const restoreHistory = (server: Server, at: Snapshot['at']): void => {
  server.replid = server.newId();
  server.replid2 = undefined;
  server.secondOffset = 0;
  server.offset = at?.offset ?? 0;
  server.backlog = undefined;
  server.hasSelected = false;
  server.hasPlace = at !== undefined;
  if (at === undefined) return;
  if (server.master === undefined) {
    server.replid2 = at.replid;
    server.secondOffset = at.offset + 1;
    server.createBacklog();
  } else {
    server.replid = at.replid;
  }
};
