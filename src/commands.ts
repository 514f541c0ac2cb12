/**
 * Every command, declared once. Its code is in the file of its name in `src/cli/commands/`. The parser, `--help` and the
 * tables of docs/commands.md come from here. In the bundle that keepalived calls, the build leaves only what those commands need
 * (scripts/plain-commands.mjs): whatever else is declared here costs a check nothing.
 */
import { type Command, forKeepalived, forPeople } from './cli/command.ts';
import { OF_MAINTENANCE } from './cli/commands-of-maintenance.ts';
import { OF_SHELL } from './cli/commands-of-shell.ts';
import {
  CHANGE,
  CHECK,
  COMMON,
  CONFIG,
  DOCTOR,
  DRILL,
  HISTORY,
  NOTIFY,
  PROMOTE,
  READ,
  RESCUE,
  RESCUE_ACTIONS,
  STATUS,
} from './cli/options.ts';
import { LOCAL, PEER, PORT, PAIR, PAIRS } from './cli/word-specs.ts';

const OF_KEEPALIVED: readonly Command[] = [
  forKeepalived({
    name: 'check',
    summary: 'is this node fit to own the address? (vrrp_script)',
    words: [{ name: 'HOST', doc: 'address of the Redis on this host' }, PORT],
    orNone: true,
    options: CHECK,
    calledBy: '`vrrp_script`',
    done: 'this node is fit to own the address',
    details:
      'It exits 1 when the node is unfit, with one line that says why. It judges role, link, loading and what the peer holds, and ' +
      'answers within check_deadline whatever the server does. It changes nothing itself; it starts another command that ' +
      'repairs what is not in order.',
    legacyNames: ['redis_check.sh'],
    signals: 'dies',
    isVerdict: true,
    examples: ['redisha check 127.0.0.1 6379'],
    load: async () => (await import('./cli/commands/check.ts')).run,
  }),
  forKeepalived({
    name: 'watch',
    summary:
      'watch the pairs of this host, tell keepalived which are fit, and put them in order (vrrp_notify_fifo_script)',
    words: [
      LOCAL,
      PEER,
      { name: 'NAME=PORT', doc: 'a vrrp_instance and the port of its Redis, or several ports separated by commas' },
      { name: '…', doc: 'the same of further instances', repeats: true },
      { name: 'FIFO', doc: 'the path of `vrrp_notify_fifo`; keepalived adds it' },
    ],
    least: 3,
    options: COMMON,
    calledBy: '`vrrp_notify_fifo_script`; keepalived adds the FIFO',
    done: 'keepalived is gone; until then this host was watched',
    details:
      'keepalived starts it once, and it stays until keepalived is gone. A small shell guards it. If one of the two is killed ' +
      'or stopped, the other one starts it again. Each port has a file beside the FIFO, PORT-unfit, with 0 (fit) or 1 (unfit). ' +
      'With LOCAL PEER PORT it watches one pair for redis_check.sh of install.sh --legacy-dir: a check starts it, and it ' +
      'ends when nobody has asked for a minute.',
    signals: 'outlives SIGHUP',
    examples: ['redisha watch 127.0.0.1 10.0.0.2 VI_1=6379 /run/redisha/fifo'],
    load: async () => (await import('./cli/commands/watch.ts')).run,
  }),
  forKeepalived({
    name: 'master',
    summary: 'make local the only master, with the data of the peer first (notify_master)',
    words: PAIRS,
    orNone: true,
    options: CHANGE,
    calledBy: '`notify_master`',
    done: "local is the master, and had the peer's data first if the peer answers",
    details: 'A live peer hands its role over, and no write is lost. A dead peer is replaced at once.',
    legacyNames: ['redis_master.sh', 'redis_master_master.sh', 'redis_backup_master.sh'],
    examples: ['redisha master 127.0.0.1 10.0.0.2 6379 --dry-run'],
    load: async () => (await import('./cli/commands/master.ts')).run,
  }),
  forKeepalived({
    name: 'backup',
    summary: "make local follow the peer's master (notify_backup)",
    words: PAIRS,
    orNone: true,
    options: CHANGE,
    calledBy: '`notify_backup`',
    done: "local follows the peer's master and the link is up; what only local had is saved",
    details: 'It waits for the peer to become the master, and never leaves the pair without a master.',
    legacyNames: ['redis_backup.sh', 'redis_master_slave.sh', 'redis_backup_slave.sh'],
    examples: ['redisha backup 127.0.0.1 10.0.0.2 6379'],
    load: async () => (await import('./cli/commands/backup.ts')).run,
  }),
  forKeepalived({
    name: 'fault',
    summary: 'record that keepalived gave up on this node (notify_fault)',
    words: PAIRS,
    orNone: true,
    options: CHANGE,
    calledBy: '`notify_fault`',
    done: 'recorded; with words, what is not in order is also repaired as far as that is safe',
    details: 'Without words it connects to no Redis.',
    legacyNames: ['redis_fault.sh'],
    examples: ['redisha fault', 'redisha fault 127.0.0.1 10.0.0.2 6379'],
    load: async () => (await import('./cli/commands/fault.ts')).run,
  }),
  forKeepalived({
    name: 'stop',
    summary: 'record that keepalived stops (notify_stop)',
    words: PAIRS,
    orNone: true,
    options: COMMON,
    calledBy: '`notify_stop`',
    done: 'recorded, within 0.5 s; no data is touched',
    details: 'keepalived kills it after 1 s.',
    legacyNames: ['redis_stop.sh'],
    examples: ['redisha stop 127.0.0.1 10.0.0.2 6379'],
    load: async () => (await import('./cli/commands/stop.ts')).run,
  }),
  forKeepalived({
    name: 'notify',
    summary: 'what keepalived\'s general "notify" calls',
    words: [
      ...PAIRS,
      { name: 'KIND', doc: 'INSTANCE or GROUP; keepalived adds this and the rest' },
      { name: 'NAME', doc: 'name of the instance or group' },
      { name: 'STATE', doc: 'MASTER, BACKUP, FAULT, STOP or DELETED' },
      { name: 'PRIORITY', doc: 'priority of the instance' },
    ],
    options: NOTIFY,
    calledBy: '`notify`; keepalived adds the last four',
    done: 'as for the command of that state',
    details: 'It does what the command of that state does: master, backup, fault or stop.',
    examples: ['redisha notify 127.0.0.1 10.0.0.2 6379 INSTANCE VI_1 MASTER 100'],
    load: async () => (await import('./cli/commands/notify.ts')).run,
  }),
];

const OF_PEOPLE: readonly Command[] = [
  forPeople({
    name: 'promote',
    summary: 'hand the role of master over to this node, by hand',
    words: PAIR,
    orNone: true,
    options: PROMOTE,
    calledBy: 'a person',
    done: 'the role has moved here, and the address follows',
    details:
      'Without words it takes the configured pair, or the last known one. The address follows, because the old master is ' +
      'unfit then. If the peer does not answer, this node takes over only with --force. What it looks like for clients: ' +
      'docs/clients.md; to rehearse it: redisha drill.',
    examples: ['redisha promote --dry-run', 'redisha promote'],
    load: async () => (await import('./cli/commands/promote.ts')).run,
  }),
  ...OF_MAINTENANCE,
  forPeople({
    name: 'drill',
    summary: 'a rehearsal: move the role there and back under clients at the address, and count what they see',
    words: PAIR,
    orNone: true,
    options: DRILL,
    calledBy: 'a person',
    done: 'the role was moved, every promise was kept, the pair is in order, and the keys of the drill are removed',
    details:
      'Test clients with ioredis work through the virtual address, on keys of their own. The role goes to the other node ' +
      'and comes back; with --hard the Redis of this host is stopped or killed instead. The drill prints what happened when, ' +
      'what each client saw, and what was promised. It exits 1 when a promise was not kept, and 4 when the pair is not in ' +
      'order before it begins. Ctrl-C leaves the pair whole. See docs/drill.md.',
    examples: ['redisha drill', 'redisha drill --hard freeze --picture drill.svg'],
    load: async () => (await import('./cli/commands/drill.ts')).run,
  }),
  forPeople({
    name: 'status',
    summary: 'one look at the pair: what would be lost with either node, their roles, what was done last',
    words: PAIR,
    orNone: true,
    options: STATUS,
    calledBy: 'a person, monitoring',
    done:
      'all is in order: one master, the other node in step, nothing to do; keepalived has not stopped and is not in FAULT; ' +
      'with a track_file, a `watch` that looks has told it "fit"',
    details:
      'Otherwise it exits 1. Without words it takes the configured pair, or the last known one. It changes nothing. Each ' +
      'thing that is not in order has a line "next:" with what to type. With --nagios the exit codes are 0 (OK), 1 ' +
      '(WARNING), 2 (CRITICAL) and 3 (UNKNOWN). See docs/monitoring.md.',
    examples: ['redisha status', 'redisha status --watch', 'redisha status 127.0.0.1 10.0.0.2 6379 --json'],
    load: async () => (await import('./cli/commands/status.ts')).run,
  }),
  forPeople({
    name: 'doctor',
    summary: 'what keepalived and Redis will do with the files of this host and of the other, with the fix',
    words: PAIR,
    orNone: true,
    options: DOCTOR,
    calledBy: 'a person',
    done: 'it has found nothing wrong in the files, on this host and on both servers',
    details:
      'Otherwise it exits 1. Risks and notes are printed, and do not change the exit code. Each finding has an id, a line, ' +
      'the reason, the source of that knowledge, and the fix. Without words it looks at every pair in keepalived.conf. It ' +
      'changes nothing without --fix. See docs/doctor.md.',
    examples: ['redisha doctor', 'redisha doctor --peer-files /tmp/other-host', 'redisha doctor --fix'],
    load: async () => (await import('./cli/commands/doctor.ts')).run,
  }),
  forPeople({
    name: 'forget',
    summary: 'forget the pair of a port that this host no longer has',
    words: [{ name: 'PORT', doc: 'its port' }],
    options: READ,
    calledBy: 'a person',
    done: 'this host no longer takes the pair of that port for one of its own; journal and rescues stay',
    details:
      'redisha forgets what keepalived said of it, and what it remembered itself. As long as keepalived.conf calls redisha ' +
      'for that port, the next event makes the pair known again.',
    examples: ['redisha forget 6380'],
    load: async () => (await import('./cli/commands/forget.ts')).run,
  }),
  forPeople({
    name: 'history',
    summary: 'what was seen, decided and done on this host; one change as a whole; why the role moved',
    words: [
      { name: 'show|why', doc: 'show: one change as a whole; why: what led to a move of the role' },
      { name: 'ID|TIME', doc: 'which one; without it, why takes the last move' },
    ],
    least: 0,
    options: HISTORY,
    calledBy: 'a person',
    done: 'what was seen, decided and done on this host has been printed',
    details:
      'The oldest comes first. All times are UTC. show takes the name of a change, as history prints it; why takes that or a ' +
      'moment, such as 03:12 or 2026-11-30T03:12. With --json it prints one object on each line. The other host has its own ' +
      'history. See docs/log.md.',
    examples: ['redisha history --since 2h', 'redisha history why'],
    load: async () => (await import('./cli/commands/history.ts')).run,
  }),
  forPeople({
    name: 'rescue',
    summary: 'look at what was saved before it was overwritten, compare it with the master, bring it back',
    words: [
      { name: 'ACTION', doc: 'list, show, diff, restore or prune', values: RESCUE_ACTIONS },
      { name: 'FILE', doc: 'which rescue, by its name or by a path; a path may be any .rdb; for show, diff, restore' },
    ],
    least: 1,
    options: RESCUE,
    calledBy: 'a person',
    done: 'see docs/rescue.md',
    details:
      'diff and restore read the rescue with a redis-server of their own, which nobody else can reach and which is gone ' +
      'afterwards. diff exits 0 only if the live master certainly has all that the rescue has. restore takes exactly one ' +
      'of --only-missing, --keys, --overwrite, --replace-all and --replay. It keeps times to live, and writes to the master ' +
      'only. A suffix holds commands, so diff tries them on an empty server to see its keys. prune keeps rescue_keep files ' +
      'and rescue_max_bytes. With --unseen it also removes rescues that nobody has looked at with show, diff or restore.',
    examples: ['redisha rescue list', 'redisha rescue diff FILE'],
    load: async () => (await import('./cli/commands/rescue.ts')).run,
  }),
  forPeople({
    name: 'config',
    summary: 'generate keepalived.conf, the part of redis.conf and redisha.toml for both nodes; or show the options',
    words: [
      {
        name: 'show|check',
        values: ['show', 'check'],
        doc: 'show: print every option and its source; check: try what keepalived.conf calls',
      },
    ],
    orNone: true,
    options: CONFIG,
    calledBy: 'a person',
    done:
      'the files of both hosts are printed or written; `show`: every option and where it comes from; `check`: every call ' +
      'in keepalived.conf is right',
    details:
      'It needs --vip and --nodes; on a terminal it asks for what is missing and proposes what it finds. It changes nothing ' +
      'outside of --out. There it replaces a file that differs only with --force or, on a terminal, after a yes. --config and ' +
      '--option are for `show` and `check` alone. A secret is shown as (set). check exits 0 when every call in ' +
      'keepalived.conf is right, otherwise 3. Going live with the files: docs/operations.md.',
    examples: ['redisha config --vip 10.0.0.100 --nodes 10.0.0.1,10.0.0.2 --out /tmp/pair', 'redisha config show'],
    load: async () => (await import('./cli/commands/config.ts')).run,
  }),
];

export const commands: readonly Command[] = [...OF_KEEPALIVED, ...OF_PEOPLE, ...OF_SHELL];
