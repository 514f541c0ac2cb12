/** What a fault needs to know of a pair, whoever decides in it: keepalived with redisha or the scripts, or Sentinel. */
import type { Cast, Member } from '../test/lib/story.ts';
import { waitFor } from '../test/lib/wait.ts';
import type { Writer } from '../test/lib/writer.ts';
import type { WriterOptions } from '../test/lib/writer-protocol.ts';

export interface Rig extends Cast {
  /** The node that takes the role back as soon as it may; `undefined` where the role stays. */
  readonly preferred: Member | undefined;
  /** A person moves the role to this node; absent where there is no command for it. */
  readonly promote?: (to: Member) => Promise<void>;
  /** `node` is a master and the clients are sent there, whatever the other thinks of itself. */
  takenOver(node: Member, deadlineMs: number): Promise<void>;
  /** A client on the node's own host, which a broken network does not keep from its Redis. */
  beside(node: Member, options: Partial<WriterOptions>): Promise<Writer>;
  /** Throws unless any node could lead now, if it had to. */
  electable(): Promise<void>;
  /** Whoever decides is stopped, and started, beside this node. */
  stopKeeper(node: Member): Promise<void>;
  startKeeper(node: Member): Promise<void>;
  close(): Promise<void>;
}

export const TAKEOVER_MS = 30_000;
const ORDER_MS = 60_000;
const HOLD_MS = 2_000;

export const otherOf = (rig: Rig, node: Member): Member => (node === rig.a ? rig.b : rig.a);

const isLeader = (rig: Rig, node: Member): Promise<boolean> =>
  rig.settled(node, 0, 0).then(
    () => true,
    () => false,
  );

/** The node that the pair is in order around now. */
async function leaderOf(rig: Rig, candidates: readonly Member[]): Promise<Member> {
  for (const node of candidates) if (await isLeader(rig, node)) return node;
  throw new Error(`nobody leads of ${candidates.map(({ host }) => host.name).join(' and ')}`);
}

/** The pair is in order, and stays so for a moment. Returns the node that leads. */
export const inOrder = (
  rig: Rig,
  candidates: readonly Member[] = [rig.a, rig.b],
  deadlineMs = ORDER_MS,
): Promise<Member> =>
  waitFor(
    'the pair in order',
    { deadlineMs, everyMs: 100, holdMs: HOLD_MS },
    async () => {
      const leader = await leaderOf(rig, candidates);
      await rig.electable();
      return leader;
    },
    () => true,
  );
