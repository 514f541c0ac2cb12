/**
 * Every option of redisha in one table. The file's keys, the variables, the defaults, `config show` and the documentation
 * all come from here.
 *
 * A key is `REDISHA_` and its upper case in the environment; the password has redis-cli's own variable besides.
 */
import * as kind from './kinds.ts';
import type { Kind } from './kinds.ts';

export interface Entry<T> {
  readonly kind: Kind<NonNullable<T>>;
  /** As one would write it in the file; `undefined` where there is none. */
  readonly default: string | undefined;
  readonly doc: string;
}

const set = <T>(of: Kind<T & {}>, preset: string, doc: string): Entry<T> => ({ kind: of, default: preset, doc });
const may = <T>(of: Kind<T & {}>, doc: string): Entry<T | undefined> => ({ kind: of, default: undefined, doc });

const refuseOrPromote = kind.choice('refuse', 'promote');

export const SCHEMA = {
  local: may(kind.host, 'Address at which this node reaches its own Redis, if the command names none.'),
  peer: may(kind.host, "Address of the other node's Redis, if the command names none."),
  port: set(kind.port, '6379', 'Port of both Redis servers.'),
  peer_port: may(kind.port, "Port of the other node's Redis, if it is not the same."),
  vip: may(kind.address, 'The virtual address. If it is not set, redisha takes it from keepalived.conf.'),

  username: may(kind.text, 'ACL user (Redis 6 and later); without one the password is that of the default user.'),
  password: may(
    kind.secret,
    'Password for both servers. Better in password_file, or in the redis.conf that redis_conf names.',
  ),
  password_file: may(kind.path, 'File whose first line is the password; only its owner should be able to read it.'),
  tls: set(kind.yesNo, 'false', 'Whether the port speaks TLS.'),
  tls_ca_file: may(
    kind.path,
    'Authorities whose certificates redisha accepts; without it, those that come with Node.js.',
  ),
  tls_cert_file: may(kind.path, 'Certificate that redisha shows if the servers ask for one.'),
  tls_key_file: may(kind.path, 'Private key of tls_cert_file.'),
  tls_servername: may(kind.host, 'Name that the certificates of the servers are issued for, if it is not the address.'),
  rename_commands: may(kind.renames, 'Commands that redis.conf renames, such as { FAILOVER = "x1" }.'),
  redis_conf: may(
    kind.path,
    'redis.conf of the local Redis. redisha reads port, password, TLS and renamed commands from it.',
  ),

  state_dir: set(
    kind.path,
    '/var/lib/redisha',
    'Directory of the state, the journal and the rescues. It has one directory for each port.',
  ),
  log_file: set(kind.path, '/var/log/redisha/redisha.log', 'The log.'),
  log_format: set(kind.choice('text', 'json'), 'text', 'Lines for people, or JSON lines.'),
  log_level: set(kind.choice('debug', 'info', 'warn', 'error'), 'info', 'The lowest level that is logged.'),
  keepalived_conf: set(kind.path, '/etc/keepalived/keepalived.conf', 'Where keepalived has its configuration.'),

  on_stale: set(
    refuseOrPromote,
    'refuse',
    'What to do when the live peer has newer data that this node could not copy in time.',
  ),
  on_empty: set(refuseOrPromote, 'refuse', 'What to do when this node is empty, although the pair had data.'),
  on_diverged: set(
    kind.choice('merge', 'rescue', 'manual'),
    'merge',
    'What to do when both nodes took writes: merge what does not collide and rescue the rest, always rescue, or leave it to a person.',
  ),
  on_rescue_failure: set(
    kind.choice('refuse', 'proceed'),
    'refuse',
    'What to do when redisha cannot save what would be overwritten.',
  ),

  witness: may(
    kind.endpoint,
    'A third Redis or Valkey outside the pair. With it the two nodes never take writes at once. See docs/witness.md.',
  ),
  witness_username: may(kind.text, 'ACL user at the witness; without one the password is that of its default user.'),
  witness_password_file: may(kind.path, 'File whose first line is the password of the witness.'),
  witness_tls: set(kind.yesNo, 'false', 'Whether the port of the witness speaks TLS.'),
  witness_tls_ca_file: may(
    kind.path,
    'Authorities whose certificates redisha accepts from the witness; without it, those that come with Node.js.',
  ),
  on_no_witness: set(
    kind.choice('refuse', 'proceed'),
    'refuse',
    'What a node without its peer does when it cannot reach the witness: take no writes, or take them as without a witness.',
  ),
  before_takeover: may(
    kind.path,
    'Program that makes sure that the host of the peer is off. Exit code 0 means that it is off, so redisha waits no longer.',
  ),

  sync_timeout: set(kind.duration, '10s', "How long master waits for a live peer's data."),
  frozen_timeout: set(
    kind.duration,
    '750ms',
    'How long a peer counts as alive that accepts a connection and does not answer.',
  ),
  gone_timeout: set(kind.duration, '400ms', 'How long a host counts as alive that does not answer at all.'),
  peer_master_timeout: set(kind.duration, '30s', 'How long backup waits for the peer to become master.'),
  link_timeout: set(kind.duration, '60s', "How long a new replica's link may take to come up."),
  hand_over_timeout: set(kind.duration, '3s', 'How long Redis itself may take for a hand-over.'),
  loading_timeout: set(kind.duration, '15s', 'How long redisha waits for a local Redis that is loading or blocked.'),
  connect_timeout: set(kind.duration, '1s', 'Limit on a connection to Redis.'),
  command_timeout: set(kind.duration, '2s', 'Limit on a reply of Redis.'),

  check_deadline: set(
    kind.duration,
    '1.2s',
    "Limit on a whole check; it must be below keepalived's interval and timeout.",
  ),
  check_connect_timeout: set(kind.duration, '500ms', 'Limit on a connection of a check.'),
  watch_tick: set(kind.duration, '200ms', 'How often redisha watch sees whether the process of Redis is stopped.'),
  watch_stopped_after: set(
    kind.duration,
    '300ms',
    'Silence after which redisha watch gives up on a Redis whose process is stopped.',
  ),
  watch_silent_after: set(
    kind.duration,
    '2s',
    'Silence after which redisha watch gives up on a Redis of which nothing else is known.',
  ),
  watch_busy_after: set(
    kind.duration,
    '5s',
    'Silence after which redisha watch gives up even on a Redis whose process is at work.',
  ),
  loading_grace: set(kind.grace, '10s', 'How long a Redis that loads its data counts as fit.'),
  busy_grace: set(kind.grace, '5s', 'How long a Redis that is blocked by a script counts as fit.'),
  hand_over_budget: set(kind.duration, '20s', 'How long a read-only Redis under the virtual address counts as fit.'),
  read_max_lag: set(kind.size, '1MiB', 'How far behind its master a replica may be and still be read from.'),

  rescue_keep: set(kind.count, '10', 'How many rescues of one port are kept, besides those that nobody has looked at.'),
  rescue_max_bytes: set(
    kind.size,
    '10GiB',
    'How much room the rescues of one port may take. Beyond that, the oldest go that somebody has looked at; the newest stays.',
  ),

  on_event: may(kind.path, 'Program that gets events on its standard input, to tell people: see docs/hooks.md.'),
  on_event_timeout: set(kind.duration, '10s', 'How long that program may run before redisha ends it.'),
} as const;

export type Key = keyof typeof SCHEMA;
export const KEYS = Object.keys(SCHEMA) as readonly Key[];

/** The value of every option, by its key. */
export type Values = { readonly [K in Key]: (typeof SCHEMA)[K] extends Entry<infer T> ? T : never };

export const isKey = (name: string): name is Key => Object.hasOwn(SCHEMA, name);

/** Options that no command line takes: a password would be in `ps`, and a table is no word. */
export type FlagKey = Exclude<Key, 'password' | 'rename_commands'>;

/** Those that `--option` sets. */
export const KEYS_OF_LINE: readonly FlagKey[] = KEYS.filter(
  (key): key is FlagKey => key !== 'password' && key !== 'rename_commands',
);

/** The variables that set `key`, the first that is set wins. */
export const variablesOf = (key: Key): readonly string[] => {
  if (key === 'rename_commands') return [];
  return [`REDISHA_${key.toUpperCase()}`, ...(key === 'password' ? ['REDISCLI_AUTH'] : [])];
};
