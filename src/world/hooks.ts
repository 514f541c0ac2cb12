/** `on_event` with real programs. */
import { hostname } from 'node:os';
import type { PeoplesHooks } from '../app/hooks.ts';
import { openHooks } from '../app/hooks.ts';
import type { Log } from '../app/ports.ts';
import type { PairWords } from '../cli/words.ts';
import type { Settings } from '../config/settings.ts';
import type { ForPeople } from '../core/history/people.ts';
import { after, systemClock } from '../host/clock.ts';
import { runHook, whyNotRun } from '../host/hook.ts';
import { openJournalReader } from '../host/journal-reader.ts';

/** Of every event; a field that is added leaves it as it is. */
const FORMAT = 1;

/** One line: what a program reads to the end of the line and what it reads to the end of the input are the same. */
const inputOf = ({ event, at, says, fields }: ForPeople, { local, peer, port }: PairWords): string => {
  const host = hostname();
  const sentence = `redisha on ${host}, port ${String(port)}: ${says}`;
  return `${JSON.stringify({ format: FORMAT, event, at, host, port, local, peer, says: sentence, ...fields })}\n`;
};

/** `undefined` where nobody has named a program. */
export const hooksOf = (settings: Settings, pair: PairWords, log: Log): PeoplesHooks | undefined => {
  const { onEvent: path, onEventTimeoutMs: timeoutMs, stateDir } = settings.files;
  if (path === undefined) return undefined;
  const program = { path, timeoutMs, ownedBy: stateDir };
  const why = whyNotRun(program);
  if (why !== undefined) log.warn('hook-failed', { why });
  const begin = systemClock.wallIso();
  return openHooks({
    clock: systemClock,
    after,
    log,
    lastVerdict: async () => {
      try {
        const reader = openJournalReader({ stateDir, port: pair.port });
        return (await reader.last(1, ({ event, at }) => event === 'verdict' && at < begin))[0];
      } catch {
        return undefined;
      }
    },
    run: (event) => runHook(program, inputOf(event, pair)),
  });
};
