/**
 * What keepalived.conf makes of the vrrp instances: what is said, and what keepalived takes where nothing or something wrong is
 * said.
 *
 * Source: keepalived.conf(5); keepalived/vrrp/vrrp_parser.c and vrrp.c vrrp_complete_instance; seen on 2.1.5, 2.2.7, 2.3.3 and
 * 2.3.4 (test/conformance/keepalived.test.ts).
 */
import { familyOf, isAddress, plainAddress } from '../address.ts';
import type { Command } from './commands.ts';
import { argumentsOf, commandOf, hasWords, isOurs, scriptCommand } from './commands.ts';
import type { Place } from './lines.ts';
import type { KeepalivedConf, Statement } from './parse.ts';
import { children, last, numberOf, secondsOf, wholeNumber, wordOf } from './statements.ts';

/** A vrrp_script as an instance tracks it. */
export interface TrackScript {
  readonly name: string;
  readonly command: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly fall: number;
  readonly rise: number;
  /** 0 where a failure means FAULT. */
  readonly weight: number;
  /** A success counts as a failure, and the other way round. */
  readonly isReverse: boolean;
  readonly at: Place;
}

/** A file by whose number an instance goes. */
export interface TrackFile {
  readonly name: string;
  readonly file: string;
  readonly weight: number;
  readonly at: Place;
}

export interface VrrpInstance {
  readonly name: string;
  readonly at: Place;
  /** What it begins as. */
  readonly initialState: 'MASTER' | 'BACKUP';
  readonly priority: number;
  /** Where keepalived heeds it. */
  readonly nopreempt: boolean;
  readonly interface: string | undefined;
  readonly virtualRouterId: number | undefined;
  /** Without the length of the prefix. */
  readonly addresses: readonly string[];
  readonly advertMs: number;
  /** How often a MASTER says again where they are; `undefined` where it does so only when it becomes one. */
  readonly refreshMs: number | undefined;
  /** How long after it became MASTER it says so a second time. */
  readonly secondWordMs: number;
  readonly scripts: readonly TrackScript[];
  readonly files: readonly TrackFile[];
  /** The vrrp_sync_group that it is a member of, where its priority stays as it is. */
  readonly group: string | undefined;
  /** Its own and those of its sync group, as far as keepalived calls them. */
  readonly notifies: readonly Command[];
  /** Those that it never calls. */
  readonly uncalled: readonly Command[];
}

const NOTIFY = ['notify', 'notify_master', 'notify_backup', 'notify_fault', 'notify_stop'] as const;

/** Source: keepalived.conf(5), vrrp_script: interval 1 s; keepalived/vrrp/vrrp_scheduler.c: timeout as the interval. */
const scriptOf = (statement: Statement): Omit<TrackScript, 'at'> => {
  const intervalMs = secondsOf(statement, 'interval') ?? 1_000;
  return {
    name: statement.words[1] ?? '',
    command: scriptCommand(statement)?.command ?? '',
    intervalMs,
    timeoutMs: secondsOf(statement, 'timeout') ?? intervalMs,
    fall: numberOf(statement, 'fall') || 1,
    rise: numberOf(statement, 'rise') || 1,
    weight: numberOf(statement, 'weight') ?? 0,
    isReverse: last(statement, 'weight')?.words[2] === 'reverse',
  };
};

/** Of two with one name the first counts, and it has to stand above whoever tracks it. */
const definedAbove = (
  { statements }: KeepalivedConf,
  user: Statement,
  keywords: readonly string[],
  name: string | undefined,
): Statement | undefined =>
  statements
    .slice(0, statements.indexOf(user))
    .find(({ words }) => keywords.includes(words[0] ?? '') && words[1] === name);

/** Source: keepalived/vrrp/vrrp_track.c: a weight of more than 253 is not heeded. */
const weightIn = (words: readonly string[]): number | undefined => {
  const weight = words[1] === 'weight' ? wholeNumber(words[2]) : undefined;
  return weight !== undefined && Math.abs(weight) <= 253 ? weight : undefined;
};

/** The lines of its blocks of that name. */
export const trackedBy = (of: Statement, keyword: string): readonly Statement[] =>
  children(of.children, keyword).flatMap((block) => block.children);

const isReverse = (word: string | undefined, otherwise: boolean): boolean =>
  word === 'reverse' || (word !== 'noreverse' && otherwise);

const scriptsOf = (conf: KeepalivedConf, of: Statement): readonly TrackScript[] =>
  trackedBy(of, 'track_script').flatMap(({ words, at }) => {
    const found = definedAbove(conf, of, ['vrrp_script'], words[0]);
    if (found === undefined) return [];
    const script = scriptOf(found);
    const own = weightIn(words);
    if (own === undefined) return [{ ...script, at: last(found, 'weight')?.at ?? found.at }];
    return [{ ...script, weight: own, isReverse: isReverse(words[3], script.isReverse), at }];
  });

export const FILE_KEYWORDS = ['track_file', 'vrrp_track_file'];

/** Source: keepalived.conf(5), track_file: a weight of 1 where none is said. */
const filesOf = (conf: KeepalivedConf, of: Statement): readonly TrackFile[] =>
  trackedBy(of, 'track_file').flatMap(({ words, at }) => {
    const found = definedAbove(conf, of, FILE_KEYWORDS, words[0]);
    if (found === undefined) return [];
    const own = weightIn(words);
    return [
      {
        name: words[0] ?? '',
        file: wordOf(found, 'file') ?? '',
        weight: own ?? numberOf(found, 'weight') ?? 1,
        at: own === undefined ? (last(found, 'weight')?.at ?? found.at) : at,
      },
    ];
  });

/** Of each keyword only the first that it can call counts. Source: keepalived/vrrp/vrrp_parser.c set_vrrp_notify_script. */
const notifiesOf = (statement: Statement): readonly Command[] =>
  NOTIFY.flatMap((keyword) => {
    const said = children(statement.children, keyword).map(commandOf);
    const called = said.find(({ isUnquoted }) => !isUnquoted);
    return [...said.filter(({ isUnquoted }) => isUnquoted), ...(called === undefined ? [] : [called])];
  });

export const groupsOf = ({ statements }: KeepalivedConf, instance: string): readonly Statement[] =>
  children(statements, 'vrrp_sync_group').filter((group) =>
    trackedBy(group, 'group').some(({ words }) => words.includes(instance)),
  );

/** Source: keepalived.conf(5), vrrp_sync_group, sync_group_tracking_weight. */
const keepsPriorities = ({ children: of }: Statement): boolean =>
  children(of, 'sync_group_tracking_weight').length === 0;

/** What the instance says, else the last word of the global definitions, which begins with `vrrp_`. */
const garpMs = ({ statements }: KeepalivedConf, instance: Statement, keyword: string): number | undefined =>
  [
    secondsOf(instance, keyword),
    ...children(statements, 'global_defs')
      .toReversed()
      .map((globals) => secondsOf(globals, `vrrp_${keyword}`)),
  ].find((found) => found !== undefined);

/** Source: keepalived.conf(5), vrrp_garp_master_delay: 5 s. */
export const SECOND_WORD_MS = 5_000;

/** It does so too when it has heard a lower priority. Source: keepalived.conf(5), garp_lower_prio_delay. */
const secondWordOf = (conf: KeepalivedConf, instance: Statement): number =>
  Math.max(
    garpMs(conf, instance, 'garp_master_delay') ?? SECOND_WORD_MS,
    garpMs(conf, instance, 'garp_lower_prio_delay') ?? 0,
  );

const addressesIn = (of: Statement, keyword: string): readonly string[] =>
  trackedBy(of, keyword)
    .map(({ words }) => (words[0] ?? '').replace(/\/.*$/, ''))
    .filter(isAddress);

/** The first address says of which kind those are that stand in the adverts; others are not heeded. */
const addressesOf = (of: Statement): readonly string[] => {
  const own = addressesIn(of, 'virtual_ipaddress');
  const [first = ''] = own;
  return [
    ...own.filter((address) => familyOf(address) === familyOf(first)),
    ...addressesIn(of, 'virtual_ipaddress_excluded'),
  ];
};

/** The owner of the address. Source: RFC 5798 section 5.2.4. */
const OWNER = 255;

const priorityOf = (statement: Statement, isMaster: boolean): number => {
  if (last(statement, 'priority') === undefined) return isMaster ? OWNER : 100;
  const priority = numberOf(statement, 'priority') ?? 0;
  return priority >= 1 && priority <= OWNER ? priority : 100;
};

/** "state previously set as MASTER - ignoring BACKUP"; a word that it does not know means BACKUP. */
const isMasterBy = (said: readonly Statement[]): boolean =>
  said.reduce((before, { words }) => words[1] === 'MASTER' || (words[1] === 'BACKUP' && before), false);

/** Source: keepalived.conf(5), advert_int: 1 s by default. */
const ADVERT_MS = 1_000;

const instanceOf = (conf: KeepalivedConf, statement: Statement): VrrpInstance => {
  const name = statement.words[1] ?? '';
  const groups = groupsOf(conf, name);
  const both = [statement, ...groups];
  const isMaster = isMasterBy(children(statement.children, 'state'));
  const priority = priorityOf(statement, isMaster);
  const initialState = isMaster || priority === OWNER ? 'MASTER' : 'BACKUP';
  const saidLast = statement.children.findLast(({ words }) => /^(?:no)?preempt$/.test(words[0] ?? ''));
  const notifies = both.flatMap(notifiesOf);
  return {
    name,
    at: statement.at,
    initialState,
    priority,
    // "nopreempt will not work with initial state MASTER - clearing".
    nopreempt: saidLast?.words[0] === 'nopreempt' && initialState === 'BACKUP',
    interface: wordOf(statement, 'interface'),
    virtualRouterId: numberOf(statement, 'virtual_router_id'),
    addresses: addressesOf(statement),
    advertMs: secondsOf(statement, 'advert_int') ?? ADVERT_MS,
    // Source: keepalived.conf(5), garp_master_refresh: 0 is never.
    refreshMs: garpMs(conf, statement, 'garp_master_refresh') || undefined,
    secondWordMs: secondWordOf(conf, statement),
    scripts: both.flatMap((of) => scriptsOf(conf, of)),
    files: both.flatMap((of) => filesOf(conf, of)),
    group: groups.find(keepsPriorities)?.words[1],
    notifies: notifies.filter(({ isUnquoted }) => !isUnquoted),
    uncalled: notifies.filter(({ isUnquoted }) => isUnquoted),
  };
};

/** Of two with one name the first counts. */
export const instancesOf = (conf: KeepalivedConf): readonly VrrpInstance[] => {
  const all = children(conf.statements, 'vrrp_instance');
  return all
    .filter(({ words }, index) => all.findIndex((other) => other.words[1] === words[1]) === index)
    .map((statement) => instanceOf(conf, statement));
};

/** Whom the scripts run as, where the file says so. Source: keepalived.conf(5), global_defs, script_user. */
export const scriptUserOf = ({ statements }: KeepalivedConf): string | undefined =>
  children(statements, 'global_defs')
    .map((globals) => wordOf(globals, 'script_user'))
    .findLast((user) => user !== undefined);

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
      const script = last(globals, 'vrrp_notify_fifo_script');
      const command = script === undefined ? '' : commandOf(script).command;
      const ports = argumentsOf(command).flatMap((word) => word.split('=')[1]?.split(',') ?? []);
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
    instances.filter(({ notifies, uncalled, scripts }) =>
      [...notifies, ...uncalled, ...scripts].some(({ command }) => isOurs(command) && hasWords(command, words)),
    );
  const both = peer === undefined ? [] : calling([peer, String(port)]);
  const one = [both, calling([String(port)]), instances].find(({ length }) => length === 1);
  return one?.[0];
};

/**
 * The virtual addresses that move with this pair, each in the one way that it is written: those of the instance with our
 * lines for it. None where the file does not tell which instance that is.
 */
export const virtualAddressesFor = (conf: KeepalivedConf, pair: Wanted): readonly string[] =>
  (findInstance(conf, pair)?.addresses ?? []).map(plainAddress);
