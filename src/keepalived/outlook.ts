/**
 * What keepalived will do with the address of a pair, as far as the file of this node tells: what the other node's file says
 * is not known here.
 */
import type { TrackedSaid } from '../core/doctor/facts.ts';
import type { Stays } from '../core/doctor/stays.ts';
import { ofNoCheck, ofUnquoted, ofWeight } from '../core/doctor/stays.ts';
import { checksIn, hasWords, isOurs } from './commands.ts';
import type { TrackFile, TrackScript, VrrpInstance, Wanted } from './conf.ts';
import { findInstance } from './conf.ts';
import type { Place } from './lines.ts';
import { describePlace } from './lines.ts';
import type { KeepalivedConf } from './parse.ts';

/** Whether the other node may take the address back once this one has it. */
export interface PreemptOutlook {
  readonly kind: 'unlikely' | 'possible';
  readonly why: string;
}

/**
 * What this node's file tells of that. The peer's priority and its `nopreempt` stand in the peer's file, so that nothing
 * here is certain.
 *
 * Source: keepalived.conf(5), nopreempt: it keeps this node from preempting, not the other from preempting this one.
 */
export const willPreemptBack = ({ initialState, priority, nopreempt }: VrrpInstance): PreemptOutlook => {
  const own = `this node has state ${initialState} and priority ${String(priority)}`;
  if (initialState === 'MASTER') return { kind: 'unlikely', why: `${own}: it is the preferred one` };
  const caveat = nopreempt ? ' (nopreempt in this file binds this node only)' : '';
  return {
    kind: 'possible',
    why: `${own}${caveat}: a peer with a higher priority takes the address back unless its own file says nopreempt`,
  };
};

/**
 * Whether keepalived brings the address back to this node once it is fit again, and how soon; a sentence.
 *
 * Source: RFC 5798, 6.4.2: a BACKUP that may preempt hears no advert of a lower priority, and takes over after three intervals
 * and its skew, which is less than one more.
 */
export const whenItReturns = ({ nopreempt, initialState, priority, advertMs, scripts }: VrrpInstance): string => {
  if (nopreempt)
    return 'The address stays at the peer (nopreempt). "redisha promote" on this host brings role and address back.';
  const checkedMs = Math.max(0, ...scripts.map(({ intervalMs, rise }) => intervalMs * rise));
  const seconds = String(Math.ceil((checkedMs + 4 * advertMs) / 1_000));
  const returns = `keepalived brings the address back within about ${seconds} s once this node is in step, and the role with it`;
  return initialState === 'MASTER'
    ? `This is the preferred node: ${returns}.`
    : `If its priority (${String(priority)}) is higher than that of the peer, ${returns}.`;
};

export interface FileOutlook {
  /** What keeps the address at a dead Redis, each a sentence with what to type. */
  readonly troubles: readonly string[];
  /** What is not understood, and what depends on the other node's file. */
  readonly notes: readonly string[];
}

/** Source: keepalived/vrrp/vrrp.c vrrp_set_effective_priority: from 1 to 254, but for the owner. */
const within = (priority: number): number => Math.min(254, Math.max(1, priority));

/** The priority of a node whose Redis is dead. */
const unfitPriority = ({ priority }: VrrpInstance, tracked: TrackScript | TrackFile): number => {
  const { weight } = tracked;
  if (!('isReverse' in tracked)) return within(priority + weight);
  return within(priority + (tracked.isReverse ? Math.max(0, weight) : Math.min(0, weight)));
};

/** What the instance goes by. `verdicts`: the files by which it goes for Redis. */
export const trackedOf = (instance: VrrpInstance, verdicts: RegExp): readonly TrackedSaid[] => {
  const said = (one: TrackScript | TrackFile, kind: TrackedSaid['kind'], isVerdict: boolean): TrackedSaid => ({
    kind,
    isVerdict,
    name: one.name,
    at: one.at,
    weight: one.weight,
    unfitPriority: unfitPriority(instance, one),
  });
  return [
    ...instance.scripts.map((one) => said(one, 'script', isOurs(one.command))),
    ...instance.files.map((one) => said(one, 'file', verdicts.test(one.file))),
  ];
};

const sentence = (at: Place, { says, fix }: Stays): string => `${describePlace(at)}: ${says}: ${fix}`;

/** Source: keepalived.conf(5), vrrp_sync_group: weights are not heeded there, but with sync_group_tracking_weight. */
const ofGroup = ({ name, group, at, files }: VrrpInstance, { port }: Wanted): readonly string[] =>
  group === undefined || !files.some(({ file }) => file.endsWith(`/${String(port)}-unfit`))
    ? []
    : [
        `${describePlace(at)}: ${name} is in the vrrp_sync_group ${group}, where keepalived changes no priority: after a broken ` +
          'network the address goes to the preferred node, also where clients wrote to the other one',
      ];

/** What the file says of this pair; nothing is claimed of a file with a line that is not understood. */
export const outlookFor = (conf: KeepalivedConf, pair: Wanted): FileOutlook => {
  if (conf.problems.length > 0) {
    return {
      troubles: [],
      notes: conf.problems.map((problem) => `${problem}; so redisha does not say what the file means`),
    };
  }
  const instance = findInstance(conf, pair);
  if (instance === undefined) return { troubles: [], notes: [] };
  const { name, at, priority, nopreempt: isNopreempt, notifies, uncalled, scripts } = instance;
  const checks = checksIn(conf);
  const unquoted = [
    ...uncalled.filter(({ command }) => isOurs(command)),
    ...checks.filter((check) => check.isUnquoted && scripts.some((one) => one.name === check.name)),
  ].map((call) => sentence(call.at, ofUnquoted({ keyword: call.keyword, program: call.command })));
  const tracked = trackedOf(instance, new RegExp(`/${String(pair.port)}-unfit$`));
  const check = checks.find(({ command }) => hasWords(command, [String(pair.port)])) ?? checks[0];
  const isCalled = [...notifies, ...uncalled].some(({ command }) => isOurs(command));
  const noCheck = isCalled ? ofNoCheck(name, tracked, check?.name) : undefined;
  const weights = tracked.flatMap((one) => {
    const found = ofWeight({ name, priority, isNopreempt }, one);
    return found === undefined ? [] : [{ isCertain: found.isCertain, says: sentence(one.at, found) }];
  });
  const [certain = [], open = []] = [true, false].map((isCertain) =>
    weights.filter((one) => one.isCertain === isCertain).map(({ says }) => says),
  );
  return {
    troubles: [...unquoted, ...(noCheck === undefined ? [] : [sentence(at, noCheck)]), ...certain],
    notes: [...open, ...ofGroup(instance, pair)],
  };
};
