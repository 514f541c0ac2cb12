/**
 * A server that came back from a restart with an older state of what the other one holds. By its history it has nothing of its
 * own, and gets the newer data. That is right after a crash. It undoes the work of a person who has put a backup in place of
 * dump.rdb, and nothing but this tells.
 */
import type { Remembered } from './memory.ts';
import type { NodeView, Side } from './model.ts';
import { isAnswering, isMaster, otherSide } from './model.ts';
import { relation } from './relation.ts';
import { hasRunOn, JUST_RESTARTED_SECONDS } from './restart.ts';

export interface OlderData {
  readonly side: Side;
  readonly keys: number;
  readonly newerKeys: number;
  readonly behindBytes: number;
}

const olderOn = (
  pair: { readonly [S in Side]: NodeView },
  side: Side,
  ledBefore: boolean,
  memory: Pick<Remembered, 'runs'> | undefined,
): OlderData | undefined => {
  const [view, other] = [pair[side], pair[otherSide(side)]];
  if (!isAnswering(view) || !isAnswering(other) || view.keys === 0) return undefined;
  if (hasRunOn(view, side, memory)) return undefined;
  // A master and the replica that follows it are read one after the other. One that has restarted has an id of its own.
  if (isMaster(view) && view.history.replid === other.history.replid) return undefined;
  if (view.uptimeSeconds >= JUST_RESTARTED_SECONDS || view.upstream?.linkUp === true) return undefined;
  // A replica that was stopped and started is behind every time, and nobody has to be told.
  if (!ledBefore && view.keys <= other.keys) return undefined;
  const found = relation(view, other);
  if (found.kind !== 'prefix') return undefined;
  return { side, keys: view.keys, newerKeys: other.keys, behindBytes: found.behindBytes };
};

/** `undefined` where neither came back with older data than the other one has. */
export const olderDataIn = (
  pair: { readonly [S in Side]: NodeView },
  memory: Pick<Remembered, 'wasMaster' | 'runs'> | undefined,
): OlderData | undefined =>
  olderOn(pair, 'local', memory?.wasMaster === true, memory) ?? olderOn(pair, 'peer', false, memory);

/** What has happened, and what to do where it was not meant; for an operator. */
export const describeOlderData = ({ side, keys, newerKeys, behindBytes }: OlderData): string =>
  `${side} came back from a restart with older data (${String(keys)} keys, ${String(behindBytes)} bytes of replication stream behind); ` +
  `the newer data (${String(newerKeys)} keys) takes its place. If the older data was a backup that is to win: ` +
  'redisha rescue restore /path/to/FILE.rdb --replace-all';
