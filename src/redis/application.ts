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

export const openApplication = (target: Target): AppConnection => {
  const redis = new Redis(optionsOf(target));
  // It connects again by itself; what its calls end in is what an application sees.
  redis.on('error', () => undefined);
  return {
    increment: (key) => redis.incr(key),
    create: async (key) => {
      await redis.set(key, '1', 'EX', KEYS_EXPIRE_S);
    },
    transact: async (key, other) => Number(firstOf(await redis.multi().incr(key).incr(other).exec())),
    publish: async (channel, message) => {
      await redis.publish(channel, message);
    },
    push: async (list, item) => {
      firstOf(await redis.pipeline().rpush(list, item).expire(list, KEYS_EXPIRE_S).exec());
    },
    pop: async (list) => (await redis.blpop(list, 0))?.[1],
    subscribe: async (channel, hear) => {
      redis.on('message', (_channel: string, message: string) => {
        hear(message);
      });
      await redis.subscribe(channel);
    },
    onClosed: (listener) => {
      let isOpen = false;
      redis.on('connect', () => {
        isOpen = true;
      });
      // It is told of each attempt that fails as well.
      redis.on('close', () => {
        if (isOpen) listener();
        isOpen = false;
      });
    },
    close: () => {
      redis.disconnect();
    },
  };
};
