/**
 * Every command, word and option, declared once: the parser, `--help` and the tests read this list.
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
  /** Where the last words may be left out: how many have to be there. The command judges what is left. */
  readonly wordsLeast?: number;
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
const FOR: OptionSpec = {
  flags: '--for <use>',
  doc: 'read: may clients read from this node? (not: may it own the address?) It leaves no trace',
};
const FORCE: OptionSpec = {
  flags: '--force',
  doc: 'take over although the peer may be alive, or has data that local has not or may not have',
};

const LOCAL: WordSpec = { name: 'LOCAL', doc: 'address at which this host reaches its own Redis, such as 127.0.0.1' };
const PEER: WordSpec = { name: 'PEER', doc: "address of the other node's Redis" };
const PORT: WordSpec = { name: 'PORT', doc: 'port of both' };
const PORTS: WordSpec = { name: 'PORT', doc: 'port of both; several, separated by commas, that move with one address' };
const PAIR = [LOCAL, PEER, PORT];
const PAIRS = [LOCAL, PEER, PORTS];
const COMMON = [CONFIG, SET, VERBOSE];
const CHANGE = [...COMMON, DRY_RUN, JSON_OUT];

/** What `config` generates from. A password is in a file, never here. */
const PAIR_FACTS: readonly OptionSpec[] = [
  {
    flags: '--vip <addresses>',
    doc: 'virtual address, perhaps with /LENGTH: one for all ports, or one for each, separated by commas',
  },
  { flags: '--nodes <addresses>', doc: 'addresses of the two nodes, A,B; the preferred one first' },
  { flags: '--port <ports>', doc: 'port of both Redis servers, 6379 by default; several separated by commas' },
  { flags: '--sync-group', doc: 'where each port has an address of its own: all of them move together' },
  {
    flags: '--read-vip <address>',
    doc: 'one more address, whose connections LVS sends to replicas that are in step; needs a kernel with IPVS',
  },
  {
    flags: '--min-replicas',
    doc: 'a master without its replica refuses writes: limits what a split can cost, and no writes while the other is down',
  },
  {
    flags: '--interface <names>',
    doc: 'network interface, one name for both or two; by default found from the addresses',
  },
  {
    flags: '--router-id <numbers>',
    doc: 'virtual_router_id from 1 to 255; by default what the virtual address ends in',
  },
  {
    flags: '--profile <name>',
    doc: 'balanced (the default), article or fast: how soon a failure is noticed, who returns',
  },
  { flags: '--unicast', doc: 'adverts from node to node, for networks without multicast' },
  { flags: '--script-user <name>', doc: 'user that keepalived runs redisha as; by default whom install.sh takes' },
  { flags: '--executable <path>', doc: 'where redisha is on both nodes, /usr/local/bin/redisha by default' },
  { flags: '--auth-pass-file <file>', doc: 'file with the VRRP password, for the profile article; weak, and optional' },
  {
    flags: '--auth-hmac-key-file <file>',
    doc: 'sign the adverts: where both nodes have the key, of 32 to 64 bytes; needs keepalived 2.4.3 or newer on both',
  },
  {
    flags: '--redis-conf <file>',
    doc: 'redis.conf to read TLS and what needs a password from, and to check its port and bind; redisha reads it too',
  },
  { flags: '--password-file <file>', doc: 'file on both nodes whose first line is the password of Redis, for redisha' },
  { flags: '--node <which>', doc: '1, 2 or both (the default): whose files' },
  { flags: '--out <directory>', doc: 'write the files below it, in node1 and node2; without it they are printed' },
  { flags: '--force', doc: 'replace files in --out that differ; the differences are shown either way' },
];

/** For check alone. */
const TAKE_PASSWORD: OptionSpec = {
  flags: '--take-password',
  doc: 'with check: copy the password that a script or redis.conf has into a file for redisha, where Redis asks for one',
};

/** The last five are for restore alone, and exactly one of them. */
const RESCUE: readonly OptionSpec[] = [
  ...COMMON,
  JSON_OUT,
  { flags: '-n, --dry-run', doc: 'restore and prune: say what would be done and change nothing' },
  { flags: '--only-missing', doc: 'restore the keys that the master does not have' },
  {
    flags: '--keys <pattern>',
    doc: "of the keys that match, such as 'user:*', restore those that the master does not have",
  },
  { flags: '--overwrite', doc: 'restore every key, in the place of what the master has; datasets only' },
  {
    flags: '--replace-all',
    doc: 'make the master hold exactly what FILE holds, in one moment; what it held before goes to a rescue. Datasets only',
  },
  { flags: '--replay', doc: 'carry out the commands of a suffix on the master, all of them and exactly once' },
];

export const commandSpecs: readonly CommandSpec[] = [
  {
    name: 'check',
    summary: 'is this node fit to own the address? (vrrp_script)',
    words: [{ name: 'HOST', doc: 'address of the Redis on this host' }, PORT],
    wordsOptional: false,
    options: [FOR, ...COMMON, JSON_OUT],
    details:
      'Exits 0 when fit and 1 when not, with one line that says why. It judges role, link, loading and what the peer holds, ' +
      'and answers within check_deadline whatever the server does. It changes nothing; what it finds out of order is handed ' +
      'to a command of its own.',
  },
  {
    name: 'watch',
    summary:
      'watch the pairs of this host, tell keepalived which are fit, and put them in order (vrrp_notify_fifo_script)',
    words: [
      LOCAL,
      PEER,
      { name: 'NAME=PORT', doc: 'a vrrp_instance and the port of its Redis, or several ports separated by commas' },
      { name: '[…]', doc: 'the same of further instances' },
      { name: 'FIFO', doc: 'vrrp_notify_fifo; keepalived adds it' },
    ],
    wordsOptional: false,
    wordsLeast: 3,
    options: COMMON,
    details:
      'keepalived starts it once, and it stays until keepalived is gone. A second process stands by: whichever of the two is ' +
      'killed or stopped, the other goes on. Each port has a file beside the FIFO, PORT-unfit, with 0 (fit) or 1 (unfit). ' +
      'With LOCAL PEER PORT it watches one pair for redis_check.sh of install.sh --legacy-dir: a check starts it, and it ' +
      'ends when nobody has asked for a minute.',
  },
  {
    name: 'master',
    summary: 'make local the only master, with the data of the peer first (notify_master)',
    words: PAIRS,
    wordsOptional: false,
    options: [...CHANGE, HEAL],
    details: 'A live peer hands its role over without losing a write; a dead one is replaced at once.',
  },
  {
    name: 'backup',
    summary: "make local follow the peer's master (notify_backup)",
    words: PAIRS,
    wordsOptional: false,
    options: [...CHANGE, HEAL],
    details:
      'Waits for the peer to become master and never leaves the pair without one. What only local had is saved first.',
  },
  {
    name: 'fault',
    summary: 'record that keepalived gave up on this node (notify_fault)',
    words: PAIRS,
    wordsOptional: true,
    options: [...CHANGE, HEAL],
    details: 'With addresses it also tidies up as far as that is safe.',
  },
  {
    name: 'stop',
    summary: 'record that keepalived stops (notify_stop)',
    words: PAIRS,
    wordsOptional: true,
    options: COMMON,
    details: 'Touches no data and ends within 0.5 s, since keepalived kills it after 1 s.',
  },
  {
    name: 'notify',
    summary: 'what keepalived\'s general "notify" calls',
    words: [
      ...PAIRS,
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
  {
    name: 'config',
    summary: 'generate keepalived.conf, the part of redis.conf and redisha.toml for both nodes; or show the options',
    words: [
      {
        name: 'show|check',
        doc: 'show: print every option and its source; check: try what keepalived.conf calls',
      },
    ],
    wordsOptional: true,
    options: [...PAIR_FACTS, TAKE_PASSWORD, CONFIG, SET, JSON_OUT],
    details:
      'Needs --vip and --nodes; on a terminal it asks for what is missing and proposes what it finds. Nothing on the host ' +
      'is changed but below --out, where a file that differs is replaced only with --force or, on a terminal, with a yes. A secret is shown as (set). ' +
      'check exits 0 when every call in keepalived.conf is right, else 3.',
  },
  {
    name: 'status',
    summary: 'one look at the pair: who is what, what would be done, what was done last',
    words: PAIR,
    wordsOptional: true,
    options: [...COMMON, JSON_OUT],
    details:
      'Exits 0 when all is in order: one master, the other in step with it, nothing left to do; else 1. Without words the ' +
      'pair is the configured or the last known one. Changes nothing.',
  },
  {
    name: 'history',
    summary: 'what was seen, decided and done on this host, one line each',
    words: [],
    wordsOptional: false,
    options: [
      { flags: '-n, --last <count>', doc: 'how many entries of the journal, 20 by default' },
      ...COMMON,
      JSON_OUT,
    ],
    details: 'The oldest comes first.',
  },
  {
    name: 'rescue',
    summary: 'look at what was saved before it was overwritten, compare it with the master, bring it back',
    words: [
      { name: 'ACTION', doc: 'list, show, diff, restore or prune' },
      {
        name: 'FILE',
        doc: 'which rescue, by its name or by a path; a path may be any .rdb; for show, diff, restore',
      },
    ],
    wordsOptional: false,
    wordsLeast: 1,
    options: RESCUE,
    details:
      'diff and restore read the rescue with a redis-server of their own, which nobody else can reach and which is gone ' +
      'afterwards. diff exits 0 when the live master has all that the rescue has, for certain, else 1. restore takes ' +
      'exactly one of --only-missing, --keys, --overwrite, --replace-all and --replay, keeps times to live, and refuses a ' +
      'target that is no master. Of a suffix, keys are seen by what its commands do to a missing key. prune keeps rescue_keep files and ' +
      'rescue_max_bytes.',
  },
];

/** The names that the scripts of the articles have, and the command that each stands for where the executable is called by it. */
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
