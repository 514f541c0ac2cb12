/** The options of all commands. A set of them is the options of a command, or what several commands share. */
import { PROFILE_NAMES } from '../core/blueprint.ts';
import { flag, oneOf, text, texts, type Values } from './option-kinds.ts';

/** What every command takes that reads the settings of this host. */
export const COMMON = {
  config: text('file', 'configuration to read instead of `/etc/redisha/redisha.toml`', 'c'),
  option: texts('key=value', 'set a key of the configuration for this run; may be repeated', 'o'),
  verbose: flag('print the log to standard error as well', 'v'),
};

const JSON_OUT = {
  json: flag(
    'print the result as one JSON object, for several ports one on each line; if the exit code is neither 0 nor 1, print ' +
      'it on standard error',
  ),
};

export const READ = { ...COMMON, ...JSON_OUT };

export const STATUS = {
  ...READ,
  watch: flag('on a terminal, look again every 2 seconds until Ctrl-C'),
  nagios: flag('one line and the exit codes of a Nagios plugin (0 to 3), which are not those of redisha'),
  prometheus: flag('metrics in the text format of Prometheus; without words of every pair of this host'),
  out: text('file', 'with `--prometheus`: write them into that file, in one step'),
};

export const CHECK = {
  for: oneOf(
    'use',
    ['read'],
    '`read`: may clients read from this node? (not: may it own the address?) It leaves no trace. See ' +
      '"Reading from the replica" in docs/check.md',
  ),
  ...READ,
};

export const NOTIFY = {
  ...COMMON,
  dryRun: flag(
    'print situation, rule, steps and why; change nothing, and exit with 0 also where the plan is to refuse',
    'n',
  ),
  ...JSON_OUT,
};

export const CHANGE = {
  ...NOTIFY,
  heal: flag('run as the repair that a check starts: leave at once if a command is at work'),
};

export const PROMOTE = {
  ...NOTIFY,
  force: flag('take over although the peer may be alive, or has or may have data that local lacks'),
};

const REASON = text('text', 'why, in one line; `status` and `history` show it');

export const DRAIN = { reason: REASON, ...READ };

export const PAUSE = {
  for: text('time', 'how long, from `1s` to `24h`, such as `90m` or `2h`; it ends by itself'),
  reason: REASON,
  ...READ,
};

export const DOCTOR = {
  fix: flag('mend what is safe to mend on this host: each change is shown first, and on a terminal asked about'),
  yes: flag('with `--fix`: make the changes without a question'),
  peerFiles: text(
    'directory',
    "the other host's keepalived.conf, redis.conf and redisha.toml, to compare; `-` reads them from standard input, as `tail -n +1 FILES` prints them",
  ),
  files: text(
    'directory',
    'read the files of this host from there, and not from /etc; then the doctor looks neither at this host nor at a server',
  ),
  ...READ,
};

export const HISTORY = {
  last: text('count', 'how many entries of the journal, 20 by default', 'n'),
  since: text('when', 'all entries since then: `2h`, `03:00` or `2026-11-30T03:00` (UTC)'),
  ...READ,
};

export const MANUAL_PAGES = ['redisha', 'redisha.toml'] as const;
export type ManualPage = (typeof MANUAL_PAGES)[number];

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export const RESCUE_ACTIONS = ['list', 'show', 'diff', 'restore', 'prune'] as const;

/** What only some actions of `rescue` take. Five are for restore alone, and exactly one of them; the last is for prune. */
export const OF_ACTIONS = {
  dryRun: flag('`restore` and `prune`: say what would be done and change nothing', 'n'),
  onlyMissing: flag('`restore` the keys that the master does not have'),
  keys: text('pattern', "of the keys that match, such as `'user:*'`, `restore` those that the master does not have"),
  overwrite: flag('`restore` every key, in the place of what the master has; datasets only'),
  replaceAll: flag(
    '`restore`: make the master hold exactly what FILE holds, in one moment; what it held before goes to a rescue. Datasets only',
  ),
  replay: flag('`restore`: carry out the commands of a suffix on the master, all of them and exactly once'),
  unseen: flag('`prune` those rescues as well that nobody has looked at'),
};

export const RESCUE = { ...READ, ...OF_ACTIONS };

export const DRILL = {
  ...READ,
  hard: oneOf(
    'what',
    ['freeze', 'kill'],
    '`freeze` or `kill`: instead of a planned move, stop the Redis of this host until the service is back, or kill it. ' +
      'Asks for the name of the pair',
  ),
  yesIMean: text('name', 'the name of the pair, `ADDRESS:PORT`, if nobody can be asked for it'),
  wait: text('seconds', 'how long the drill waits after a move for a client that hears nothing, 45 by default'),
  picture: text('file', 'draw what each client saw as SVG'),
};

/** What `config` generates from. A password is in a file, never here. */
export const PAIR = {
  vip: text(
    'addresses',
    'virtual address, perhaps with /LENGTH: one for all ports, or one for each, separated by commas',
  ),
  nodes: text('addresses', 'addresses of the two hosts, A,B; the preferred one first'),
  port: text('ports', 'port of both Redis servers, 6379 by default; several separated by commas'),
  syncGroup: flag('if each port has its own address: all addresses move together'),
  readVip: text(
    'address',
    'one more address, whose connections LVS sends to replicas that are in step; needs a kernel with IPVS. See ' +
      '"Reading from the replica" in docs/check.md',
  ),
  minReplicas: flag(
    'a master without its replica refuses writes: this limits what a split can cost, and nobody can write while the other node is down',
  ),
  witness: text(
    'host:port',
    'a third Redis or Valkey, on neither host: with it the two nodes never take writes at once. See docs/witness.md',
  ),
  interface: text(
    'names',
    'network interface, one name for both or two; by default the one in the network of the virtual address, or of the ' +
      'nodes (with `--unicast` theirs first)',
  ),
  routerId: text('numbers', '`virtual_router_id` from 1 to 255; by default the last number of the virtual address'),
  profile: oneOf(
    'name',
    PROFILE_NAMES,
    '`balanced` (the default): a dead Redis is noticed at once, a dead host within 3 s, and the role does not return by ' +
      'itself. `article`: the timings of the scripts, and the role returns. `fast`: as `balanced`, but a dead host is ' +
      'noticed within 0.5 s; for two hosts on one good network',
  ),
  unicast: flag('adverts from host to host, for networks without multicast; see "Unicast" in docs/commands.md'),
  scriptUser: text(
    'name',
    'user that keepalived runs redisha as; by default the same as `install.sh` takes: the owner of `/var/lib/redisha`, else the ' +
      '`script_user` of keepalived.conf, else keepalived_script, else root',
  ),
  executable: text('path', 'where redisha is on both hosts, `/usr/local/bin/redisha` by default'),
  authPassFile: text('file', 'file with the VRRP password, for the profile `article`; weak, and optional'),
  authHmacKeyFile: text(
    'file',
    'sign the adverts: file with the key, of 32 to 64 bytes, at the same path on both hosts; needs keepalived 2.4.3 or newer on both, see ' +
      '"Unicast" in docs/commands.md',
  ),
  redisConf: text(
    'file',
    'redis.conf on both hosts: config sees there whether TLS and a password are needed, and checks port and `bind`; redisha reads it later, too',
  ),
  passwordFile: text('file', 'file on both nodes whose first line is the password of Redis; redisha.toml names it'),
  node: oneOf('which', ['1', '2', 'both'], '1, 2 or both (the default): whose files'),
  out: text('directory', 'write the files below it, in `node1` and `node2`; without it they are printed'),
  force: flag('replace files in `--out` that differ; the differences are shown either way'),
};

/** What `config show` and `config check` read, as the other commands do. */
export const SHOW = { config: COMMON.config, option: COMMON.option };

export const CONFIG = {
  ...PAIR,
  takePassword: flag(
    '`config check`: where Redis asks for a password, copy the one of the old scripts or of redis.conf into ' +
      '`/etc/redisha/password`',
  ),
  ...SHOW,
  ...JSON_OUT,
};

export type CommonOptions = Values<typeof COMMON>;
export type ReadOptions = Values<typeof READ>;
export type StatusOptions = Values<typeof STATUS>;
export type CheckOptions = Values<typeof CHECK>;
export type NotifyOptions = Values<typeof NOTIFY>;
export type ChangeOptions = Values<typeof CHANGE>;
export type PromoteOptions = Values<typeof PROMOTE>;
export type DrainOptions = Values<typeof DRAIN>;
export type PauseOptions = Values<typeof PAUSE>;
export type DoctorOptions = Values<typeof DOCTOR>;
export type HistoryOptions = Values<typeof HISTORY>;
export type RescueOptions = Values<typeof RESCUE>;
export type DrillOptions = Values<typeof DRILL>;
export type ConfigOptions = Values<typeof CONFIG>;
/** Of what `config` generates from, as much as somebody has said. */
export type PairOptions = Partial<Values<typeof PAIR>>;
