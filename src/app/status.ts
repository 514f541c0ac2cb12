/** One look at the pair and at what this host knows of it. Changes nothing. */
import { isCode } from '../errors.ts';
import { describeOlder, gapBeside, isOlder } from '../core/gap.ts';
import type { Intent, NodeView, PairView, Policy, VrrpState } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import type { Finding, HostFacts, OrderFacts } from '../core/order.ts';
import { findingsOf } from '../core/order.ts';
import type { Plan } from '../core/plan.ts';
import type { Situation } from '../core/situation.ts';
import { describeNode, diagnose, inStep, SITUATIONS } from '../core/situation.ts';
import { ADDRESS_MS } from './check.ts';
import type { ClientsReport } from './clients.ts';
import { notesOnClients } from './clients.ts';
import { clientNotes } from './close-address.ts';
import type { LinkWorld } from './explain-link.ts';
import { explainLink } from './explain-link.ts';
import type { LicenceReport } from './licence.ts';
import { licenceFindings } from './licence-status.ts';
import { deafAtOwn, findAddress } from './looked.ts';
import { observe } from './observe.ts';
import { toldOfOlderData } from './older-told.ts';
import type { Announcement, Memory, RedisNode } from './ports.ts';
import type { JournalReader, JournalRecord, Rescues } from './ports/rescues.ts';
import type { WatchReport } from './watch.ts';
import type { TransitionWorld } from './transition.ts';
import { foresee } from './transition.ts';

/** What a check that stays has written for keepalived. */
export interface Told {
  readonly path: string;
  /** `undefined` where nothing that keepalived understands stands there. */
  readonly fit: boolean | undefined;
  /** Seconds since somebody looked; `undefined` where nobody has since the host was started. */
  readonly lookedS: number | undefined;
  /** What the resident says itself; `undefined` where it does not answer this user. */
  readonly resident: (PortReport & { readonly pid: number }) | undefined;
  /** The same look by hand, as the user of the scripts; `undefined` where keepalived.conf does not name one. */
  readonly byHand: string | undefined;
}

/** What the resident answers about one port. */
export interface PortReport extends WatchReport {
  /** Absent where a version before this one answers. */
  readonly clients?: ClientsReport;
  /** Absent without a witness. */
  readonly licence?: LicenceReport;
}

/** What the resident answers about all of its ports. */
export interface ResidentAnswer {
  readonly pid: number;
  readonly ports: readonly (PortReport & { readonly port: number })[];
}

/** What this host itself is asked, which answers at once. */
export interface HostSeen extends Pick<HostFacts, 'keepalived' | 'unwritable'> {
  /** The virtual address, and whether an interface of this host has it; `undefined` where nobody knows which one it is. */
  readonly address: { readonly address: string; readonly isHere: boolean } | undefined;
}

export interface StatusWorld extends Pick<TransitionWorld, 'clock' | 'eyes' | 'memory'>, LinkWorld {
  readonly policy: Policy;
  /** What keepalived said last; `undefined` where it said nothing in this boot. */
  readonly said: Announcement | undefined;
  /** Where that is kept, if this user may not read it. */
  readonly closed: string | undefined;
  /** `undefined` where a check tells keepalived by its exit code. */
  readonly told: Told | undefined;
  /** What keepalived.conf says that is wrong, and what of it depends on the other node. */
  readonly conf: { readonly troubles: readonly string[]; readonly notes: readonly string[] };
  readonly host: HostSeen;
  readonly commandRunning: () => Promise<boolean>;
  readonly journal: JournalReader;
  readonly rescues: Pick<Rescues, 'list'>;
}

export interface StatusReport {
  /** One master, the other in step with it, the address with the master, and nothing left to do, as of now and as far as was looked. */
  readonly inOrder: boolean;
  /** Where nobody could look, each a sentence: nothing is said of that. */
  readonly unlooked: readonly string[];
  /** What is not in order, the gravest first. */
  readonly troubles: readonly Finding[];
  /** What is in order, and worth knowing. */
  readonly notes: readonly string[];
  readonly pair: PairView;
  readonly local: string;
  readonly peer: string;
  readonly situation: Situation;
  readonly situationWords: string;
  readonly address: HostFacts['address'];
  readonly keepalived: HostFacts['keepalived'];
  readonly vrrp: { readonly vrrpState: VrrpState; readonly command: string; readonly ageMs: number } | undefined;
  readonly told: Told | undefined;
  readonly closed: string | undefined;
  /** What the recorded intent would do now; `undefined` where none is recorded, or it was to stop. */
  readonly plan: Plan | undefined;
  readonly intent: Intent | undefined;
  readonly commandRunning: boolean;
  /** The last commands, the newest last; `undefined` where the journal cannot be read. */
  readonly ends: readonly JournalRecord[] | undefined;
  /** `undefined` where the directory cannot be read. */
  readonly rescues: { readonly count: number; readonly bytes: number; readonly unseen: number } | undefined;
}

const ENDS = 3;

/** What is wanted here: by the kernel where a word of keepalived is missing, else by its last word. */
const recordedIntent = ({ said, host, clock }: StatusWorld): Intent | undefined => {
  const isOld = said === undefined || clock.nowMs() - said.saidMs >= ADDRESS_MS;
  if (isOld && host.address?.isHere === true) return 'master';
  if (said === undefined || said.command === 'stop') return undefined;
  return said.command === 'master' && isOld && host.address?.isHere === false ? undefined : said.command;
};

/** So long nobody needs to look for. */
const BLIND_S = 5;

/** By the pair alone nobody sees that keepalived keeps off an address that it should have, or hears of no failure. */
const untoldOf = ({ told, said, host }: StatusWorld): readonly Finding[] => {
  if (told === undefined) return [];
  const { path, lookedS, byHand } = told;
  const isOver = said?.vrrpState === 'STOP' || host.keepalived === 'gone';
  if ((lookedS === undefined || lookedS > BLIND_S) && !isOver) {
    const also = byHand === undefined ? '' : `, and perhaps "${byHand}"`;
    const since = lookedS === undefined ? 'nobody looks' : `nobody has looked for ${String(lookedS)} s`;
    const says = `${since} at this node: "not-watched" in the log says why${also}`;
    return [{ code: 'not-watched', says, next: 'systemctl restart keepalived starts "redisha watch"' }];
  }
  if (told.fit === true) return [];
  const next = byHand ?? 'redisha check';
  if (told.fit === undefined) {
    const says = `keepalived hears nothing from redisha: ${path} cannot be read`;
    return [{ code: 'not-told', says, next: `ls -l ${path}` }];
  }
  const says = `keepalived is told that this node is not fit (${path}): "unfit" in the log says why`;
  return [{ code: 'told-unfit', says, next }];
};

const misconfigured = ({ conf }: StatusWorld): readonly Finding[] =>
  conf.troubles.map((says) => ({ code: 'keepalived-conf', says, next: 'redisha config check' }));

/** Whoever follows, and the master that it follows. */
const linkOf = ({ local, peer }: PairView): { who: 'local' | 'the peer'; replica: NodeView; master: NodeView } =>
  isMaster(local) ? { who: 'the peer', replica: peer, master: local } : { who: 'local', replica: local, master: peer };

/** A replica that is older than its master, or was: it may lack writes that its offset counts. */
const gapOf = (pair: PairView, memory: Memory | undefined): OrderFacts['gap'] => {
  const { who, replica, master } = linkOf(pair);
  const gap = gapBeside(who, replica, master, who === 'local' ? memory?.data : undefined);
  return gap === undefined ? undefined : { says: gap.words, next: gap.cure };
};

const olderNotes = (pair: PairView): readonly string[] => {
  const { who, replica, master } = linkOf(pair);
  if (!isAnswering(replica) || !isMaster(master) || replica.upstream?.who !== 'other-side') return [];
  return isOlder(replica, master) ? [describeOlder(who, replica, master)] : [];
};

const lastEnds = async (journal: JournalReader): Promise<StatusReport['ends']> => {
  try {
    return await journal.last(ENDS, ({ event }) => event === 'end');
  } catch (error) {
    if (isCode(error, 'HOST_FILE')) return undefined;
    throw error;
  }
};

const countRescues = async (rescues: StatusWorld['rescues']): Promise<StatusReport['rescues']> => {
  try {
    const list = await rescues.list();
    const unseen = list.filter(({ seen }) => seen === undefined).length;
    return { count: list.length, bytes: list.reduce((sum, { bytes }) => sum + bytes, 0), unseen };
  } catch (error) {
    if (isCode(error, 'HOST_FILE')) return undefined;
    throw error;
  }
};

/** The pair, and what the recorded intent makes of it. */
const look = async (
  { eyes, memory, policy, said, clock }: StatusWorld,
  intent: Intent | undefined,
): Promise<{ readonly pair: PairView; readonly plan: Plan | undefined }> => {
  if (intent === undefined) return { pair: await observe(eyes), plan: undefined };
  const vrrpAgeMs = said === undefined ? Number.POSITIVE_INFINITY : clock.nowMs() - said.saidMs;
  return foresee({ eyes, memory }, { intent, policy, forced: false, vrrpAgeMs });
};

const closeAll = (...nodes: readonly RedisNode[]): void => {
  for (const node of nodes) node.close();
};

const explained = (world: StatusWorld, situation: Situation, { peer }: PairView): Promise<OrderFacts['link']> => {
  if (situation === 'PeerMasterLinkDown') return explainLink(world, 'local');
  const isBehind = situation === 'LocalMasterWithReplica' && isAnswering(peer) && !inStep(peer);
  return isBehind ? explainLink(world, 'peer') : Promise.resolve(undefined);
};

/** Who answers where, which is known only once the pair is. */
const placesOf = async (
  { eyes, host }: StatusWorld,
  pair: PairView,
): Promise<Pick<HostFacts, 'address' | 'deafAt'>> => {
  const { address: known } = host;
  const [place, own] = await Promise.all([
    known === undefined ? undefined : findAddress(eyes, pair, known.address, known.isHere),
    deafAtOwn(eyes, pair),
  ]);
  const deaf = place?.isDeaf === true && isAnswering(pair.local) ? place.found.address : undefined;
  return { address: place?.found, deafAt: [...new Set([deaf, own])].filter((at) => at !== undefined) };
};

/** Of this nothing is claimed. */
const unlookedIn = (facts: OrderFacts): readonly string[] => [
  ...(facts.address === undefined
    ? ['the virtual address is not known, so nobody looked where it is: set vip in redisha.toml']
    : []),
  ...(facts.keepalived === 'unknown'
    ? ['keepalived.conf is not on this host, so nobody looked whether keepalived runs']
    : []),
];

const notesOf = (facts: OrderFacts, told: Told | undefined, rescues: StatusReport['rescues']): readonly string[] => [
  ...(facts.gap === undefined ? olderNotes(facts.pair) : []),
  ...notesOnClients(told?.resident?.clients),
  ...(rescues === undefined || rescues.unseen === 0
    ? []
    : [`nobody has looked at ${String(rescues.unseen)} of the rescues: redisha rescue list`]),
];

/** What a look finds, before anybody judges it. */
const factsOf = async (world: StatusWorld): Promise<OrderFacts> => {
  const { said, closed, host } = world;
  const intent = recordedIntent(world);
  const [{ pair, plan }, memory, commandRunning] = await Promise.all([
    look(world, intent),
    world.memory.load(),
    world.commandRunning(),
  ]);
  const situation = diagnose(pair);
  const [places, link] = await Promise.all([placesOf(world, pair), explained(world, situation, pair)]);
  return {
    ...host,
    ...places,
    pair,
    situation,
    plan,
    intent,
    commandRunning,
    vrrpState: said?.vrrpState,
    closed,
    link,
    gap: gapOf(pair, memory),
    untold: [...untoldOf(world), ...misconfigured(world), ...licenceFindings(world.told?.resident?.licence)],
  };
};

/** Never rejects for a fact of the world. */
export const status = async (world: StatusWorld): Promise<StatusReport> => {
  const { said, clock, eyes } = world;
  try {
    const [facts, ends, rescues, olderData] = await Promise.all([
      factsOf(world),
      lastEnds(world.journal),
      countRescues(world.rescues),
      toldOfOlderData(world.journal, clock),
    ]);
    const { pair, situation, plan, intent, commandRunning, address, keepalived } = facts;
    const ofClients = world.host.address === undefined ? [] : await clientNotes(eyes, pair, world.host.address);
    const troubles = findingsOf(facts);
    return {
      inOrder: troubles.length === 0,
      troubles,
      unlooked: unlookedIn(facts),
      notes: [...ofClients, ...notesOf(facts, world.told, rescues), ...olderData, ...world.conf.notes],
      pair,
      local: describeNode(pair.local),
      peer: describeNode(pair.peer),
      situation,
      situationWords: SITUATIONS[situation],
      address,
      keepalived,
      vrrp:
        said === undefined
          ? undefined
          : { vrrpState: said.vrrpState, command: said.command, ageMs: clock.nowMs() - said.saidMs },
      told: world.told,
      closed: world.closed,
      plan,
      intent,
      commandRunning,
      ends,
      rescues,
    };
  } finally {
    closeAll(eyes.local, eyes.peer);
  }
};
