/** Rescues into the directory that argv names, and prints what came of it: a program, because the room is its own. */
import { readdirSync } from 'node:fs';
import type { SuffixRange } from '../../src/app/ports.ts';
import { RedishaError } from '../../src/errors.ts';
import { createRescuer } from '../../src/redis/rescuer.ts';
import { PLAIN } from './lib/plain-connection.ts';

const [directory = '', json = ''] = process.argv.slice(2);
const range = JSON.parse(json) as SuffixRange;

const rescuer = createRescuer({
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
const suffix = await outcome(rescuer.saveSuffix(range, reason));
const dataset = await outcome(rescuer.saveDataset(range.endpoint, reason, () => undefined));
process.stdout.write(JSON.stringify({ suffix, dataset, left: readdirSync(directory) }));
