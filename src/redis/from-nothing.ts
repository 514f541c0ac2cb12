/**
 * Did all that a master holds come into being since it started, each key by itself? Then a key that its peer neither holds nor
 * has touched since would have the same value, had the master had all of the peer's data.
 *
 * It is so where the server loaded nothing, was nobody's replica, and was given no command that makes one key of another, looks
 * at several, or touches keys that it does not name. What was removed there is not known, and is left alone on the peer.
 *
 * Source: INFO persistence, `rdb_last_load_keys_loaded`, of Redis 7.0 and later; INFO commandstats counts since the start, or
 * since CONFIG RESETSTAT, which it counts itself.
 */
import type { InfoFields } from './info.ts';

/** What reads, or has nothing to do with keys. A name with a bar is a subcommand. */
const HARMLESS = [
  'acl|whoami acl|cat auth hello ping echo quit reset select info role time lastsave dbsize',
  'command command|docs command|info command|count command|getkeys command|list',
  'client|id client|info client|list client|getname client|setname client|setinfo client|no-evict client|no-touch',
  'client|reply client|pause client|unpause client|kill client|tracking client|caching config|get config|set',
  'replconf psync sync bgsave save bgrewriteaof wait latency|latest latency|history slowlog|get slowlog|len',
  'memory|usage memory|stats object|encoding object|freq object|idletime object|refcount multi exec discard watch unwatch',
  'publish spublish subscribe unsubscribe psubscribe punsubscribe ssubscribe sunsubscribe pubsub|channels pubsub|numsub',
  'get mget strlen getrange substr getbit bitcount bitpos bitfield_ro exists type ttl pttl expiretime pexpiretime keys scan',
  'randomkey dump touch hget hmget hgetall hkeys hvals hlen hexists hstrlen hscan hrandfield httl hpttl llen lrange lindex',
  'lpos scard smembers sismember smismember srandmember sscan sinter sunion sdiff sintercard zcard zcount zlexcount zrange',
  'zrangebyscore zrangebylex zrevrange zrevrangebyscore zrevrangebylex zrank zrevrank zscore zmscore zscan zrandmember zinter',
  'zunion zdiff zintercard xlen xrange xrevrange xread xpending xinfo|stream xinfo|groups xinfo|consumers pfcount geopos',
  'geodist geohash geosearch georadius_ro georadiusbymember_ro sort_ro',
];

/** What changes keys, each by what that key itself holds. */
const KEY_BY_KEY = [
  'set setex psetex setnx getset getdel getex mset append incr incrby incrbyfloat decr decrby setrange setbit bitfield',
  'del unlink expire pexpire expireat pexpireat persist restore',
  'hset hmset hsetnx hdel hincrby hincrbyfloat hexpire hpexpire hexpireat hpexpireat hpersist hsetex hgetdel hgetex',
  'lpush rpush lpushx rpushx lpop rpop lset lrem ltrim linsert sadd srem spop zadd zincrby zrem zpopmin zpopmax',
  'zremrangebyscore zremrangebyrank zremrangebylex pfadd geoadd xadd xdel xtrim xack xsetid xclaim xautoclaim xreadgroup',
  'xgroup|create xgroup|createconsumer xgroup|delconsumer xgroup|destroy xgroup|setid',
];

const KNOWN: ReadonlySet<string> = new Set([...HARMLESS, ...KEY_BY_KEY].flatMap((names) => names.split(' ')));

const STATS = /^cmdstat_(.+)$/;

/** The first command that was called, and of which it is not known that it keeps keys apart. */
const unknownIn = (commandStats: InfoFields): string | undefined => {
  for (const [field, value] of commandStats) {
    const name = STATS.exec(field)?.[1];
    if (name !== undefined && !KNOWN.has(name) && /^calls=[1-9]/.test(value)) return name;
  }
  return undefined;
};

/** The sections of INFO that it takes. */
export interface Story {
  readonly persistence: InfoFields;
  readonly replication: InfoFields;
  readonly commandStats: InfoFields;
}

/** Why that is not known; `undefined` where it is so. */
export const whyNotFromNothing = ({ persistence, replication, commandStats }: Story): string | undefined => {
  if (replication.get('role') !== 'master') return 'it is not a master';
  if (persistence.get('rdb_last_load_keys_loaded') !== '0' || persistence.get('rdb_last_load_keys_expired') !== '0')
    return 'it began with data, or does not tell what it loaded';
  if (persistence.get('aof_enabled') !== '0') return 'it does not tell what it loaded from its append-only file';
  if (!/^0*$/.test(replication.get('master_replid2') ?? '')) return 'it has been a replica';
  const unknown = unknownIn(commandStats);
  return unknown === undefined ? undefined : `it was given ${unknown.toUpperCase()}, which may make one key of others`;
};
