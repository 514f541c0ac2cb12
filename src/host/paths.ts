/** Where the state of one port lives: `<stateDir>/<port>/`, and what only this boot needs below `/run`. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_DIRECTORY } from '../core/blueprint.ts';

/** Whose state is meant. */
export interface Place {
  readonly stateDir: string;
  readonly port: number;
}

/** As the table of options has it. */
export const STATE_DIRECTORY = '/var/lib/redisha';

/** Another state directory has a place of its own: what is kept of one is not found by way of the other. */
const runRoot = (stateDir: string): string =>
  stateDir === STATE_DIRECTORY ? RUN_DIRECTORY : join(RUN_DIRECTORY, stateDir.replaceAll('/', '-'));

export const runPortDirectory = ({ stateDir, port }: Place): string => join(runRoot(stateDir), String(port));
export const portDirectory = ({ stateDir, port }: Place): string => join(stateDir, String(port));
/** Where it is written first, and where it is written if that cannot be; both are read. */
export const intentsDirectories = (place: Place): readonly [string, string] => [
  join(runPortDirectory(place), 'intents'),
  join(portDirectory(place), 'intents'),
];
export const rescueDirectory = (place: Place): string => join(portDirectory(place), 'rescue');
export const journalFile = (place: Place): string => join(portDirectory(place), 'journal.jsonl');
export const memoryFile = (place: Place): string => join(portDirectory(place), 'pair.json');
export const lastCheckFiles = (place: Place): readonly [string, string] => [
  join(runPortDirectory(place), 'last-check.json'),
  join(portDirectory(place), 'last-check.json'),
];

/** What a person has said of this node. */
export const drainedFile = (place: Place): string => join(portDirectory(place), 'drained.json');
export const pausedFile = (place: Place): string => join(portDirectory(place), 'paused.json');

/** There where a person said that the pair is to be forgotten, and its journal and rescues stay. */
export const forgottenFile = (place: Place): string => join(portDirectory(place), 'forgotten');

/** What makes a pair known: a check of a port by hand writes none of it. */
export const isKnown = (place: Place): boolean => {
  const isToldOf = [...intentsDirectories(place), memoryFile(place)].some((path) => existsSync(path));
  const wasToldOf = [journalFile, rescueDirectory].some((path) => existsSync(path(place)));
  return isToldOf || (wasToldOf && !existsSync(forgottenFile(place)));
};

const namesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};

/** The ports that a command of keepalived's or a whole pair was seen at, ascending; none where the directories cannot be read. */
export const knownPorts = (stateDir: string): readonly number[] =>
  [...new Set([stateDir, runRoot(stateDir)].flatMap(namesIn))]
    .filter((name) => /^[1-9]\d{0,4}$/.test(name))
    .map(Number)
    .filter((port) => isKnown({ stateDir, port }))
    .toSorted((one, other) => one - other);
