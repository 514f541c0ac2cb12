/**
 * What every server puts into its replication stream, and what no table of keys tells of it. Which keys a command has is the
 * business of `@ioredis/commands`; what they are worth afterwards is said here, once, for all who ask: the merge, the search
 * for the database of a suffix, and the rehearsal of a rescue on an empty server.
 *
 * A command is in a stream because it changed something. So a condition (NX, XX, IFEQ, GT …) was met, and is met again where
 * the keys hold what they held: on the other server of a merge, whose own writes touch none of them. On an empty server it is
 * not, so the command is carried out there without its condition. A command that is not named here changes its keys by what
 * they were, and that is the safe answer.
 *
 * Seen on Redis 6.0.16, 7.0.15, 8.0.2, 8.0.6, 8.6.3 and Valkey 8.0.1, 8.1.1, 9.1.2: test/integration/streamed-commands.test.ts.
 */
import {
  copiesElsewhere,
  isRepeated,
  momentOfHsetex,
  momentOfMsetex,
  momentOfRestore,
  momentOfSet,
  momentSecond,
  readsPattern,
  unconditionalHsetex,
  unconditionalMsetex,
  unconditionalPush,
  unconditionalSet,
  unconditionalXadd,
  unconditionalZadd,
  withoutProducer,
} from './command-forms.ts';
import type { MomentAt } from './command-forms.ts';
import type { Command } from './command.ts';

export interface Traits {
  /** What it is where it is no write. */
  readonly kind?: 'nothing' | 'bracket' | 'select';
  /** It is in the stream, and changed nothing. */
  readonly isNothing?: (words: Command) => boolean;
  /** It may touch any key, whatever keys it names. */
  readonly isWide?: (words: Command) => boolean;
  /** Of a wide one: it touches nothing but data, so it can be tried on a server that has none. */
  readonly isHarmless?: true;
  /** Of a wide one: what the keys hold is as certain after it as it was before. */
  readonly keepsCertainty?: true;
  /** It reaches out of the server, and is in no stream. Never to be tried. */
  readonly isOutgoing?: true;
  /** It does nothing but to remove its keys. */
  readonly removesKeys?: true;
  /** Each of its keys is there afterwards. */
  readonly leavesKeys?: true;
  /** Which of its keys it makes anew, whatever they were: all of them, or one out of the others. */
  readonly makes?: 'all' | 'first' | 'second' | 'last';
  /** The reply 0 says that nothing was done. */
  readonly isUndoneByZero?: true;
  /** Where the moment stands at which a key or a field ends. */
  readonly momentAt?: MomentAt;
  /** What the moment is counted in. */
  readonly momentMs?: number;
  /** What a client sends for it, where only a replica is allowed to be sent it as it is. */
  readonly asClient?: (words: Command) => readonly Command[];
  /** What it did, said without a condition. */
  readonly unconditional?: (words: Command) => Command;
}

interface Row extends Traits {
  readonly names: string;
}

const always = (): boolean => true;

const ROWS: readonly Row[] = [
  // Signs of life. Source: redis/src/replication.c replicationCron (PING), replicationSendAck and WAIT (REPLCONF GETACK).
  { names: 'PING REPLCONF', kind: 'nothing' },
  // Messages go to replicas for their subscribers and leave no data. Source: redis/src/pubsub.c publishCommand.
  { names: 'PUBLISH SPUBLISH', kind: 'nothing' },
  { names: 'MULTI EXEC', kind: 'bracket' },
  { names: 'SELECT', kind: 'select' },

  // A script names keys, but nothing keeps it from others. Since Redis 7 only its effects are in the stream.
  { names: 'EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO', isWide: always },
  // These touch whole databases, or leave the one they are in. Source: redis.io/commands/swapdb, /move, /flushall.
  { names: 'FLUSHALL FLUSHDB', isWide: always, isHarmless: true, keepsCertainty: true },
  { names: 'SWAPDB MOVE', isWide: always, isHarmless: true, isUndoneByZero: true },
  // These hold code. Source: redis/src/functions.c, and redis/src/eval.c scriptCommand before Redis 7.
  { names: 'FUNCTION SCRIPT', isWide: always, keepsCertainty: true },
  { names: 'MIGRATE', isOutgoing: true },

  // A value that owes nothing to what the key was. What only sets a missing key was carried out: the key was missing.
  // Source: redis/src/t_string.c setGenericCommand, msetGenericCommand; IFEQ since Valkey 8.1, all four since Redis 8.4.
  {
    names: 'SET',
    makes: 'all',
    leavesKeys: true,
    momentAt: momentOfSet,
    unconditional: unconditionalSet,
  },
  { names: 'SETEX PSETEX SETNX GETSET MSET MSETNX', makes: 'all', leavesKeys: true },
  // Source: redis/src/t_string.c msetexCommand (8.4 and later), valkey/src/t_string.c (9.1 and later).
  {
    names: 'MSETEX',
    makes: 'all',
    leavesKeys: true,
    momentAt: momentOfMsetex,
    unconditional: unconditionalMsetex,
  },
  { names: 'RESTORE', makes: 'all', leavesKeys: true, momentAt: momentOfRestore },
  // Deletions. GETDEL, DELIFEQ and what ran out arrive as these, DELEX does so when it has a condition.
  { names: 'DEL UNLINK DELEX', makes: 'all', removesKeys: true },

  // One key made of others: as certain as they are.
  { names: 'RENAME', makes: 'second' },
  { names: 'RENAMENX', makes: 'second', isUndoneByZero: true },
  { names: 'COPY', makes: 'second', isWide: copiesElsewhere, isHarmless: true, isUndoneByZero: true },
  { names: 'BITOP SINTERSTORE SUNIONSTORE SDIFFSTORE', makes: 'first' },
  { names: 'ZUNIONSTORE ZINTERSTORE ZDIFFSTORE ZRANGESTORE GEOSEARCHSTORE', makes: 'first' },
  { names: 'SORT', makes: 'last', isWide: readsPattern },
  { names: 'GEORADIUS GEORADIUSBYMEMBER', makes: 'last' },

  // The key is there afterwards, since what changed nothing is in no stream.
  { names: 'APPEND SETRANGE SETBIT INCR INCRBY INCRBYFLOAT DECR DECRBY PFADD', leavesKeys: true },
  { names: 'HSET HMSET HSETNX HINCRBY HINCRBYFLOAT LPUSH RPUSH SADD ZINCRBY', leavesKeys: true },
  { names: 'ZADD', leavesKeys: true, isUndoneByZero: true, unconditional: unconditionalZadd },
  { names: 'LPUSHX RPUSHX', leavesKeys: true, unconditional: unconditionalPush },
  // Source: redis/src/t_hash.c hsetexCommand (8.0 and later), valkey/src/t_hash.c (9.0 and later). What ends at once is HDEL.
  { names: 'HSETEX', leavesKeys: true, momentAt: momentOfHsetex, unconditional: unconditionalHsetex },
  {
    names: 'XADD',
    leavesKeys: true,
    isNothing: isRepeated,
    asClient: withoutProducer,
    unconditional: unconditionalXadd,
  },

  // When a key or a field ends. Before Redis 7.0 most say how long it lasts, and that is counted from when it is replayed.
  // Source: redis/src/expire.c expireGenericCommand; redis/src/t_hash.c hexpireGenericCommand.
  { names: 'PEXPIREAT', isUndoneByZero: true, momentAt: momentSecond },
  { names: 'EXPIREAT', isUndoneByZero: true, momentAt: momentSecond, momentMs: 1000 },
  { names: 'HPEXPIREAT', momentAt: momentSecond },
  { names: 'EXPIRE PEXPIRE PERSIST', isUndoneByZero: true },

  // What finds nothing to change on a missing key. Elsewhere null, an error or a negative number says so.
  { names: 'HDEL SREM ZREM LREM LINSERT SMOVE XACK XDEL XTRIM VREM VSETATTR', isUndoneByZero: true },
  { names: 'ZREMRANGEBYSCORE ZREMRANGEBYRANK ZREMRANGEBYLEX', isUndoneByZero: true },
];

const TABLE: ReadonlyMap<string, Traits> = new Map(
  ROWS.flatMap(({ names, ...traits }) => names.split(' ').map((name) => [name, traits] as const)),
);

const NONE: Traits = {};

/** What is known of the command with this name, in capitals. */
export const traitsOf = (name: string): Traits => TABLE.get(name) ?? NONE;
