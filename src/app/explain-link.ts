/**
 * Why a replica's link does not come up, or would not, as far as two servers can be asked. The reason itself stands in the
 * replica's own log, which redisha does not read.
 *
 * Source: redis/src/replication.c syncWithMaster (AUTH by masterauth, PING, PSYNC), redis/src/networking.c (protected mode).
 */
import type { LinkCause } from '../core/link-cause.ts';
import { doubtfulCopy, unreadableCopy } from '../core/program.ts';
import type { Answering, Endpoint, Intent, Side } from '../core/model.ts';
import { formatEndpoint, isAnswering, isMaster, otherSide } from '../core/model.ts';
import type { Situation } from '../core/situation.ts';
import type { Eyes } from './observe.ts';
import type { RedisNode } from './ports.ts';

/** Whom a server is shown to be. */
export interface Credentials {
  readonly username: string | undefined;
  readonly password: string;
}

export interface LinkWorld {
  readonly eyes: Eyes;
  /** One of the nodes, spoken to without credentials, or with these. */
  readonly stranger: (side: Side, credentials?: Credentials) => RedisNode;
}

/** How a server meets this client. */
const meets = async (client: RedisNode): Promise<string> => {
  try {
    return (await client.look()).kind;
  } finally {
    client.close();
  }
};

const redisCli = ({ host, port }: Endpoint): string => `redis-cli -h ${host} -p ${String(port)}`;

const credentialsCause = async (
  { eyes, stranger }: LinkWorld,
  side: Side,
  met: string,
): Promise<LinkCause | undefined> => {
  if (met !== 'locked') return undefined;
  const replica = eyes[side];
  const next = `${redisCli(replica.endpoint)} CONFIG SET masterauth PASSWORD, and masterauth in its redis.conf`;
  const [password, username] = [await replica.configGet('masterauth'), await replica.configGet('masteruser')];
  if (password === '')
    return { code: 'no-masterauth', why: 'the master asks for a password and the replica has no masterauth', next };
  if (password === undefined)
    return {
      code: 'masterauth-unread',
      why: 'the master asks for a password; masterauth of the replica cannot be read',
      next,
    };
  const shown = stranger(otherSide(side), { username: username === '' ? undefined : username, password });
  return (await meets(shown)) === 'locked'
    ? { code: 'wrong-masterauth', why: 'the master refuses the masterauth (or masteruser) that the replica has', next }
    : undefined;
};

const meetingCause = (met: string, at: string, host: string): LinkCause | undefined => {
  switch (met) {
    case 'denied':
      return {
        code: 'protected-mode',
        why: `the master at ${at} is in protected mode: set a password, or protected-mode no`,
        next: `on ${host}: redis-cli CONFIG SET protected-mode no, or a password in redis.conf and masterauth`,
      };
    case 'full':
      return {
        code: 'maxclients',
        why: `the master at ${at} has no connection left (maxclients)`,
        next: `on ${host}: redis-cli CONFIG SET maxclients NUMBER`,
      };
    case 'refused':
    case 'unreachable':
      return {
        code: 'not-listening',
        why: `nothing answers at ${at}: look at bind and the firewall`,
        next: `on ${host}: redis-cli CONFIG GET bind; bind * -::* in redis.conf, with a password`,
      };
    default:
      return undefined;
  }
};

const tlsCause = async (replica: RedisNode, met: string, at: string): Promise<LinkCause | undefined> => {
  if (met !== 'garbled' && met !== 'frozen') return undefined;
  if ((await replica.configGet('tls-replication')) !== 'no') return undefined;
  return {
    code: 'tls',
    why: `the port at ${at} seems to speak TLS and the replica has tls-replication no`,
    next: `${redisCli(replica.endpoint)} CONFIG SET tls-replication yes, and in redis.conf`,
  };
};

const versionCause = (replica: Answering, master: Answering): LinkCause | undefined => {
  const why = unreadableCopy(replica.program, master.program) ?? doubtfulCopy(replica.program, master.program);
  return why === undefined
    ? undefined
    : { code: 'version', why, next: 'upgrade the replica to the version of its master' };
};

/** A look as the replica looks: at the place that it was told to follow. */
const meetsAt = async ({ eyes }: LinkWorld, at: Endpoint): Promise<string> => meets(eyes.open(at));

/** A cause, or `undefined` where nothing can be seen from here. */
export const explainLink = async (world: LinkWorld, side: Side): Promise<LinkCause | undefined> => {
  const { eyes, stranger } = world;
  const other = otherSide(side);
  const [replica, master] = [eyes[side], eyes[other]];
  const [view, upper, met] = await Promise.all([replica.look(), master.look(), meets(stranger(other))]);
  if (!isAnswering(view) || view.upstream?.linkUp === true) return undefined;
  const { endpoint } = view.upstream ?? master;
  const at = formatEndpoint(endpoint);
  const seen = meetingCause(met, at, master.endpoint.host) ?? (await credentialsCause(world, side, met));
  if (seen !== undefined) return seen;
  const tls = await tlsCause(replica, met, at);
  if (tls !== undefined) return tls;
  // A master may serve at one address of its host, and not at the one that its replica knows.
  const there = view.upstream === undefined ? undefined : await meetsAt(world, view.upstream.endpoint);
  const deaf = there === 'refused' ? meetingCause(there, at, master.endpoint.host) : undefined;
  return deaf ?? (isAnswering(upper) ? versionCause(view, upper) : undefined);
};

/**
 * Why the peer, which is the master now, could not follow local once that leads; `undefined` where nothing is known to stand in
 * the way. `localSeenByPeer` is what it would be told to follow.
 */
export const whyNotFollowed = async (world: LinkWorld, localSeenByPeer: Endpoint): Promise<LinkCause | undefined> => {
  const { eyes, stranger } = world;
  const [peer, met, there] = await Promise.all([
    eyes.peer.look(),
    meets(stranger('local')),
    meetsAt(world, localSeenByPeer),
  ]);
  if (!isMaster(peer)) return undefined;
  const deaf = there === 'refused' ? meetingCause(there, formatEndpoint(localSeenByPeer), 'this host') : undefined;
  const seen = deaf ?? (await credentialsCause(world, 'peer', met));
  // What may not be read is no reason: an ACL user need not have the right to CONFIG.
  return seen?.code === 'masterauth-unread' ? undefined : seen;
};

/** Of a command that ends before the link is up; `undefined` where it is up, or nothing can be seen from here. */
export const explainEnd = async (
  world: LinkWorld,
  intent: Intent,
  situation: Situation,
): Promise<LinkCause | undefined> => {
  if (situation === 'PeerMasterLinkDown') return explainLink(world, 'local');
  return intent === 'promote' && situation === 'LocalMasterWithReplica' ? explainLink(world, 'peer') : undefined;
};
