/** Where the state of one port lives: `<stateDir>/<port>/`. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Whose state is meant. */
export interface Place {
  readonly stateDir: string;
  readonly port: number;
}

export const portDirectory = ({ stateDir, port }: Place): string => join(stateDir, String(port));
export const intentsDirectory = (place: Place): string => join(portDirectory(place), 'intents');
export const rescueDirectory = (place: Place): string => join(portDirectory(place), 'rescue');
export const journalFile = (place: Place): string => join(portDirectory(place), 'journal.jsonl');
export const memoryFile = (place: Place): string => join(portDirectory(place), 'pair.json');
export const lastCheckFile = (place: Place): string => join(portDirectory(place), 'last-check.json');

/** There where a person said that the pair is to be forgotten, and its journal and rescues stay. */
export const forgottenFile = (place: Place): string => join(portDirectory(place), 'forgotten');

/** What makes a pair known: a check of a port by hand writes none of it. */
export const isKnown = (place: Place): boolean => {
  const isToldOf = [intentsDirectory, memoryFile].some((path) => existsSync(path(place)));
  const wasToldOf = [journalFile, rescueDirectory].some((path) => existsSync(path(place)));
  return isToldOf || (wasToldOf && !existsSync(forgottenFile(place)));
};

/** The ports that a command of keepalived's or a whole pair was seen at, ascending; none where the directory cannot be read. */
export const knownPorts = (stateDir: string): readonly number[] => {
  try {
    return readdirSync(stateDir)
      .filter((name) => /^[1-9]\d{0,4}$/.test(name))
      .map(Number)
      .filter((port) => isKnown({ stateDir, port }))
      .toSorted((one, other) => one - other);
  } catch {
    return [];
  }
};
