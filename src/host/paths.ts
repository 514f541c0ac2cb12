/** Where the state of one port lives: `<stateDir>/<port>/`. */
import { readdirSync } from 'node:fs';
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

/** The ports that ever had a command on this host, ascending; none where the directory cannot be read. */
export const knownPorts = (stateDir: string): readonly number[] => {
  try {
    return readdirSync(stateDir)
      .filter((name) => /^[1-9]\d{0,4}$/.test(name))
      .map(Number)
      .toSorted((one, other) => one - other);
  } catch {
    return [];
  }
};
