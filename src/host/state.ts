/** What is remembered between two processes: the pair as it was last seen whole, and the last verdict of `check`. */
import { readFileSync } from 'node:fs';
import type { LastCheck, Memory } from '../app/ports.ts';
import type { RememberedData } from '../core/gap.ts';
import type { Repairs } from '../core/repairs.ts';
import { ensureDirectory, reasonOf, replaceFile } from './files.ts';
import { bootId } from './identity.ts';
import { lastCheckFile, memoryFile, type Place, portDirectory } from './paths.ts';

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const fieldsOf = (text: string): Record<string, unknown> => recordOf(JSON.parse(text));

const wordOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const repairsOf = (value: unknown): Repairs =>
  Object.fromEntries(
    Object.entries(recordOf(value)).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );

const GAPS: readonly (RememberedData['gap'] & string)[] = ['refused', 'uncounted', 'restarted', 'keys', 'upgraded'];

const dataOf = (value: unknown): RememberedData | undefined => {
  const { program, wholeRun, gap } = recordOf(value);
  const { product, version } = recordOf(program);
  if ((product !== 'redis' && product !== 'valkey') || !Array.isArray(version)) return undefined;
  const [major, minor, patch] = (version as readonly unknown[]).map(Number);
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return {
    program: { product, version: [major, minor, patch] },
    wholeRun: typeof wholeRun === 'string' ? wholeRun : undefined,
    gap: GAPS.find((kind) => kind === gap),
  };
};

export const memoryOf = (text: string): Memory | undefined => {
  const { local, peer, keys, wasMaster, runs, decided, data } = fieldsOf(text);
  if (typeof local !== 'string' || typeof peer !== 'string' || typeof keys !== 'number') return undefined;
  return {
    local,
    peer,
    keys,
    wasMaster: wasMaster === true,
    runs: wordOf(runs),
    decided: wordOf(decided),
    data: dataOf(data),
  };
};

/** The memory of one port, for a caller that cannot wait; `undefined` where there is none. Never throws. */
export const readMemory = (place: Place): Memory | undefined => {
  try {
    return memoryOf(readFileSync(memoryFile(place), 'utf8'));
  } catch {
    return undefined;
  }
};

/** The last verdict of this boot; `undefined` at the first check, or where it cannot be read. Never throws. */
export const readLastCheck = (place: Place): LastCheck | undefined => {
  try {
    const { boot, fit, condition, sinceMs, runId, processId, repairs, parent, keeper } = fieldsOf(
      readFileSync(lastCheckFile(place), 'utf8'),
    );
    if (boot !== bootId() || typeof fit !== 'boolean' || typeof condition !== 'string' || typeof sinceMs !== 'number') {
      return undefined;
    }
    return {
      fit,
      condition,
      sinceMs,
      runId: wordOf(runId),
      processId: typeof processId === 'number' ? processId : undefined,
      repairs: repairsOf(repairs),
      parent: typeof parent === 'number' ? parent : undefined,
      keeper: typeof keeper === 'number' ? keeper : undefined,
    };
  } catch {
    return undefined;
  }
};

/** True afterwards: the next check of this boot reads `last`. @returns why it could not be written. Never throws. */
export const writeLastCheck = (place: Place, last: LastCheck): string | undefined => {
  const file = lastCheckFile(place);
  try {
    ensureDirectory(portDirectory(place));
    replaceFile(file, `${JSON.stringify({ boot: bootId(), ...last })}\n`);
    return undefined;
  } catch (error) {
    return `cannot write ${file}: ${reasonOf(error)}`;
  }
};
