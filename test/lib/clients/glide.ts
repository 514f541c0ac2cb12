/**
 * Valkey GLIDE, as an application uses it. No dependency of this project: its native part has 20 MB for each platform. It is
 * measured where somebody has installed it in the directory that `REDISHA_TEST_GLIDE` names.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Library, type LibraryClient, type Place, throwFirst } from './library.ts';

/** As much of its interface as is used. */
interface Batch {
  incr(key: string): Batch;
}

interface Client {
  ping(): Promise<unknown>;
  hincrBy(key: string, field: string, by: number): Promise<unknown>;
  exec(batch: Batch, raiseOnError: boolean): Promise<readonly unknown[] | null>;
  customCommand(words: readonly string[]): Promise<unknown>;
  blpop(keys: readonly string[], seconds: number): Promise<readonly string[] | null>;
}

interface Glide {
  GlideClient: { createClient(options: object): Promise<Client> };
  Batch: new (isAtomic: boolean) => Batch;
}

const directory = process.env['REDISHA_TEST_GLIDE'] ?? '/';
const { GlideClient, Batch } = createRequire(join(directory, 'package.json'))('@valkey/valkey-glide') as Glide;
const about = readFileSync(join(directory, 'node_modules/@valkey/valkey-glide/package.json'), 'utf8');
const { version } = JSON.parse(about) as { version: string };

const EXACT = 0;

/** A subscriber names its channels when it is made. */
async function subscriber({ host, port }: Place, channel: string, hear: (text: string) => void): Promise<void> {
  await GlideClient.createClient({
    addresses: [{ host, port }],
    pubsubSubscriptions: {
      channelsAndPatterns: { [EXACT]: new Set([channel]) },
      callback: ({ message }: { readonly message: unknown }) => hear(String(message)),
    },
  });
}

async function connect(place: Place): Promise<LibraryClient> {
  const client = await GlideClient.createClient({ addresses: [{ host: place.host, port: place.port }] });
  await client.ping();
  const exec = async (key: string, isAtomic: boolean): Promise<void> => {
    throwFirst((await client.exec(new Batch(isAtomic).incr(key).incr(key), false)) ?? []);
  };
  return {
    increment: (hash, field) => client.hincrBy(hash, field, 1),
    transaction: (key) => exec(key, true),
    pipeline: (key) => exec(key, false),
    subscribe: (channel, hear) => subscriber(place, channel, hear),
    async pop(list) {
      return (await client.blpop([list], 0))?.[1];
    },
  };
}

export const library: Library = { title: `GLIDE ${version}`, connect };
