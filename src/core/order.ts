/**
 * What is not in order about a pair: a table of which every row that matches is said, with the command to type next. A row goes
 * by what was looked at now. Nothing that was not looked at is called in order here.
 */
import { latenessIn } from './lag.ts';
import type { LinkCause } from './link-cause.ts';
import type { Marks, PauseSaid } from './marks.ts';
import type { Answering, Endpoint, Intent, PairView, Side, VrrpState } from './model.ts';
import { formatEndpoint, isAnswering, isMaster, keptOutBy } from './model.ts';
import { curesOf } from './order-cures.ts';
import { besides, MARK_ROWS } from './order-marks.ts';
import type { Plan } from './plan.ts';
import type { Situation } from './situation.ts';
import { describeNode, inStep, SITUATIONS } from './situation.ts';
import { describeStep } from './steps.ts';

/** Where the virtual address is, by the kernel of this host and by who answers there. */
export interface AddressFound {
  readonly address: string;
  /** `refused`: some host has it, and no Redis listens there; `unread`: somebody answers, and does not say who. */
  readonly at: 'here' | 'peer' | 'stranger' | 'refused' | 'nowhere' | 'unread';
  /** What came of the connection to it; in words where nobody answered as a Redis. */
  readonly why: string | undefined;
}

/** A file or directory in which the user of the scripts has to write, and cannot. */
export interface Unwritable {
  readonly path: string;
  readonly what: 'state' | 'log' | 'run' | 'rescues';
  readonly code: 'ENOSPC' | 'EACCES' | 'EROFS' | 'ENOTDIR';
  /** What has to belong to that user; it is to be made where `isMissing`. */
  readonly home: string;
  readonly isMissing: boolean;
  /** Whom keepalived runs the scripts as. */
  readonly user: string;
  readonly owner: string;
}

/** What stands between the pair and its order, besides what the two servers say. */
export interface HostFacts {
  /** `undefined` where nobody knows which address it is. */
  readonly address: AddressFound | undefined;
  /** `unknown` where this host has no keepalived.conf. */
  readonly keepalived: 'runs' | 'gone' | 'unknown';
  readonly unwritable: readonly Unwritable[];
  /** Addresses at which the local Redis has to listen, and does not. */
  readonly deafAt: readonly string[];
}

export interface OrderFacts extends HostFacts {
  readonly pair: PairView;
  readonly situation: Situation;
  /** What the recorded intent would do now. */
  readonly plan: Plan | undefined;
  readonly intent: Intent | undefined;
  readonly commandRunning: boolean;
  readonly vrrpState: VrrpState | undefined;
  /** Where keepalived's words are, if this user may not read them. */
  readonly closed: string | undefined;
  /** Why the replica's link is not up, where that can be seen. */
  readonly link: LinkCause | undefined;
  /** What the replica may lack of its master's writes. */
  readonly gap: Omit<Finding, 'code'> | undefined;
  /** What a person has said of this node; and of the other one, as far as its resident tells. */
  readonly marks: Marks;
  readonly peerPaused?: PauseSaid | undefined;
  /** What is wrong with how keepalived hears of the verdict. */
  readonly untold: readonly Finding[];
}

/** Something that is not in order. */
export interface Finding {
  /** For programs; it stays the same. */
  readonly code: string;
  /** A sentence. */
  readonly says: string;
  /** What to type or look at next. */
  readonly next: string;
}

export interface OrderRow {
  readonly code: string;
  readonly find: (facts: OrderFacts) => readonly Omit<Finding, 'code'>[];
}

const WHOLE: readonly Situation[] = ['LocalMasterWithReplica', 'PeerMasterWithReplica'];

const redisCli = ({ host, port }: Endpoint): string => `redis-cli -h ${host} -p ${String(port)}`;

const endpointOf = ({ localEndpoint, peerEndpoint }: PairView, side: Side): Endpoint =>
  side === 'local' ? localEndpoint : peerEndpoint;

const wordsOf = ({ localEndpoint, peerEndpoint }: PairView): string =>
  `${localEndpoint.host} ${peerEndpoint.host} ${String(localEndpoint.port)}`;

/** Whoever follows, where one of the two leads the other. */
const replicaOf = ({ pair, situation }: OrderFacts): { side: Side; view: Answering; master: Answering } | undefined => {
  const { local, peer } = pair;
  if (!isAnswering(local) || !isAnswering(peer)) return undefined;
  if (situation === 'LocalMasterWithReplica') return { side: 'peer', view: peer, master: local };
  if (situation === 'PeerMasterWithReplica' || situation === 'PeerMasterLinkDown')
    return { side: 'local', view: local, master: peer };
  return undefined;
};

const situationFound = (facts: OrderFacts): readonly Omit<Finding, 'code'>[] => {
  const { situation, pair } = facts;
  // The link has a row of its own.
  if (WHOLE.includes(situation) || situation === 'PeerMasterLinkDown') return [];
  const { says, next } = curesOf(situation, pair);
  return [{ says: says ?? SITUATIONS[situation], next }];
};

const ROLE_AT_PEER = (facts: OrderFacts): boolean => isMaster(facts.pair.peer) && !isMaster(facts.pair.local);
const ROLE_HERE = (facts: OrderFacts): boolean => isMaster(facts.pair.local) && !isMaster(facts.pair.peer);

const addressFound = (facts: OrderFacts): readonly Omit<Finding, 'code'>[] => {
  const { address: found, pair, keepalived } = facts;
  if (found === undefined) return [];
  const { address, at, why } = found;
  const keepalivedIs =
    keepalived === 'gone' ? 'systemctl start keepalived' : 'systemctl status keepalived, on both hosts';
  switch (at) {
    case 'nowhere':
      return [
        { says: `the address ${address} is nowhere: no client reaches the pair (${why ?? ''})`, next: keepalivedIs },
      ];
    case 'stranger':
      return [
        {
          says: `a server that is neither of the pair answers at the address ${address}`,
          next: `ip neighbour show ${address}: which host has it?`,
        },
      ];
    case 'refused':
      return [
        {
          says: `the address ${address} is at another host, and no Redis listens there`,
          next: `on ${pair.peerEndpoint.host}: redisha status; look at bind in its redis.conf`,
        },
      ];
    case 'here':
      if (!ROLE_AT_PEER(facts)) return [];
      return [
        {
          says: `the address ${address} is here and the peer is the master: clients are told READONLY`,
          next: `redisha master ${wordsOf(pair)}`,
        },
      ];
    case 'peer':
      if (!ROLE_HERE(facts)) return [];
      return [
        {
          says: `the address ${address} is at the peer and local is the master: clients are told READONLY`,
          next: `on ${pair.peerEndpoint.host}: redisha status; on this host: redisha check ${pair.localEndpoint.host} ${String(pair.localEndpoint.port)}`,
        },
      ];
    case 'unread':
      return [];
  }
};

const UNWRITABLE_WHAT: Readonly<Record<Unwritable['what'], string>> = {
  state: 'nothing can be remembered',
  log: 'nothing can be logged',
  run: 'keepalived cannot be told anything',
  rescues: 'no diverged write can be saved',
};

/** Never about a directory that others use too. */
const ownershipFor = ({ what, home, isMissing, user }: Unwritable): string => {
  if (!isMissing) return `chown -R ${user}: ${home}`;
  return what === 'log' ? `install -m 0640 -o ${user} /dev/null ${home}` : `install -d -m 0750 -o ${user} ${home}`;
};

export const unwritableFound = (found: Unwritable): Omit<Finding, 'code'> => {
  const { path, what, code, user, owner } = found;
  const outcome = UNWRITABLE_WHAT[what];
  switch (code) {
    case 'ENOSPC':
      return { says: `${path}: ENOSPC, no room is left: ${outcome}`, next: `df -h ${path}` };
    case 'EROFS':
      return { says: `${path}: EROFS, the disk is read-only: ${outcome}`, next: `findmnt --target ${path}` };
    case 'ENOTDIR':
      return { says: `${path}: ENOTDIR, it is not a directory: ${outcome}`, next: `ls -ld ${path}` };
    case 'EACCES':
      return {
        says: `${path}: EACCES, it belongs to ${owner} and keepalived runs redisha as ${user}: ${outcome}`,
        next: ownershipFor(found),
      };
  }
};

const fullOf = ({ pair }: OrderFacts, side: Side): readonly Omit<Finding, 'code'>[] => {
  const view = pair[side];
  if (!isMaster(view) || view.outOfMemory === undefined) return [];
  const { usedBytes, maxBytes } = view.outOfMemory;
  const who = side === 'local' ? 'local' : 'the peer';
  return [
    {
      says: `${who} has reached maxmemory (${String(usedBytes)} of ${String(maxBytes)} bytes): it refuses writes (OOM)`,
      next: `${redisCli(endpointOf(pair, side))} CONFIG SET maxmemory BYTES, and in redis.conf`,
    },
  ];
};

const announcedElsewhere = (facts: OrderFacts): readonly Omit<Finding, 'code'>[] => {
  const found = replicaOf(facts);
  if (found === undefined || !inStep(found.view)) return [];
  const { pair } = facts;
  const line = found.side === 'local' ? pair.localAtPeer : pair.peerAtLocal;
  if (line !== undefined || found.master.replicas.length === 0) return [];
  const at = endpointOf(pair, found.side);
  const listed = found.master.replicas.map(({ endpoint }) => formatEndpoint(endpoint)).join(', ');
  const who = found.side === 'local' ? 'local' : 'the peer';
  return [
    {
      says: `the master lists its replicas as ${listed}, and none of them as ${who} at ${formatEndpoint(at)}: the role cannot be handed over`,
      next: `${redisCli(at)} CONFIG SET replica-announce-ip ADDRESS, and replica-announce-port ${String(at.port)}; both in redis.conf`,
    },
  ];
};

const linkFound = (facts: OrderFacts): readonly Omit<Finding, 'code'>[] => {
  const found = replicaOf(facts);
  if (found === undefined || inStep(found.view)) return [];
  const who = found.side === 'local' ? 'local' : 'the peer';
  const says = `${who} follows, but is not in step: ${facts.link?.why ?? describeNode(found.view)}`;
  const host = found.side === 'local' ? 'this host' : facts.pair.peerEndpoint.host;
  return [{ says, next: facts.link?.next ?? `look for MASTER in the log of the Redis on ${host}` }];
};

/** Waiting is the work of a command, so a plan that only waits is no trouble of its own. */
const planFound = ({ plan, intent, pair, commandRunning }: OrderFacts): readonly Omit<Finding, 'code'>[] => {
  const left = (plan?.steps ?? []).filter(({ kind }) => kind !== 'wait');
  if (plan === undefined || left.length === 0) return [];
  const [first] = left;
  const command = commandRunning
    ? 'redisha status, when that command is done'
    : `redisha ${intent ?? 'backup'} ${wordsOf(pair)}`;
  return [
    {
      says:
        first?.kind === 'refuse'
          ? `rule ${String(plan.rule)} refuses: ${plan.why}`
          : `rule ${String(plan.rule)} is not carried out: ${left.map(describeStep).join('; ')}`,
      next: first?.kind === 'refuse' ? first.hint : command,
    },
  ];
};

const vrrpFound = ({ vrrpState, keepalived, closed, pair }: OrderFacts): readonly Omit<Finding, 'code'>[] => {
  if (closed !== undefined) {
    return [{ says: `what keepalived said cannot be read by this user: ${closed}`, next: 'sudo redisha status' }];
  }
  const why = keptOutBy(vrrpState);
  if (why === undefined || keepalived === 'gone') return [];
  const { host, port } = pair.localEndpoint;
  return [
    {
      says: `${why}: nobody takes over here`,
      next: vrrpState === 'STOP' ? 'systemctl start keepalived' : `redisha check ${host} ${String(port)}`,
    },
  ];
};

export const ORDER: readonly OrderRow[] = [
  ...MARK_ROWS,
  { code: 'address', find: addressFound },
  { code: 'pair', find: situationFound },
  { code: 'link', find: linkFound },
  { code: 'late', find: ({ pair }) => [latenessIn(pair)].filter((late) => late !== undefined) },
  { code: 'gap', find: ({ gap }) => (gap === undefined ? [] : [gap]) },
  { code: 'plan', find: planFound },
  {
    code: 'keepalived-gone',
    find: ({ keepalived }) =>
      keepalived === 'gone'
        ? [{ says: 'keepalived does not run on this host: nobody takes over here', next: 'systemctl start keepalived' }]
        : [],
  },
  { code: 'vrrp', find: vrrpFound },
  {
    code: 'deaf',
    find: ({ deafAt, pair }) =>
      deafAt.map((address) => ({
        says: `the local Redis does not listen at ${formatEndpoint({ ...pair.localEndpoint, host: address })}: clients and its replica find nobody there`,
        next: `${redisCli(pair.localEndpoint)} CONFIG GET bind; bind * -::* in redis.conf, with a password`,
      })),
  },
  { code: 'out-of-memory', find: (facts) => [...fullOf(facts, 'local'), ...fullOf(facts, 'peer')] },
  { code: 'replica-not-listed', find: announcedElsewhere },
  { code: 'unwritable', find: ({ unwritable }) => unwritable.map(unwritableFound) },
];

/** What is not in order, the gravest first; empty where all that was looked at is in order. */
export const findingsOf = (facts: OrderFacts): readonly Finding[] => {
  const found = ORDER.flatMap(({ code, find }) => find(facts).map((one) => ({ code, ...one })));
  return besides([...found, ...facts.untold], facts.marks);
};
