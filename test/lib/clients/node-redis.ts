/** node-redis, as an application uses it. */
import { createRequire } from 'node:module';
import { createClient } from 'redis';
import { type Library, throwFirst } from './library.ts';

const { version } = createRequire(import.meta.url)('redis/package.json') as { version: string };

export const library: Library = {
  title: `node-redis ${version}`,
  async connect({ host, port }, onClosed) {
    const client = createClient({ socket: { host, port } });
    let worked = false;
    client.on('ready', () => {
      worked = true;
    });
    client.on('error', () => {
      if (worked) onClosed();
      worked = false;
    });
    await client.connect();
    return {
      increment: (hash, field) => client.hIncrBy(hash, field, 1),
      transaction: (key) => client.multi().incr(key).incr(key).exec().then(throwFirst),
      pipeline: (key) => client.multi().incr(key).incr(key).execAsPipeline().then(throwFirst),
      subscribe: (channel, hear) => client.subscribe(channel, hear),
      async pop(list) {
        return (await client.blPop(list, 0))?.element;
      },
    };
  },
};
