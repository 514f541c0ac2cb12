/** Reads, saves and replays what argv names, and prints what came of it: a program, because its memory is measured. */
import type { Stretch } from '../../src/app/ports.ts';
import type { Endpoint } from '../../src/core/model.ts';
import { RedishaError } from '../../src/errors.ts';
import { createSalvage } from '../../src/redis/salvage.ts';
import { PLAIN } from './lib/plain-connection.ts';

const [directory = '', json = ''] = process.argv.slice(2);
const { stretch, on } = JSON.parse(json) as { readonly stretch: Stretch; readonly on: Endpoint };

const salvage = createSalvage({
  connect: (endpoint) => ({ ...PLAIN, endpoint, commandTimeoutMs: 5_000 }),
  directory,
  keep: 10,
  bytesMax: 1e12,
  clock: { wallIso: () => new Date().toISOString() },
  onPruned: () => Promise.resolve(),
  onReplaced: () => Promise.resolve(),
});

const content = await salvage.read(stretch);
const file = await salvage.saveSuffix(stretch, { side: 'local', why: 'diverged' });
const replay = await salvage
  .replay(file, on, () => Promise.resolve())
  .then(
    () => 'done',
    (error: unknown) =>
      error instanceof RedishaError ? `${error.code} ${error.message}` : `unexpected ${String(error)}`,
  );
const { maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ content, file, replay, peakBytes: maxRSS * 1024 }));
