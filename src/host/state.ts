/** What is remembered between two processes: the pair as it was last seen whole, and the last verdict of `check`. */
import { statSync } from 'node:fs';
import type { AddressSeen, LastCheck, Memory } from '../app/ports.ts';
import type { Condition, SeenAs } from '../core/check/condition.ts';
import { SEEN_AS } from '../core/check/condition.ts';
import type { RememberedData, Runs } from '../core/memory.ts';
import { GAPS } from '../core/memory.ts';
import type { Intent } from '../core/model.ts';
import type { Repair } from '../core/repairs.ts';
import { bootId } from './identity.ts';
import { readOwnText } from './own-file.ts';
import { lastCheckFiles, memoryFile, type Place } from './paths.ts';
import { keepFleeting } from './run-place.ts';

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const fieldsOf = (text: string): Record<string, unknown> => recordOf(JSON.parse(text));

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const INTENTS: readonly Intent[] = ['master', 'backup', 'fault', 'promote'];

const seenAsOf = (value: unknown): SeenAs | undefined => SEEN_AS.find((word) => word === value);

const conditionOf = (value: unknown): Condition | undefined => {
  const { row, local, peer, isSound } = recordOf(value);
  const [localAs, peerAs] = [seenAsOf(local), seenAsOf(peer)];
  if ((typeof row !== 'number' && typeof row !== 'string') || typeof isSound !== 'boolean') return undefined;
  return localAs === undefined || peerAs === undefined ? undefined : { row, local: localAs, peer: peerAs, isSound };
};

const repairOf = (value: unknown): readonly Repair[] => {
  const { condition: seen, heal, processId, atMs } = recordOf(value);
  const [condition, intent] = [conditionOf(seen), INTENTS.find((word) => word === heal)];
  if (condition === undefined || intent === undefined || typeof atMs !== 'number') return [];
  return [{ condition, heal: intent, processId: numberOf(processId), atMs }];
};

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

const runsOf = (value: unknown): Runs | undefined => {
  const { local, peer } = recordOf(value);
  return typeof local === 'string' && typeof peer === 'string' ? { local, peer } : undefined;
};

const addressOf = (value: unknown): AddressSeen | undefined => {
  const { isHere, sinceMs } = recordOf(value);
  return typeof isHere === 'boolean' && typeof sinceMs === 'number' ? { isHere, sinceMs } : undefined;
};

export const memoryOf = (text: string): Memory | undefined => {
  const { local, peer, keys, wasMaster, runs, decided, data } = fieldsOf(text);
  if (typeof local !== 'string' || typeof peer !== 'string' || typeof keys !== 'number') return undefined;
  return {
    local,
    peer,
    keys,
    wasMaster: wasMaster === true,
    runs: runsOf(runs),
    decided: runsOf(decided),
    data: dataOf(data),
  };
};

/** The memory of one port, for a caller that cannot wait; `undefined` where there is none. Never throws. */
export const readMemory = (place: Place): Memory | undefined => {
  try {
    return memoryOf(readOwnText(memoryFile(place)));
  } catch {
    return undefined;
  }
};

/** The one that was written last; the other is of a time in which this one could not be written. */
const newestOf = ([one, other]: readonly [string, string]): string => {
  const [oneMs, otherMs] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return (oneMs ?? 0) >= (otherMs ?? 0) ? one : other;
};

/** The last verdict of this boot; `undefined` at the first check, or where it cannot be read. Never throws. */
export const readLastCheck = (place: Place): LastCheck | undefined => {
  try {
    const {
      boot,
      fit,
      condition: seen,
      sinceMs,
      processId,
      repairs,
      address,
    } = fieldsOf(readOwnText(newestOf(lastCheckFiles(place))));
    const condition = conditionOf(seen);
    if (boot !== bootId() || typeof fit !== 'boolean' || condition === undefined || typeof sinceMs !== 'number') {
      return undefined;
    }
    return {
      fit,
      condition,
      sinceMs,
      processId: numberOf(processId),
      repairs: Array.isArray(repairs) ? repairs.flatMap(repairOf) : [],
      address: addressOf(address),
    };
  } catch {
    return undefined;
  }
};

/** True afterwards: the next check of this boot reads `last`. @returns why it could not be written. Never throws. */
export const writeLastCheck = (place: Place, last: LastCheck): string | undefined =>
  keepFleeting(place, lastCheckFiles(place), `${JSON.stringify({ boot: bootId(), ...last })}\n`);
