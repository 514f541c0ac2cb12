/** One look at the pair and at what this host knows of it. Changes nothing. */
import { isCode } from '../errors.ts';
import { describeOlder, gapBeside, isOlder } from '../core/gap.ts';
import type { Marks } from '../core/marks.ts';
import type { Intent, NodeView, PairView, Policy } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import type { Finding, HostFacts, OrderFacts } from '../core/order.ts';
import type { Plan } from '../core/plan.ts';
import type { Situation } from '../core/situation.ts';
import { diagnose, inStep } from '../core/situation.ts';
import { ADDRESS_MS } from './check.ts';
import { notesOnClients } from './clients.ts';
import { clientNotes } from './close-address.ts';
import type { LinkWorld } from './explain-link.ts';
import { explainLink } from './explain-link.ts';
import { licenceFindings } from './licence-status.ts';
import { deafAtOwn, findAddress } from './looked.ts';
import { peerPausedAt } from './marked.ts';
import { observe } from './observe.ts';
import { toldOfOlderData } from './older-told.ts';
import type { Announcement, Memory, MemoryStore, RedisNode } from './ports.ts';
import type { JournalReader, RescueFile } from './ports/rescues.ts';
import type { Beside, StatusReport } from './status-report.ts';
import { reportOf } from './status-report.ts';
import type { Told } from './told.ts';
import { untoldOf } from './told.ts';
import type { TransitionWorld } from './transition.ts';
import { foresee } from './transition.ts';

/** What this host itself is asked, which answers at once. */
export interface HostSeen extends Pick<HostFacts, 'keepalived' | 'unwritable'> {
  /** The virtual address, and whether an interface of this host has it; `undefined` where nobody knows which one it is. */
  readonly address: { readonly address: string; readonly isHere: boolean } | undefined;
}

export interface StatusWorld extends Pick<TransitionWorld, 'clock' | 'eyes'>, LinkWorld {
  readonly memory: Pick<MemoryStore, 'load'>;
  readonly policy: Policy;
  /** What keepalived said last; `undefined` where it said nothing in this boot. */
  readonly said: Announcement | undefined;
  /** Where that is kept, if this user may not read it. */
  readonly closed: string | undefined;
  /** `undefined` where a check tells keepalived by its exit code. */
  readonly told: Told | undefined;
  /** A witness is configured; absent where none is. */
  readonly hasWitness?: boolean;
  /** What a person has said of this node and what stands now. */
  readonly marks: Marks;
  /** What keepalived.conf says that is wrong, and what of it depends on the other node. */
  readonly conf: { readonly troubles: readonly string[]; readonly notes: readonly string[] };
  readonly host: HostSeen;
  readonly commandRunning: () => Promise<boolean>;
  readonly journal: JournalReader;
  readonly rescues: { readonly list: () => Promise<readonly Pick<RescueFile, 'bytes' | 'seen'>[]> };
  /** How old that is which the eyes know of the peer without a look; 0 where they look. */
  readonly peerAgeMs: number;
}

const ENDS = 3;

/** What is wanted here: by the kernel where a word of keepalived is missing, else by its last word. */
const recordedIntent = ({ said, host, clock }: StatusWorld): Intent | undefined => {
  const isOld = said === undefined || clock.nowMs() - said.saidMs >= ADDRESS_MS;
  if (isOld && host.address?.isHere === true) return 'master';
  if (said === undefined || said.command === 'stop') return undefined;
  return said.command === 'master' && isOld && host.address?.isHere === false ? undefined : said.command;
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

const lastEnds = async (journal: JournalReader): Promise<Beside['ends']> => {
  try {
    return await journal.last(ENDS, ({ event }) => event === 'end');
  } catch (error) {
    if (isCode(error, 'HOST_FILE')) return undefined;
    throw error;
  }
};

const countRescues = async (rescues: StatusWorld['rescues']): Promise<Beside['rescues']> => {
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

const notesOf = (facts: OrderFacts, told: Told | undefined, rescues: Beside['rescues']): readonly string[] => [
  ...(facts.gap === undefined ? olderNotes(facts.pair) : []),
  ...notesOnClients(told?.resident?.clients),
  ...(rescues === undefined || rescues.unseen === 0
    ? []
    : [`nobody has looked at ${String(rescues.unseen)} of the rescues: redisha rescue list`]),
];

/** A resident that does not answer this user may ask the witness all the same. */
const licenceFoundIn = ({ told, hasWitness }: StatusWorld): readonly Finding[] =>
  licenceFindings(told?.resident?.licence, hasWitness === true && told?.resident !== undefined);

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
  const [places, link, peerPaused] = await Promise.all([
    placesOf(world, pair),
    explained(world, situation, pair),
    isAnswering(pair.local) ? peerPausedAt(world.eyes.local) : undefined,
  ]);
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
    marks: world.marks,
    peerPaused,
    untold: [...untoldOf(world), ...misconfigured(world), ...licenceFoundIn(world)],
  };
};

/** Never rejects for a fact of the world. */
export const status = async (world: StatusWorld): Promise<StatusReport> => {
  const { said, clock, eyes, told, peerAgeMs } = world;
  try {
    const [facts, ends, rescues, olderData] = await Promise.all([
      factsOf(world),
      lastEnds(world.journal),
      countRescues(world.rescues),
      toldOfOlderData(world.journal, clock),
    ]);
    const { address } = world.host;
    const ofClients = address === undefined ? [] : await clientNotes(eyes, facts.pair, address);
    return reportOf(facts, {
      at: clock.wallIso(),
      peerAgeMs,
      notes: [...ofClients, ...notesOf(facts, told, rescues), ...olderData, ...world.conf.notes],
      vrrp:
        said === undefined
          ? undefined
          : { vrrpState: said.vrrpState, command: said.command, ageMs: clock.nowMs() - said.saidMs },
      told,
      ends,
      rescues,
    });
  } finally {
    closeAll(eyes.local, eyes.peer);
  }
};
