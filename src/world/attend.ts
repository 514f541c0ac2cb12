/**
 * The resident where keepalived starts none: on the files of the well-known scripts. A check that is asked by the script of
 * the old name starts it, so that the next ones are answered from what it sees. It ends when nobody asks any more.
 */
import type { CommonOptions } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import { systemClock } from '../host/clock.ts';
import { openChanges } from '../host/executable.ts';
import { commandKeys } from '../host/identity.ts';
import { attendantSocket, takePost } from '../host/partner.ts';
import { RUN_DIRECTORY } from '../core/blueprint.ts';
import { readLastCheck } from '../host/state.ts';
import { sinceAskedMs } from '../host/verdict-file.ts';
import { hooksFor, settingsOfPair } from './change.ts';
import { logFor } from './log.ts';
import { filesBehind } from './settings.ts';
import { virtualAddressOf } from './virtual-address.ts';
import { watchPort } from './watched-port.ts';

/** keepalived asks every few seconds; where it has not for so long, it asks no more. */
const UNASKED_MS = 60_000;

const LOOK_EVERY_MS = 1000;

export interface Attending {
  readonly pair: PairWords;
  readonly options: CommonOptions;
  readonly signal: AbortSignal;
}

/** Resolves when nobody asks any more, another process attends, or a file that it was started from has changed. */
export const attend = async ({ pair, options, signal }: Attending): Promise<void> => {
  const settings = await settingsOfPair(pair, options);
  const log = await logFor(settings, options, 'watch');
  const over = new AbortController();
  const end = (): void => {
    over.abort();
  };
  signal.addEventListener('abort', end);
  const hasChanged = openChanges([process.execPath, ...filesBehind(settings)]);
  const post = { path: attendantSocket(RUN_DIRECTORY, pair.port), fifo: () => undefined };
  const duty = await takePost(post, {
    answer: () => undefined,
    onLost: end,
  });
  if (duty === undefined) return;
  const port = watchPort({
    settings,
    pair,
    options,
    log,
    hearsEvents: false,
    runDirectory: RUN_DIRECTORY,
    nextKey: commandKeys(),
    signal: over.signal,
    address: await virtualAddressOf(settings, pair),
    hooks: await hooksFor({
      settings,
      pair,
      log,
      last: readLastCheck({ stateDir: settings.files.stateDir, port: pair.port }),
      stays: true,
    }),
  });
  log.info('watching', { ports: [pair.port], pid: process.pid });
  const isWanted = (): boolean => (sinceAskedMs(RUN_DIRECTORY, pair.port) ?? UNASKED_MS) < UNASKED_MS && !hasChanged();
  const watched = port.ended.finally(end);
  while (!over.signal.aborted && isWanted()) await systemClock.delay(LOOK_EVERY_MS, over.signal);
  end();
  port.stop();
  await port.idle();
  duty.leave();
  await watched;
};
