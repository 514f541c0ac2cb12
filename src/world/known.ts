/** The port and the pair that are meant where the command line does not say it. */
import type { CommonOptions } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import { configuredPort, type Settings } from '../config/settings.ts';
import { RedishaError, UNREADABLE_HINT } from '../errors.ts';
import { newestAnnouncement } from '../host/announcements.ts';
import { mayRead } from '../host/files.ts';
import type { Place } from '../host/paths.ts';
import { knownPorts, portDirectory } from '../host/paths.ts';
import { readMemory } from '../host/state.ts';
import { settingsFor } from './settings.ts';

export interface Here {
  readonly settings: Settings;
  readonly place: Place;
}

export const placeOf = ({ files, connection }: Settings): Place => ({
  stateDir: files.stateDir,
  port: connection.port,
});

/**
 * The settings of the port that is meant: the one that was said or configured, else the only one that this host knows.
 * @throws {RedishaError} USAGE where it knows several, for whoever saw one of them would take the other for well
 */
export const here = async (options: CommonOptions): Promise<Here> => {
  const settings = await settingsFor(options, {});
  const place = placeOf(settings);
  const ports = knownPorts(place.stateDir);
  const [only, ...more] = ports;
  if (configuredPort(settings) !== undefined || only === undefined) return { settings, place };
  if (more.length > 0) {
    throw new RedishaError('USAGE', `which of the ports ${ports.join(', ')} is meant is not said`, {
      hint: `--option port=${String(only)}`,
    });
  }
  const found = await settingsFor(options, { port: String(only) });
  return { settings: found, place: placeOf(found) };
};

/**
 * The pair that was configured, or else told by keepalived last, or remembered.
 * @throws {RedishaError} CONFIG_INVALID where nobody has told it yet, HOST_FILE where this user may not read it
 */
export const pairOf = ({ settings, place }: Here, command: string): PairWords => {
  const [said, memory] = [newestAnnouncement(place), readMemory(place)];
  const local = settings.connection.local ?? said?.local ?? memory?.local;
  const peer = settings.connection.peer ?? said?.peer ?? memory?.peer;
  if (local !== undefined && peer !== undefined) return { local, peer, port: place.port };
  const directory = portDirectory(place);
  if (!mayRead(directory))
    throw new RedishaError('HOST_FILE', `what keepalived told cannot be read: ${directory}: EACCES`, {
      hint: UNREADABLE_HINT,
    });
  throw new RedishaError('CONFIG_INVALID', 'the pair is not known: neither configured nor told by keepalived yet', {
    hint: `redisha ${command} LOCAL PEER PORT`,
  });
};

export const knownPair = async (command: string, options: CommonOptions): Promise<PairWords> =>
  pairOf(await here(options), command);
