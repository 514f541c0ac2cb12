/** One look at the pair and at what this host knows of it. Changes nothing. */
import { isCode } from '../errors.ts';
import { describeOlder, gapBeside, isOlder } from '../core/gap.ts';
import type { Intent, NodeView, PairView, Policy, VrrpState } from '../core/model.ts';
import { isAnswering, isMaster, keptOutBy } from '../core/model.ts';
import type { Plan } from '../core/plan.ts';
import { unreadableCopy } from '../core/program.ts';
import type { Situation } from '../core/situation.ts';
import { describeNode, diagnose, inStep, SITUATIONS } from '../core/situation.ts';
import { describeStep } from '../core/steps.ts';
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
  readonly resident: (WatchReport & { readonly pid: number }) | undefined;
  /** The same look by hand, as the user of the scripts; `undefined` where keepalived.conf does not name one. */
  readonly byHand: string | undefined;
}

/** What the resident answers about all of its ports. */
export interface ResidentAnswer {
  readonly pid: number;
  readonly ports: readonly (WatchReport & { readonly port: number })[];
}

export interface StatusWorld extends Pick<TransitionWorld, 'clock' | 'eyes' | 'memory'> {
  readonly policy: Policy;
  /** What keepalived said last; `undefined` where it said nothing in this boot. */
  readonly said: Announcement | undefined;
  /** Where that is kept, if this user may not read it. */
  readonly closed: string | undefined;
  /** `undefined` where a check tells keepalived by its exit code. */
  readonly told: Told | undefined;
  /** What keepalived.conf says that is wrong, and what of it depends on the other node. */
  readonly conf: { readonly troubles: readonly string[]; readonly notes: readonly string[] };
  readonly commandRunning: () => Promise<boolean>;
  readonly journal: JournalReader;
  readonly rescues: Pick<Rescues, 'list'>;
}

export interface StatusReport {
  /** One master, the other in step with it, and nothing left to do. */
  readonly inOrder: boolean;
  /** What is not in order, each a sentence. */
  readonly troubles: readonly string[];
  /** What is in order, and worth knowing. */
  readonly notes: readonly string[];
  readonly pair: PairView;
  readonly local: string;
  readonly peer: string;
  readonly situation: Situation;
  readonly situationWords: string;
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
  readonly rescues: { readonly count: number; readonly bytes: number } | undefined;
}

const ENDS = 3;
const WHOLE: readonly Situation[] = ['LocalMasterWithReplica', 'PeerMasterWithReplica'];

/** A pair that is whole has no one to fail over to as long as keepalived keeps this node out. */
const vrrpTrouble = ({ said, closed }: StatusWorld): readonly string[] => {
  if (closed !== undefined) return [`what keepalived said cannot be read by this user: ${closed}`];
  const why = keptOutBy(said?.vrrpState);
  return why === undefined ? [] : [`${why}: nobody takes over here`];
};

const recordedIntent = (said: Announcement | undefined): Intent | undefined =>
  said === undefined || said.command === 'stop' ? undefined : said.command;

const linkTrouble = ({ peer }: PairView, situation: Situation): readonly string[] => {
  if (situation !== 'LocalMasterWithReplica' || !isAnswering(peer) || inStep(peer)) return [];
  return [`the peer follows, but is not in step: ${describeNode(peer)}`];
};

/** So long nobody needs to look for. */
const BLIND_S = 5;

/** By the pair alone nobody sees that keepalived keeps off an address that it should have, or hears of no failure. */
const toldTrouble = ({ told, said }: StatusWorld): readonly string[] => {
  if (told === undefined) return [];
  const { path, lookedS, byHand } = told;
  if ((lookedS === undefined || lookedS > BLIND_S) && said?.vrrpState !== 'STOP') {
    const also = byHand === undefined ? '' : `, and perhaps "${byHand}"`;
    const since = lookedS === undefined ? 'nobody looks' : `nobody has looked for ${String(lookedS)} s`;
    return [
      `${since} at this node: "not-watched" in the log says why${also}; systemctl restart keepalived starts "redisha watch"`,
    ];
  }
  if (told.fit === true) return [];
  if (told.fit === undefined) return [`keepalived hears nothing from redisha: ${path} cannot be read`];
  return [`keepalived is told that this node is not fit (${path}): "unfit" in the log says why`];
};

/** Whoever follows, and the master that it follows. */
const linkOf = ({ local, peer }: PairView): { who: 'local' | 'the peer'; replica: NodeView; master: NodeView } =>
  isMaster(local) ? { who: 'the peer', replica: peer, master: local } : { who: 'local', replica: local, master: peer };

/** A replica that is older than its master, or was: it may lack writes that its offset counts. */
const gapTrouble = (pair: PairView, memory: Memory | undefined): readonly string[] => {
  const { who, replica, master } = linkOf(pair);
  const gap = gapBeside(who, replica, master, who === 'local' ? memory?.data : undefined);
  if (gap !== undefined) return [`${gap.words}; ${gap.cure}`];
  if (!isAnswering(replica) || !isMaster(master) || inStep(replica)) return [];
  return [unreadableCopy(replica.program, master.program)].filter((why) => why !== undefined);
};

const olderNotes = (pair: PairView): readonly string[] => {
  const { who, replica, master } = linkOf(pair);
  if (!isAnswering(replica) || !isMaster(master) || replica.upstream?.who !== 'other-side') return [];
  return isOlder(replica, master) ? [describeOlder(who, replica, master)] : [];
};

/** Waiting is the work of a command, so a plan that only waits is no trouble of its own. */
const planTrouble = (plan: Plan | undefined): readonly string[] => {
  const left = (plan?.steps ?? []).filter(({ kind }) => kind !== 'wait');
  if (plan === undefined || left.length === 0) return [];
  return [`rule ${String(plan.rule)} is not carried out: ${left.map(describeStep).join('; ')}`];
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
    return { count: list.length, bytes: list.reduce((sum, { bytes }) => sum + bytes, 0) };
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
  if (intent === undefined || said === undefined) return { pair: await observe(eyes), plan: undefined };
  const vrrpAgeMs = clock.nowMs() - said.saidMs;
  return foresee({ eyes, memory }, { intent, policy, forced: false, vrrpAgeMs });
};

const closeAll = (...nodes: readonly RedisNode[]): void => {
  for (const node of nodes) node.close();
};

/** Never rejects for a fact of the world. */
export const status = async (world: StatusWorld): Promise<StatusReport> => {
  const { said, clock, eyes } = world;
  const intent = recordedIntent(said);
  try {
    const [{ pair, plan }, memory, commandRunning, ends, rescues, olderData] = await Promise.all([
      look(world, intent),
      world.memory.load(),
      world.commandRunning(),
      lastEnds(world.journal),
      countRescues(world.rescues),
      toldOfOlderData(world.journal, clock),
    ]);
    const situation = diagnose(pair);
    const gaps = gapTrouble(pair, memory);
    const troubles = [
      ...(WHOLE.includes(situation) ? [] : [SITUATIONS[situation]]),
      ...linkTrouble(pair, situation),
      ...gaps,
      ...planTrouble(plan),
      ...vrrpTrouble(world),
      ...toldTrouble(world),
      ...world.conf.troubles,
    ];
    return {
      inOrder: troubles.length === 0,
      troubles,
      notes: [...(gaps.length === 0 ? olderNotes(pair) : []), ...olderData, ...world.conf.notes],
      pair,
      local: describeNode(pair.local),
      peer: describeNode(pair.peer),
      situation,
      situationWords: SITUATIONS[situation],
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
