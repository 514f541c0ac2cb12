/**
 * INFO as a view of the node. Unknown lines are passed over, so that newer servers and Valkey are read as well.
 * Source: redis/src/server.c genRedisInfoString; the names are the same in Valkey.
 */
import type { Answering, History, ReplicaLine, Upstream } from '../core/model.ts';
import type { Product, ServerVersion } from '../core/program.ts';
import { serverOf } from '../core/program.ts';
import { saysDrained } from './drained.ts';
import type { InfoFields } from './info-fields.ts';
import { decisive, endpointOf, number, wholeNumber } from './info-fields.ts';

export type { InfoFields } from './info-fields.ts';
export { parseInfo } from './info-fields.ts';

/**
 * A server reckons its age by the wall clock, so it is below zero where that was set back. How long it runs is then not
 * known, and it must not be taken for one that has just restarted, for as long as the clock was set back.
 * Source: redis/src/server.c genRedisInfoString: server.unixtime - server.stat_starttime.
 */
export const knownUptime = (seconds: number): number => (seconds < 0 ? Number.MAX_SAFE_INTEGER : seconds);

/** Longer than any server runs. */
const AGES_SECONDS = 1_000_000_000;

/**
 * A link that never was up is down "since -1"; before 6.2 it is down since 1970.
 * Source: redis/src/server.c genRedisInfoString, repl_down_since of 6.0 and 6.2.
 */
const linkDownSecondsOf = (fields: InfoFields): number => {
  const seconds = number(fields, 'master_link_down_since_seconds');
  return seconds < AGES_SECONDS ? seconds : -1;
};

const NO_ID = /^0*$/;

/**
 * Before Redis 4.0 a replica counts in slave_repl_offset, and master_repl_offset is about replicas of its own. Source:
 * redis/src/server.c genRedisInfoString, redis/src/replication.c of 3.2 and 4.0.
 */
const offsetOf = (fields: InfoFields): number => {
  const countsApart = fields.get('role') === 'slave' && !fields.has('master_replid');
  if (countsApart) return Math.max(0, Number(decisive(fields, 'slave_repl_offset')));
  return Number(decisive(fields, 'master_repl_offset'));
};

/** Source: redis/src/replication.c: second_repl_offset is -1 and master_replid2 all zeros where there is no second id. */
const historyOf = (fields: InfoFields): History => {
  const replid2 = decisive(fields, 'master_replid2');
  const known = !NO_ID.test(replid2);
  return {
    replid: decisive(fields, 'master_replid'),
    offset: offsetOf(fields),
    replid2: known ? replid2 : undefined,
    secondOffset: known ? Number(decisive(fields, 'second_repl_offset')) : undefined,
  };
};

/** A sentinel has no data, and says nothing of any. Source: redis/src/sentinel.c sentinelInfoCommand. */
const NO_HISTORY: History = { replid: '', offset: 0, replid2: undefined, secondOffset: undefined };

/** A `slaveN` line: `ip=…,port=…,state=…,offset=…,lag=…`, and whatever a newer server adds. */
const replicaLine = (value: string): ReplicaLine | undefined => {
  const parts = new Map(
    value.split(',').map((part) => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)] as const;
    }),
  );
  const endpoint = endpointOf(parts.get('ip'), parts.get('port'));
  // A rescue or `redis-cli --rdb` shows as a replica at port 0 and is none; nor is one at no port that there can be.
  if (endpoint.port === 0) return undefined;
  const offset = wholeNumber(parts.get('offset'));
  const online = parts.get('state') === 'online';
  const lagSeconds = wholeNumber(parts.get('lag'));
  return {
    endpoint,
    online,
    offset: offset >= 0 ? offset : 0,
    // Of one that is not online yet a master says 0. Source: redis/src/server.c genRedisInfoString.
    ...(online && lagSeconds >= 0 ? { lagSeconds } : {}),
  };
};

/** They are numbered from 0 without a gap. Source: redis/src/server.c genRedisInfoString (slaveid). */
const replicasOf = (fields: InfoFields): readonly ReplicaLine[] => {
  const replicas: ReplicaLine[] = [];
  for (let id = 0; ; id++) {
    const value = fields.get(`slave${String(id)}`);
    if (value === undefined) return replicas;
    const replica = replicaLine(value);
    if (replica !== undefined) replicas.push(replica);
  }
};

const upstreamOf = (fields: InfoFields): Upstream | undefined =>
  fields.get('role') !== 'slave'
    ? undefined
    : {
        endpoint: endpointOf(fields.get('master_host'), fields.get('master_port')),
        who: 'third-silent',
        linkUp: fields.get('master_link_status') === 'up',
        syncing: fields.get('master_sync_in_progress') === '1',
        syncLeftBytes: number(fields, 'master_sync_left_bytes'),
        linkDownSeconds: linkDownSecondsOf(fields),
      };

/** Databases that hold keys, and how many. */
export const keyspaceOf = (fields: InfoFields): readonly (readonly [database: number, keys: number])[] => {
  const keyspace: (readonly [number, number])[] = [];
  // A pass over all fields, of which a check has the time for one that looks at the first letters.
  for (const [name, value] of fields) {
    const database = name.startsWith('db') ? /^db(\d{1,9})$/.exec(name)?.[1] : undefined;
    const keys = database === undefined ? undefined : /(?:^|,)keys=(\d{1,15})(?!\d)/.exec(value)?.[1];
    if (database !== undefined && keys !== undefined) keyspace.push([Number(database), Number(keys)]);
  }
  return keyspace;
};

const FAILOVER_STATES: ReadonlyMap<string, Answering['failover']> = new Map([
  ['failover-in-progress', 'in-progress'],
  ['waiting-for-sync', 'waiting-for-sync'],
]);

const MODES: ReadonlyMap<string, Answering['mode']> = new Map([
  ['cluster', 'cluster'],
  ['sentinel', 'sentinel'],
]);

/** Valkey 8 has another name for it. Source: valkey.io commands/info, whose example tells server_mode alone. */
const modeOf = (fields: InfoFields): Answering['mode'] =>
  MODES.get(fields.get('redis_mode') ?? fields.get('server_mode') ?? '') ?? 'standalone';

/** Valkey calls itself Redis 7.2.4 as well. */
const productOf = (fields: InfoFields): Product => (fields.has('valkey_version') ? 'valkey' : 'redis');

/** `undefined` where it does not say what it is. */
export const serverOfInfo = (fields: InfoFields): ServerVersion | undefined =>
  serverOf(productOf(fields), fields.get(`${productOf(fields)}_version`) ?? '');

const versionOf = (fields: InfoFields, product: Product): Answering['version'] => {
  const [numbers = ''] = /^[\d.]+/.exec(decisive(fields, `${product}_version`)) ?? [];
  const [major = 0, minor = 0, patch = 0] = numbers.split('.').map(Number);
  return [major, minor, patch];
};

/**
 * Before 6.2, which brought `total_error_replies`, a server counts no error that it has ready, as that of SET with an option it
 * does not know. Source: redis/src/networking.c, addReplyErrorObject is of 6.2; seen on 6.0.16 under 7.0.15: SET … EX.
 */
const refusedOf = (fields: InfoFields): number | undefined =>
  fields.has('total_error_replies') && fields.has('unexpected_error_replies')
    ? number(fields, 'unexpected_error_replies')
    : undefined;

/** Of Redis 7.0 and newer. */
const keysLoadedOf = (fields: InfoFields): Pick<Answering, 'keysLoaded'> =>
  fields.has('rdb_last_load_keys_loaded') ? { keysLoaded: number(fields, 'rdb_last_load_keys_loaded') } : {};

const connectionsOf = (fields: InfoFields): Pick<Answering, 'connections'> =>
  fields.has('total_connections_received') ? { connections: number(fields, 'total_connections_received') } : {};

/**
 * It has received more from masters than the stream that it still has from its beginning. A full copy clears the backlog.
 * Source: redis/src/replication.c replicationAttachToNewMaster; `total_net_repl_input_bytes` is of Redis 7.0. Seen on 7.0.15,
 * 8.0.2, 8.6.3 and Valkey 8.1.1, 9.1.2: equal after a partial one.
 */
const hadFullCopy = (fields: InfoFields): boolean => {
  const [kept, size] = [number(fields, 'repl_backlog_histlen'), number(fields, 'repl_backlog_size')];
  const isWhole = fields.get('repl_backlog_active') === '1' && kept < size;
  return fields.get('role') === 'slave' && isWhole && number(fields, 'total_net_repl_input_bytes') > kept;
};

/** Source: redis/src/server.c genRedisInfoString: a replica alone says it. Seen on 6.0.16, 7.0.15, 8.0.2 and Valkey 9.1.2. */
const drainedOf = (fields: InfoFields): Pick<Answering, 'isDrained'> =>
  saysDrained(number(fields, 'slave_priority')) ? { isDrained: true } : {};

/** Its policy lets it give up any key for a new one. Source: redis.conf, maxmemory-policy. */
const EVICTS_ANY = /^allkeys-/;

/**
 * The buffers of replicas do not count. Source: redis/src/evict.c getMaxmemoryState, freeMemoryGetNotCountedMemory; with a
 * `volatile-` policy a server refuses writes as soon as no key with a time to live is left.
 */
const outOfMemoryOf = (fields: InfoFields): Answering['outOfMemory'] => {
  const maxBytes = number(fields, 'maxmemory');
  const usedBytes = number(fields, 'used_memory') - number(fields, 'mem_not_counted_for_evict');
  const isFull = maxBytes > 0 && usedBytes > maxBytes && !EVICTS_ANY.test(fields.get('maxmemory_policy') ?? '');
  return isFull ? { usedBytes, maxBytes } : undefined;
};

/**
 * The view that INFO gives. Whom a replica follows is named as `third-silent` until the pair is looked at as a whole; a
 * fence is not in INFO and comes from {@link RedisNode.look}. Throws {@link Failure} where this is the INFO of no server:
 * every one since Redis 2.8 has a version, a role and an id of its run, but for a sentinel, which has no role.
 */
export const viewOfInfo = (fields: InfoFields): Answering => {
  const keyspace = keyspaceOf(fields);
  const mode = modeOf(fields);
  const isSentinel = mode === 'sentinel';
  const outOfMemory = outOfMemoryOf(fields);
  return {
    kind: 'answering',
    version: versionOf(fields, 'redis'),
    program: { product: productOf(fields), version: versionOf(fields, productOf(fields)) },
    mode,
    runId: decisive(fields, 'run_id'),
    uptimeSeconds: knownUptime(number(fields, 'uptime_in_seconds', -1)),
    processId: number(fields, 'process_id'),
    ...connectionsOf(fields),
    redisRole: !isSentinel && decisive(fields, 'role') === 'slave' ? 'replica' : 'master',
    loading: fields.get('loading') === '1' || fields.get('async_loading') === '1',
    loadingEtaSeconds: number(fields, 'loading_eta_seconds'),
    history: isSentinel ? NO_HISTORY : historyOf(fields),
    keys: keyspace.reduce((sum, [, keys]) => sum + keys, 0),
    ...keysLoadedOf(fields),
    changesSinceSave: number(fields, 'rdb_changes_since_last_save'),
    refusedCommands: refusedOf(fields),
    hadFullCopy: hadFullCopy(fields),
    databases: keyspace.map(([database]) => database),
    upstream: upstreamOf(fields),
    replicas: replicasOf(fields),
    failover: FAILOVER_STATES.get(fields.get('master_failover_state') ?? '') ?? 'none',
    fence: undefined,
    ...drainedOf(fields),
    ...(outOfMemory === undefined ? {} : { outOfMemory }),
    backlogFirstOffset:
      fields.get('repl_backlog_active') === '1'
        ? Number(decisive(fields, 'repl_backlog_first_byte_offset'))
        : undefined,
  };
};

/**
 * The view of a replica, with what INFO commandstats says: whether it was told to follow, or started as its configuration
 * says. Source: redis/src/server.c, where a command counts under the name of its table, whatever it was renamed to.
 */
export const withCommandStats = (view: Answering, stats: InfoFields): Answering => {
  const isTold = ['cmdstat_replicaof', 'cmdstat_slaveof'].some((name) => stats.has(name));
  return view.upstream === undefined ? view : { ...view, upstream: { ...view.upstream, isTold } };
};

/** True when the server counts replicas before it takes a write: only then can a fence be up. */
export const countsReplicas = (fields: InfoFields): boolean => fields.has('min_slaves_good_slaves');

/** How many it counts now, a licence too. */
export const goodReplicas = (fields: InfoFields): number => number(fields, 'min_slaves_good_slaves');
