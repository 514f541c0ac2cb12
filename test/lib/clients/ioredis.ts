/** ioredis, as an application uses it. */
import { createRequire } from 'node:module';
import { type ChainableCommander, Redis } from 'ioredis';
import { type Library, throwFirst } from './library.ts';

const { version } = createRequire(import.meta.url)('ioredis/package.json') as { version: string };

async function exec(commands: ChainableCommander): Promise<void> {
  const results = (await commands.exec()) ?? [];
  throwFirst(results.map(([error]) => error));
}

export const library: Library = {
  title: `ioredis ${version}`,
  async connect({ host, port }, onClosed) {
    const redis = new Redis({ host, port });
    let worked = false;
    redis.on('ready', () => {
      worked = true;
    });
    redis.on('close', () => {
      if (worked) onClosed();
      worked = false;
    });
    redis.on('error', () => undefined);
    await redis.ping();
    return {
      increment: (hash, field) => redis.hincrby(hash, field, 1),
      transaction: (key) => exec(redis.multi().incr(key).incr(key)),
      pipeline: (key) => exec(redis.pipeline().incr(key).incr(key)),
      subscribe(channel, hear) {
        redis.on('message', (_channel, text) => hear(text));
        return redis.subscribe(channel);
      },
      async pop(list) {
        return (await redis.blpop(list, 0))?.[1];
      },
    };
  },
};
