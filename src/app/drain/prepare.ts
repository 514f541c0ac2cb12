/** What a drain looks at before it changes anything, and why it refuses. */
import type { Drained, Marks } from '../../core/marks.ts';
import type { NodeView, PairView, Policy } from '../../core/model.ts';
import { isAnswering, isMaster } from '../../core/model.ts';
import type { AddressFound, HostFacts } from '../../core/order.ts';
import { describeNode } from '../../core/situation.ts';
import { RedishaError } from '../../errors.ts';
import { whyNotFollowed } from '../explain-link.ts';
import { findAddress } from '../looked.ts';
import { whyMarked } from '../marked.ts';
import { seenByPeer } from '../move-away.ts';
import { observe } from '../observe.ts';
import type { TransitionWorld } from '../transition.ts';
import { foresee } from '../transition.ts';

/** A mark that is on the disk and does not count yet. */
interface Staged {
  readonly commit: () => Promise<void>;
  readonly discard: () => Promise<void>;
}

export interface DrainWorld {
  readonly world: TransitionWorld;
  readonly policy: Policy;
  readonly marks: () => Marks;
  readonly hasAddress: (address: string) => boolean;
  /** The peer needs a licence before it takes writes alone. */
  readonly hasWitness: boolean;
  /** The virtual address. */
  readonly address: string;
  readonly keepalived: HostFacts['keepalived'];
  /** What in keepalived.conf keeps the address here, each a sentence. */
  readonly staying: readonly string[];
  /** @throws {RedishaError} HOST_FILE where it cannot be written; nothing has changed then */
  readonly stage: (drained: Drained) => Promise<Staged>;
  /** True afterwards: this node is not drained. */
  readonly unmark: () => Promise<unknown>;
  /** @returns why the other node cannot see whether this one is drained. Never rejects. */
  readonly tellServer: (isDrained: boolean) => Promise<string | undefined>;
}

export interface DrainOrder {
  readonly by: string;
  readonly why: string | undefined;
  readonly signal: AbortSignal;
}

/** Where the pair stands. */
export interface Sight {
  readonly pair: PairView;
  readonly at: AddressFound['at'];
}

/** What was found before anything has changed, and a mark that is ready. */
export interface Prepared {
  readonly drain: DrainWorld;
  readonly order: DrainOrder;
  readonly sight: Sight;
  /** `undefined` where the node is drained already. */
  readonly staged: Staged | undefined;
  readonly drained: Drained;
}

export const STATUS = 'redisha status, on both nodes';

const refused = (why: string, hint: string): RedishaError =>
  new RedishaError('REFUSED_BY_RULE', `it is not safe, and nothing was changed: ${why}`, { hint });

export const look = async ({ world: { eyes }, hasAddress, address }: DrainWorld): Promise<Sight> => {
  const pair = await observe(eyes);
  const { found } = await findAddress(eyes, pair, address, hasAddress(address));
  return { pair, at: found.at };
};

export const close = ({ eyes }: TransitionWorld): void => {
  eyes.local.close();
  eyes.peer.close();
};

/** Who has the role and would hand it over. */
const assertMayGo = async (drain: DrainWorld, { at }: Sight): Promise<void> => {
  const { keepalived, staying } = drain;
  if (at === 'here' && keepalived === 'gone')
    throw refused(
      'keepalived does not run on this host, so nobody takes the address to the peer',
      'systemctl start keepalived',
    );
  const [stays] = staying;
  if (at === 'here' && stays !== undefined)
    throw refused(`the address would stay here: ${stays}`, 'redisha config check');
  await assertRoleMayGo(drain);
};

/**
 * As `promote` on the other node judges it.
 * @throws {RedishaError} REFUSED_BY_RULE where the role could not go, or local could not follow
 */
export const assertRoleMayGo = async ({ world, policy }: Pick<DrainWorld, 'world' | 'policy'>): Promise<void> => {
  const seen = await seenByPeer(world);
  try {
    const { pair, plan } = await foresee(seen, { intent: 'promote', policy, forced: false, vrrpAgeMs: 0 });
    const [first] = plan.steps;
    // What only needs time gets it, as a promote gives it.
    if (first?.kind === 'wait') return;
    if (first?.kind !== 'handOver')
      throw refused(
        `the role cannot go to the peer; seen from there: ${plan.why}`,
        first?.kind === 'refuse' ? first.hint : STATUS,
      );
    const cause = await whyNotFollowed(seen, pair.localSeenByPeer);
    if (cause !== undefined)
      throw refused(`the role would move, and this node could not follow: ${cause.why}`, cause.next);
  } finally {
    close(seen);
  }
};

/** @throws {RedishaError} REFUSED_BY_RULE where the peer will not take the address */
export const assertNotDrained = ({ peer, peerEndpoint }: Pick<PairView, 'peer' | 'peerEndpoint'>): void => {
  if (isAnswering(peer) && peer.isDrained === true)
    throw refused('the peer is drained, so it would not take the address', `on ${peerEndpoint.host}: redisha resume`);
};

/** Who has no role to hand over could take over if the peer did not serve. */
const assertServed = ({ peer, at }: { readonly peer: NodeView; readonly at: AddressFound['at'] }): void => {
  if (!isMaster(peer) || peer.loading)
    throw refused(
      `the peer does not lead (it ${describeNode(peer)}), and drained this node could not take over`,
      STATUS,
    );
  if (at !== 'here' && at !== 'peer')
    throw refused('the address is at neither node, and drained this node could not take it', STATUS);
};

/**
 * Looks, and puts a mark onto the disk that does not count yet.
 * @throws {RedishaError} REFUSED_BY_RULE where it is not safe, HOST_FILE where the mark cannot be written; nothing has changed then
 */
export const prepareDrain = async (drain: DrainWorld, order: DrainOrder): Promise<Prepared> => {
  const { world, marks, stage } = drain;
  const { drained: before, paused } = marks();
  const held = whyMarked({ drained: undefined, paused });
  if (held !== undefined) throw refused(held, 'redisha resume on this host, and then redisha drain');
  try {
    const sight = await look(drain);
    const { local, peer } = sight.pair;
    assertNotDrained(sight.pair);
    if (isMaster(local)) await assertMayGo(drain, sight);
    else assertServed({ peer, at: sight.at });
    const drained = before ?? { by: order.by, at: world.clock.wallIso(), why: order.why };
    const staged = before === undefined ? await stage(drained) : undefined;
    return { drain, order, sight, staged, drained };
  } finally {
    close(world);
  }
};
