/**
 * What keepalived will do with the address of a pair, as far as the file of this node tells: what the other node's file says
 * is not known here.
 */
import type { Command } from './commands.ts';
import { checksIn, hasWords, isOurs } from './commands.ts';
import type { TrackFile, TrackScript, VrrpInstance, Wanted } from './conf.ts';
import { findInstance } from './conf.ts';
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

export interface FileOutlook {
  /** What keeps the address at a dead Redis, each a sentence with what to type. */
  readonly troubles: readonly string[];
  /** What is not understood, and what depends on the other node's file. */
  readonly notes: readonly string[];
}

const RELOAD = 'systemctl reload keepalived';

const inQuotes = ({ keyword, command, at }: Command): string =>
  `${describePlace(at)}: keepalived takes only what is in one pair of quotes for the command, and calls ` +
  (keyword === 'script' ? 'this check without its words' : `${keyword} never`) +
  `: ${keyword} "${command} …", then ${RELOAD}`;

/** A check or a file by which the instance goes. */
type Tracked = (TrackScript | TrackFile) & { readonly what: string };

const trackedOf = ({ scripts, files }: VrrpInstance, { port }: Wanted): readonly Tracked[] => [
  ...scripts
    .filter(({ command }) => isOurs(command))
    .map((script) => ({ ...script, what: `the check ${script.name}` })),
  ...files
    .filter(({ file }) => file.endsWith(`/${String(port)}-unfit`))
    .map((file) => ({ ...file, what: `the track_file ${file.name}` })),
];

/** Source: keepalived/vrrp/vrrp.c vrrp_set_effective_priority: from 1 to 254, but for the owner. */
const within = (priority: number): number => Math.min(254, Math.max(1, priority));

/** The priority of a node whose Redis is dead. */
export const unfitPriority = ({ priority }: VrrpInstance, tracked: TrackScript | TrackFile): number => {
  const { weight } = tracked;
  if (!('isReverse' in tracked)) return within(priority + weight);
  return within(priority + (tracked.isReverse ? Math.max(0, weight) : Math.min(0, weight)));
};

/**
 * Source: keepalived.conf(5), vrrp_script, weight: it changes the priority in the place of a FAULT. A node with nopreempt takes
 * no address from a master with a lower priority (seen on 2.2.7; acassen/keepalived issue 2599).
 */
const ofWeight = (instance: VrrpInstance, tracked: Tracked): FileOutlook => {
  const { weight, what, at } = tracked;
  if (weight === 0) return { troubles: [], notes: [] };
  const cure = `take "weight ${String(weight)}" out on both nodes, so that a failure means FAULT; then ${RELOAD}`;
  const begins = `${describePlace(at)}: ${what} has weight ${String(weight)}`;
  if (instance.nopreempt) {
    return {
      troubles: [
        `${begins}, and ${instance.name} has nopreempt: this node takes the address from no living master, however low its ` +
          `priority, so that the address stays at a dead Redis: ${cure}`,
      ],
      notes: [],
    };
  }
  const left = String(unfitPriority(instance, tracked));
  return {
    troubles: [],
    notes: [
      `${begins}: a dead Redis here leaves priority ${left} of ${String(instance.priority)}, and the address moves only if ` +
        `the other node has more than ${left} and no nopreempt; in any case: ${cure}`,
    ],
  };
};

/** Nothing tells keepalived that Redis is dead, although something of ours is called. */
const ofNoCheck = (conf: KeepalivedConf, instance: VrrpInstance, { port }: Wanted): readonly string[] => {
  const isCalled = [...instance.notifies, ...instance.uncalled].some(({ command }) => isOurs(command));
  if (!isCalled) return [];
  const checks = checksIn(conf);
  const check = checks.find(({ command }) => hasWords(command, [String(port)])) ?? checks[0];
  const place = `vrrp_instance ${instance.name} (${describePlace(instance.at)})`;
  if (check !== undefined) {
    return [
      `${place} does not track the check ${check.name} (${describePlace(check.at)}), so that the address stays at a dead Redis: ` +
        `put "track_script { ${check.name} }" into it, below the vrrp_script; then ${RELOAD}`,
    ];
  }
  if (instance.scripts.length > 0 || instance.files.length > 0) return [];
  return [`${place} tracks no check, so that the address stays at a dead Redis: redisha config writes one`];
};

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
  const tracked = trackedOf(instance, pair);
  const unquoted = [
    ...instance.uncalled.filter(({ command }) => isOurs(command)),
    ...checksIn(conf).filter(({ name, isUnquoted }) => isUnquoted && instance.scripts.some((one) => one.name === name)),
  ];
  const weights = tracked.map((one) => ofWeight(instance, one));
  return {
    troubles: [
      ...unquoted.map(inQuotes),
      ...(tracked.length === 0 ? ofNoCheck(conf, instance, pair) : []),
      ...weights.flatMap(({ troubles }) => troubles),
    ],
    notes: [...weights.flatMap(({ notes }) => notes), ...ofGroup(instance, pair)],
  };
};
