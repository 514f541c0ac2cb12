/**
 * Every command, word and option, declared once: the parser, `--help`, the manual and the tests read this list.
 */

export interface OptionSpec {
  /** As commander writes it: `-j, --json` or `--config <file>`. */
  readonly flags: string;
  readonly doc: string;
}

export interface WordSpec {
  readonly name: string;
  readonly doc: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** The words that the command takes, all of them or, where `wordsOptional`, none of them. */
  readonly words: readonly WordSpec[];
  readonly wordsOptional: boolean;
  readonly options: readonly OptionSpec[];
  /** What is true when it exits 0, and what an operator should know. */
  readonly details: string;
}

const CONFIG: OptionSpec = {
  flags: '-c, --config <file>',
  doc: 'configuration to read instead of /etc/redisha/redisha.toml',
};
const SET: OptionSpec = {
  flags: '-o, --option <key=value>',
  doc: 'set a key of the configuration for this run; may be repeated',
};
const VERBOSE: OptionSpec = { flags: '-v, --verbose', doc: 'print the log to standard error as well' };
const JSON_OUT: OptionSpec = { flags: '--json', doc: 'print the result as one JSON object' };
const DRY_RUN: OptionSpec = { flags: '-n, --dry-run', doc: 'print situation, rule, steps and why; change nothing' };
const HEAL: OptionSpec = {
  flags: '--heal',
  doc: 'run as the repair that a check starts: leave at once if a command is at work',
};
const HOLD: OptionSpec = {
  flags: '--hold <duration>',
  doc: "stay connected and answer when the verdict changes, or after this long; a little less than keepalived's interval",
};
const FORCE: OptionSpec = {
  flags: '--force',
  doc: 'take over although the peer may be alive, or has data that could not be fetched',
};

const LOCAL: WordSpec = { name: 'LOCAL', doc: 'address at which this host reaches its own Redis, such as 127.0.0.1' };
const PEER: WordSpec = { name: 'PEER', doc: "address of the other node's Redis" };
const PORT: WordSpec = { name: 'PORT', doc: 'port of both' };
const PAIR = [LOCAL, PEER, PORT];
const COMMON = [CONFIG, SET, VERBOSE];
const CHANGE = [...COMMON, DRY_RUN, JSON_OUT];

export const commandSpecs: readonly CommandSpec[] = [
  {
    name: 'check',
    summary: 'is this node fit to own the address? (vrrp_script)',
    words: [{ name: 'HOST', doc: 'address of the Redis on this host' }, PORT],
    wordsOptional: false,
    options: [HOLD, ...COMMON, JSON_OUT],
    details:
      'Exits 0 when fit and 1 when not, with one line that says why. It judges role, link, loading and what the peer holds, ' +
      'and answers within check_deadline whatever the server does. It changes nothing; what it finds out of order is handed ' +
      'to a command of its own.',
  },
  {
    name: 'master',
    summary: 'make local the only master, with the data of the peer first (notify_master)',
    words: PAIR,
    wordsOptional: false,
    options: [...CHANGE, HEAL],
    details: 'A live peer hands its role over without losing a write; a dead one is replaced at once.',
  },
  {
    name: 'backup',
    summary: "make local follow the peer's master (notify_backup)",
    words: PAIR,
    wordsOptional: false,
    options: [...CHANGE, HEAL],
    details:
      'Waits for the peer to become master and never leaves the pair without one. What only local had is saved first.',
  },
  {
    name: 'fault',
    summary: 'record that keepalived gave up on this node (notify_fault)',
    words: PAIR,
    wordsOptional: true,
    options: [...CHANGE, HEAL],
    details: 'With addresses it also tidies up as far as that is safe.',
  },
  {
    name: 'stop',
    summary: 'record that keepalived stops (notify_stop)',
    words: PAIR,
    wordsOptional: true,
    options: COMMON,
    details: 'Touches no data and ends within 0.5 s, since keepalived kills it after 1 s.',
  },
  {
    name: 'notify',
    summary: 'what keepalived\'s general "notify" calls',
    words: [
      ...PAIR,
      { name: 'KIND', doc: 'INSTANCE or GROUP; this and the rest are added by keepalived' },
      { name: 'NAME', doc: 'name of the instance or group' },
      { name: 'STATE', doc: 'MASTER, BACKUP, FAULT, STOP or DELETED' },
      { name: 'PRIORITY', doc: 'priority of the instance' },
    ],
    wordsOptional: false,
    options: CHANGE,
    details: "Does what the state's own command does.",
  },
  {
    name: 'promote',
    summary: 'hand the role of master over to this node, by hand',
    words: PAIR,
    wordsOptional: true,
    options: [...CHANGE, FORCE],
    details:
      'Without words the pair is the configured or the last known one. The address follows, because the check of the old ' +
      'master turns unfit. A peer that does not answer is replaced only with --force.',
  },
];

/** The names that the scripts of the articles have, each a link to the executable, and the command that it is. */
export const LEGACY_NAMES: Readonly<Record<string, string>> = {
  'redis_check.sh': 'check',
  'redis_master.sh': 'master',
  'redis_backup.sh': 'backup',
  'redis_fault.sh': 'fault',
  'redis_stop.sh': 'stop',
  'redis_master_master.sh': 'master',
  'redis_master_slave.sh': 'backup',
  'redis_backup_master.sh': 'master',
  'redis_backup_slave.sh': 'backup',
};
