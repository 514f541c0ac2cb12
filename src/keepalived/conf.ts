/** The vrrp instance in keepalived.conf that is ours, and what it says. */
import type { Statement, KeepalivedConf } from './parse.ts';

/** A vrrp_script that calls `check`, with keepalived's defaults where nothing is said. */
export interface TrackScript {
  readonly name: string;
  readonly command: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly fall: number;
  readonly rise: number;
  /** 0 where a failure means FAULT. */
  readonly weight: number;
}

interface NotifyCommand {
  readonly keyword: 'notify' | 'notify_master' | 'notify_backup' | 'notify_fault' | 'notify_stop';
  readonly command: string;
}

export interface VrrpInstance {
  readonly name: string;
  /** What the file wants it to begin as. */
  readonly initialState: 'MASTER' | 'BACKUP';
  readonly priority: number;
  readonly nopreempt: boolean;
  readonly interface: string | undefined;
  readonly virtualRouterId: number | undefined;
  readonly advertMs: number;
  /** Without the length of the prefix. */
  readonly addresses: readonly string[];
  /** How often a MASTER says again where they are; `undefined` where it does so only when it becomes one. */
  readonly refreshMs: number | undefined;
  readonly scripts: readonly TrackScript[];
  /** Its own and those of its sync group. */
  readonly notifies: readonly NotifyCommand[];
}

const NOTIFY = ['notify', 'notify_master', 'notify_backup', 'notify_fault', 'notify_stop'] as const;

/** The executable, and the names of the article's scripts that it answers to. */
const OURS = /(?:^|\/)(?:redisha|redis_(?:check|master|backup|fault|stop|(?:master|backup)_(?:master|slave))\.sh)$/;

const children = (statements: readonly Statement[], keyword: string): readonly Statement[] =>
  statements.filter(({ words }) => words[0] === keyword);

const child = (of: Statement, keyword: string): Statement | undefined => children(of.children, keyword).at(-1);

/** keepalived takes the first word as the command, which is why a command with arguments is quoted. */
const wordOf = (of: Statement, keyword: string): string | undefined => child(of, keyword)?.words[1];

const numberOf = (of: Statement, keyword: string): number | undefined => {
  const value = Number(wordOf(of, keyword) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
};

const secondsOf = (of: Statement, keyword: string): number | undefined => {
  const seconds = numberOf(of, keyword);
  return seconds === undefined ? undefined : Math.round(seconds * 1_000);
};

/** Source: keepalived.conf(5), vrrp_script: interval 1 s; keepalived/vrrp/vrrp_scheduler.c: timeout as the interval. */
const scriptOf = (statement: Statement): TrackScript => {
  const intervalMs = secondsOf(statement, 'interval') ?? 1_000;
  return {
    name: statement.words[1] ?? '',
    command: wordOf(statement, 'script') ?? '',
    intervalMs,
    timeoutMs: secondsOf(statement, 'timeout') ?? intervalMs,
    fall: numberOf(statement, 'fall') ?? 1,
    rise: numberOf(statement, 'rise') ?? 1,
    weight: numberOf(statement, 'weight') ?? 0,
  };
};

const notifiesOf = (statement: Statement): readonly NotifyCommand[] =>
  NOTIFY.flatMap((keyword) => {
    const command = wordOf(statement, keyword);
    return command === undefined ? [] : [{ keyword, command }];
  });

const wordsBelow = (of: Statement, keyword: string): readonly string[] =>
  children(of.children, keyword).flatMap((block) => [
    ...block.words.slice(1),
    ...block.children.flatMap(({ words }) => words.slice(0, 1)),
  ]);

const groupsOf = ({ statements }: KeepalivedConf, instance: string): readonly Statement[] =>
  children(statements, 'vrrp_sync_group').filter((group) => wordsBelow(group, 'group').includes(instance));

/** Source: keepalived.conf(5), garp_master_refresh and vrrp_garp_master_refresh: 0 is never. */
const refreshOf = ({ statements }: KeepalivedConf, instance: Statement): number | undefined =>
  [
    secondsOf(instance, 'garp_master_refresh'),
    ...children(statements, 'global_defs').map((globals) => secondsOf(globals, 'vrrp_garp_master_refresh')),
  ].find((found) => found !== undefined) || undefined;

/** Source: keepalived/vrrp/vrrp.c vrrp_complete_instance: without a priority a MASTER is the owner, 255. */
const instanceOf = (conf: KeepalivedConf, statement: Statement): VrrpInstance => {
  const name = statement.words[1] ?? '';
  const groups = groupsOf(conf, name);
  const tracked = [statement, ...groups].flatMap((of) => wordsBelow(of, 'track_script'));
  const initialState = wordOf(statement, 'state') === 'MASTER' ? 'MASTER' : 'BACKUP';
  return {
    name,
    initialState,
    priority: numberOf(statement, 'priority') ?? (initialState === 'MASTER' ? 255 : 100),
    nopreempt: child(statement, 'nopreempt') !== undefined,
    interface: wordOf(statement, 'interface'),
    virtualRouterId: numberOf(statement, 'virtual_router_id'),
    advertMs: secondsOf(statement, 'advert_int') ?? 1_000,
    addresses: ['virtual_ipaddress', 'virtual_ipaddress_excluded']
      .flatMap((keyword) => wordsBelow(statement, keyword))
      .map((word) => word.replace(/\/\d+$/, '')),
    refreshMs: refreshOf(conf, statement),
    scripts: children(conf.statements, 'vrrp_script')
      .map(scriptOf)
      .filter((script) => tracked.includes(script.name)),
    notifies: [statement, ...groups].flatMap(notifiesOf),
  };
};

export const instancesOf = (conf: KeepalivedConf): readonly VrrpInstance[] =>
  children(conf.statements, 'vrrp_instance').map((statement) => instanceOf(conf, statement));

/** Whom the scripts run as, where the file says so. Source: keepalived.conf(5), global_defs, script_user. */
export const scriptUserOf = ({ statements }: KeepalivedConf): string | undefined =>
  children(statements, 'global_defs')
    .map((globals) => wordOf(globals, 'script_user'))
    .findLast((user) => user !== undefined);

/** The command is redisha, under its own name or under that of a script of the article. */
export const isOurs = (command: string): boolean => OURS.test(command.split(/\s+/, 1)[0] ?? '');

const hasWords = (command: string, words: readonly string[]): boolean => {
  const said = command.split(/[\s,]+/);
  return words.every((word) => said.includes(word));
};

/** The check that the instance tracks, if it is one of redisha's. */
export const checkOf = ({ scripts }: VrrpInstance): TrackScript | undefined =>
  scripts.find(({ command }) => isOurs(command));

/**
 * The FIFO of the resident that keepalived starts for this port; `undefined` where it starts none.
 * Source: keepalived.conf(5), vrrp_notify_fifo and vrrp_notify_fifo_script.
 */
export const fifoOf = ({ statements }: KeepalivedConf, port: number): string | undefined =>
  children(statements, 'global_defs')
    .filter((globals) => {
      const command = wordOf(globals, 'vrrp_notify_fifo_script') ?? '';
      const ports = command.split(/\s+/).flatMap((word) => word.split('=')[1]?.split(',') ?? []);
      return isOurs(command) && ports.includes(String(port));
    })
    .map((globals) => wordOf(globals, 'vrrp_notify_fifo'))
    .find((path) => path !== undefined);

export interface Wanted {
  /** As the command line of the notify has it; `undefined` where only the port is known. */
  readonly peer: string | undefined;
  readonly port: number;
}

/**
 * The instance that is about this pair: one whose notify calls us with this peer and port, else one whose check or notify
 * calls us with this port, else the only one; `undefined` where it cannot be told.
 */
export const findInstance = (conf: KeepalivedConf, { peer, port }: Wanted): VrrpInstance | undefined => {
  const instances = instancesOf(conf);
  const calling = (words: readonly string[]) =>
    instances.filter(({ notifies, scripts }) =>
      [...notifies, ...scripts].some(({ command }) => isOurs(command) && hasWords(command, words)),
    );
  const both = peer === undefined ? [] : calling([peer, String(port)]);
  const one = [both, calling([String(port)]), instances].find(({ length }) => length === 1);
  return one?.[0];
};

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
