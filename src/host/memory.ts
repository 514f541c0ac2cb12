/** The memory of the pair, for the commands that change it. */
import type { Log, Memory, MemoryStore } from '../app/ports.ts';
import { within } from './deadline.ts';
import { disk } from './disk.ts';
import { writeFileAtomic } from './durable.ts';
import { ensureDirectory, reasonOf } from './files.ts';
import { memoryFile, type Place, portDirectory } from './paths.ts';
import { memoryOf } from './state.ts';

/** A disk that is slower than this is not waited for: a failover is going on. */
const DISK_TIMEOUT_MS = 2_000;

/** What is remembered in `pair.json`; `undefined` where nothing is, or it cannot be read in time. Never rejects. */
export const loadMemory = async (place: Place): Promise<Memory | undefined> => {
  try {
    const text = await within(DISK_TIMEOUT_MS, disk.readFile(memoryFile(place), 'utf8'), undefined);
    return text === undefined ? undefined : memoryOf(text);
  } catch {
    return undefined;
  }
};

/** The memory of one port in `pair.json`. What cannot be stored is logged, and the work goes on. */
export const openMemory = (place: Place, log: Log): MemoryStore => ({
  load: () => loadMemory(place),
  async save(memory) {
    const file = memoryFile(place);
    try {
      ensureDirectory(portDirectory(place));
      const saved = writeFileAtomic(file, `${JSON.stringify(memory)}\n`).then(() => 'saved' as const);
      if ((await within(DISK_TIMEOUT_MS, saved, 'late')) === 'late') {
        log.warn('memory-not-saved', { file, why: `the disk took more than ${String(DISK_TIMEOUT_MS)} ms` });
      }
    } catch (error) {
      log.warn('memory-not-saved', { file, why: reasonOf(error) });
    }
  },
});
