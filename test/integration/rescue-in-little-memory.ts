/** Reads, saves and replays what argv names, and prints what came of it: a program, because its memory is measured. */
import type { SuffixRange } from '../../src/app/ports.ts';
import type { Endpoint } from '../../src/core/model.ts';
import { RedishaError } from '../../src/errors.ts';
import { createRescuer } from '../../src/redis/rescuer.ts';
import { PLAIN } from './lib/plain-connection.ts';

const [directory = '', json = ''] = process.argv.slice(2);
const { range, on } = JSON.parse(json) as { readonly range: SuffixRange; readonly on: Endpoint };

const rescuer = createRescuer({
  connect: (endpoint) => ({ ...PLAIN, endpoint, commandTimeoutMs: 5_000 }),
  directory,
  keep: 10,
  bytesMax: 1e12,
  clock: { wallIso: () => new Date().toISOString() },
  onPruned: () => Promise.resolve(),
  onReplaced: () => Promise.resolve(),
});

const content = await rescuer.read(range);
const file = await rescuer.saveSuffix(range, { side: 'local', why: 'diverged' });
const replay = await rescuer
  .replay(file, on, () => Promise.resolve())
  .then(
    () => 'done',
    (error: unknown) =>
      error instanceof RedishaError ? `${error.code} ${error.message}` : `unexpected ${String(error)}`,
  );
const { maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ content, file, replay, peakBytes: maxRSS * 1024 }));
