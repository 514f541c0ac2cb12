/**
 * A connection as applications have it: ioredis, with the options that it has where nobody sets any. Loaded by `drill` alone:
 * what decides about a pair keeps its own bare connection, which waits for nothing and repeats nothing.
 */
import { AbstractConnector, Redis } from 'ioredis';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { AppConnection } from '../app/ports/drill.ts';
import type { ConnectionOptions } from './connection.ts';
import { KEYS_EXPIRE_S } from './drill-keys.ts';

type Target = Pick<ConnectionOptions, 'endpoint' | 'username' | 'password' | 'tls' | 'localAddress'>;

/** Source: ioredis 6.0.0 redis/RedisOptions.js, disconnectTimeout. */
const DISCONNECT_MS = 2_000;

/**
 * Connects as ioredis does, but from the address that is asked for, which ioredis has no option for.
 * Source: ioredis 6.0.0 connectors/StandaloneConnector.js.
 */
const connectorTo = ({ endpoint, tls, localAddress }: Target) =>
  class extends AbstractConnector {
    constructor() {
      super(DISCONNECT_MS);
    }

    override async connect(): Promise<Socket> {
      this.connecting = true;
      await Promise.resolve();
      if (!this.connecting) throw new Error('Connection is closed.');
      const { servername, ...files } = tls ?? {};
      const to = { ...endpoint, localAddress };
      const socket =
        tls === undefined
          ? connectTcp(to)
          : connectTls({ ...to, ...files, ...(servername === undefined ? {} : { servername }) });
      this.stream = socket;
      socket.once('error', (error) => {
        this.firstError = error;
      });
      return socket;
    }
  };

/** Where, and as whom. Nothing else: how long it waits, and what it does again, is the library's own choice. */
const optionsOf = (target: Target) => {
  const { endpoint, username, password } = target;
  return {
    ...endpoint,
    Connector: connectorTo(target),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
};

type Results = readonly (readonly [Error | null, unknown])[] | null;

/** What the first command of a pipeline came to. @throws its error, or that of any other */
const firstOf = (results: Results): unknown => {
  const failed = results?.find(([error]) => error !== null)?.[0];
  if (failed !== undefined && failed !== null) throw failed;
  return results?.[0]?.[1];
};

/**
 * What a call comes to, or the end of the connection where ioredis does not tell it.
 *
 * Why: closed while it waits to connect again, ioredis leaves its calls unanswered for good.
 * Source: ioredis 6.0.0 Redis.js disconnect, which clears the timer and has no stream to end.
 */
const openEnd = () => {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  return {
    orEnd: <T>(call: Promise<T>): Promise<T> => Promise.race([call, promise]),
    end: () => {
      reject(new Error('Connection is closed.'));
    },
  };
};

/** `listener` is called when an open connection ends, and not for each attempt that fails. */
const whenClosed = (redis: Redis, listener: () => void): void => {
  let isOpen = false;
  redis.on('connect', () => {
    isOpen = true;
  });
  redis.on('close', () => {
    if (isOpen) listener();
    isOpen = false;
  });
};

const subscribeTo = async (redis: Redis, channel: string, hear: (message: string) => void): Promise<void> => {
  redis.on('message', (_channel: string, message: string) => {
    hear(message);
  });
  await redis.subscribe(channel);
};

export const openApplication = (target: Target): AppConnection => {
  const redis = new Redis(optionsOf(target));
  const { orEnd, end } = openEnd();
  // It connects again by itself; what its calls end in is what an application sees.
  redis.on('error', () => undefined);
  return {
    increment: (key) => orEnd(redis.incr(key)),
    create: async (key) => {
      await orEnd(redis.set(key, '1', 'EX', KEYS_EXPIRE_S));
    },
    transact: async (key, other) => Number(firstOf(await orEnd(redis.multi().incr(key).incr(other).exec()))),
    publish: async (channel, message) => {
      await orEnd(redis.publish(channel, message));
    },
    push: async (list, item) => {
      firstOf(await orEnd(redis.pipeline().rpush(list, item).expire(list, KEYS_EXPIRE_S).exec()));
    },
    pop: async (list) => (await orEnd(redis.blpop(list, 0)))?.[1],
    subscribe: (channel, hear) => orEnd(subscribeTo(redis, channel, hear)),
    onClosed: (listener) => {
      whenClosed(redis, listener);
    },
    close: () => {
      const isWaiting = redis.status === 'reconnecting';
      redis.disconnect();
      if (isWaiting) end();
    },
  };
};
