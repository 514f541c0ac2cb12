/** A side whose writes are held back over several steps of one command, from the first look until it follows. */
import type { Answering, NodeView, Side } from '../core/model.ts';
import { isMaster } from '../core/model.ts';
import { hasHardlyWritten } from '../core/relation.ts';
import type { Execution } from './execution.ts';
import { nodeOf } from './execution.ts';
import { feltHeld, feltLetGo } from './felt.ts';
import type { Applying } from './findings.ts';
import type { HoldWay } from './hold.ts';
import { letGo, unlessClosed } from './hold.ts';

/** The pause ends by itself after this, should we be killed. */
export const HOLD_MS = 10_000;

const nowHeld = ({ findings, felt, clock }: Applying, side: Side, way: HoldWay): void => {
  findings.holds.set(side, way);
  feltHeld(felt, side, way, clock.nowMs());
};

export const hold = async (applying: Applying, side: Side): Promise<Answering> => {
  const node = nodeOf(applying, side);
  const way = applying.findings.holds.get(side);
  if (way === 'fence') return node.raiseFence();
  return unlessClosed(
    async () => {
      const held = await node.pauseWrites(HOLD_MS);
      nowHeld(applying, side, 'pause');
      return held;
    },
    () => {
      nowHeld(applying, side, 'fence');
      return node.raiseFence();
    },
  );
};

/**
 * The side that is to lead takes no writes either until it is known what both have, where it seems to have taken none yet and
 * its server has a pause: its clients wait then, by the fence they would get errors. On a replica a pause would hold its
 * master's stream back.
 * @returns what it holds
 */
export const holdLeader = async (applying: Applying, side: Side, loser: Answering): Promise<NodeView> => {
  const node = nodeOf(applying, side);
  const view = await node.look();
  if (!isMaster(view) || !hasHardlyWritten(view, loser)) return view;
  return unlessClosed<NodeView>(
    async () => {
      const held = await node.pauseWrites(HOLD_MS);
      nowHeld(applying, side, 'pause');
      return held;
    },
    () => Promise.resolve(view),
  );
};

/**
 * True afterwards: a side that is held by a pause is held by the fence instead, where the server allows that. While a whole
 * dataset is saved a command of the other node would let go of the pause, which is one for all, or save the same once more;
 * who sees the fence waits.
 */
export const holdForLong = async (applying: Applying, side: Side): Promise<void> => {
  if (applying.findings.holds.get(side) !== 'pause') return;
  const node = nodeOf(applying, side);
  await unlessClosed(
    async () => {
      await node.raiseFence();
      feltLetGo(applying.felt, side, applying.clock.nowMs());
      nowHeld(applying, side, 'fence');
      await node.resumeWrites();
    },
    () => Promise.resolve(),
  );
};

/**
 * What clients write to `side` waits, for so long at most; its next look is not further away, where any check looks. It is one
 * pause that ends by itself, and not renewed: the command of that side lets go of it whenever it likes.
 */
const HOLD_BACK_MS = 3000;

type Holding = Execution & Pick<Applying, 'findings'>;

/** True afterwards: a master on `side` takes no writes for a moment, where its server has a pause. */
export const holdBack = async (applying: Holding, side: Side): Promise<void> => {
  const node = nodeOf(applying, side);
  const { findings } = applying;
  findings.rivalHeld = 'released';
  if (!isMaster(await node.look())) return;
  // Before it is sent: what gets no answer may have been done.
  findings.rivalHeld = 'held';
  feltHeld(applying.felt, side, 'pause', applying.clock.nowMs());
  await unlessClosed<unknown>(
    () => node.pauseWrites(HOLD_BACK_MS),
    () => {
      findings.rivalHeld = 'released';
      return Promise.resolve();
    },
  );
};

/** True afterwards: the moment of {@link holdBack} is over, where the two are no rivals any more. */
export const releaseRival = async (applying: Holding): Promise<void> => {
  if (applying.findings.rivalHeld !== 'held') return;
  applying.findings.rivalHeld = 'released';
  await letGo(applying, nodeOf(applying, 'peer'), 'pause');
};

/** True afterwards: `side` is not held back by this command any more, as far as the server can be reached. */
export const release = async (applying: Holding, side: Side): Promise<void> => {
  const way = applying.findings.holds.get(side);
  if (way === undefined) return;
  applying.findings.holds.delete(side);
  await letGo(applying, nodeOf(applying, side), way);
};

/**
 * True afterwards, where a newer command of this host has ended this one between two masters: a peer that has hardly written
 * stays held for a moment. The address has gone to it, and so do the clients. Whoever lets go now also lets go of what the
 * peer's own command holds, for the pause is one for all; and one write to a key that everybody writes sets what the other
 * side took against it.
 */
export const leaveHeld = async (applying: Holding): Promise<void> => {
  const { holds } = applying.findings;
  if (holds.get('peer') !== 'pause') return;
  const node = nodeOf(applying, 'peer');
  const [local, peer] = await Promise.all([nodeOf(applying, 'local').look(), node.look()]);
  if (!isMaster(local) || !isMaster(peer) || !hasHardlyWritten(peer, local)) return;
  holds.delete('peer');
  await node.resumeWrites(HOLD_BACK_MS);
};

/** True afterwards: this command holds neither side back any more, as far as the servers can be reached. */
export const releaseAll = async (applying: Holding): Promise<void> => {
  for (const side of applying.findings.holds.keys()) await release(applying, side);
};
