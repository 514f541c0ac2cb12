/** Rescues into the directory that argv names, and prints what came of it: a program, because the room is its own. */
import { readdirSync } from 'node:fs';
import type { Stretch } from '../../src/app/ports.ts';
import { RedishaError } from '../../src/errors.ts';
import { createSalvage } from '../../src/redis/salvage.ts';
import { PLAIN } from './lib/plain-connection.ts';

const [directory = '', json = ''] = process.argv.slice(2);
const stretch = JSON.parse(json) as Stretch;

const salvage = createSalvage({
  connect: (endpoint) => ({ ...PLAIN, endpoint }),
  directory,
  keep: 10,
  bytesMax: 1e9,
  clock: { wallIso: () => new Date().toISOString() },
  onPruned: () => Promise.resolve(),
  onReplaced: () => Promise.resolve(),
});

const outcome = async (rescue: Promise<string>): Promise<string> => {
  try {
    await rescue;
    return 'done';
  } catch (error) {
    return error instanceof RedishaError ? `${error.code} ${error.message}` : `unexpected ${String(error)}`;
  }
};

const reason = { side: 'local', why: 'diverged' } as const;
const suffix = await outcome(salvage.saveSuffix(stretch, reason));
const dataset = await outcome(salvage.saveDataset(stretch.endpoint, reason, () => undefined));
process.stdout.write(JSON.stringify({ suffix, dataset, left: readdirSync(directory) }));
