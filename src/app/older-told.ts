/** That a server came back with older data is said once a command, and kept for `status`: soon nothing else tells of it. */
import type { PairView } from '../core/model.ts';
import { COPIED_OVER, describeOlderData, olderDataIn } from '../core/older-data.ts';
import { isCode } from '../errors.ts';
import type { Checked } from './check.ts';
import type { Findings } from './findings.ts';
import type { Clock, Journal, Log, Memory } from './ports.ts';
import type { JournalReader } from './ports/rescues.ts';

/** Who puts a backup back looks at the pair the same day. */
const TOLD_FOR_MS = 24 * 60 * 60 * 1000;

export const tellOlderData = async (
  { findings, log, journal }: { readonly findings: Findings; readonly log: Log; readonly journal: Journal },
  pair: PairView,
  memory: Memory | undefined,
): Promise<void> => {
  const found = olderDataIn(pair, memory);
  if (found === undefined || findings.olderDataTold) return;
  findings.olderDataTold = true;
  const why = describeOlderData(found);
  findings.warnings.add(why);
  log.warn('older-data', { why });
  await journal.append({ event: 'older-data', ...found, why });
};

/**
 * The same of a pair that is whole again, where no command has seen it before. `isFirstLook`: nobody has looked at this process
 * of the local server before.
 */
export const tellCameBack = async (
  { cameBack }: Checked,
  isFirstLook: boolean,
  open: { readonly log: () => Promise<Log>; readonly journal: () => Promise<Journal> },
): Promise<void> => {
  const { older, isCopiedOver = false } = cameBack ?? {};
  if (older === undefined && !(isCopiedOver && isFirstLook)) return;
  const why = older === undefined ? COPIED_OVER : describeOlderData(older);
  (await open.log()).warn('older-data', { why });
  await (await open.journal()).append({ event: 'older-data', ...(older ?? { side: 'local' }), why });
};

/** What was said of it within a day, unless a backup has been put back since. */
export const toldOfOlderData = async (
  journal: JournalReader,
  clock: Pick<Clock, 'wallIso'>,
): Promise<readonly string[]> => {
  const sinceIso = new Date(Date.parse(clock.wallIso()) - TOLD_FOR_MS).toISOString();
  try {
    // What is older than a day ends the search, for a journal may be long.
    const [last] = await journal.last(
      1,
      ({ event, at }) => event === 'older-data' || event === 'dataset-replaced' || at < sinceIso,
    );
    if (last?.event !== 'older-data' || last.at < sinceIso) return [];
    return [`${last.at.slice(0, 16).replace('T', ' ')} UTC: ${String(last['why'])}`];
  } catch (error) {
    if (isCode(error, 'HOST_FILE')) return [];
    throw error;
  }
};
