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
import type { ReadConf } from './keepalived-conf.ts';
import { confHere } from './keepalived-conf.ts';
import { confPairs } from './notes.ts';
import { settingsFor } from './settings.ts';

export interface Here {
  readonly settings: Settings;
  readonly place: Place;
}

export const placeOf = ({ files, connection }: Settings): Place => ({
  stateDir: files.stateDir,
  port: connection.port,
});

/** The ports that this host knows, ascending; none where one was said or configured. */
const portsHere = (settings: Settings, read: ReadConf = confHere): readonly number[] => {
  if (configuredPort(settings) !== undefined) return [];
  const called = confPairs(settings.files.keepalivedConf, read).map(({ port }) => port);
  return [...new Set([...knownPorts(settings.files.stateDir), ...called])].toSorted((one, other) => one - other);
};

/** The port that was said or configured, or else each that this host knows. */
export const eachHere = async (options: CommonOptions, read?: ReadConf): Promise<readonly Here[]> => {
  const settings = await settingsFor(options, {});
  const ports = portsHere(settings, read);
  if (ports.length === 0) return [{ settings, place: placeOf(settings) }];
  return Promise.all(
    ports.map(async (port) => {
      const found = await settingsFor(options, { port: String(port) });
      return { settings: found, place: placeOf(found) };
    }),
  );
};

/**
 * The settings of the port that is meant: the one that was said or configured, else the only one that this host knows.
 * @throws {RedishaError} USAGE where it knows several, for whoever saw one of them would take the other for well
 */
export const here = async (options: CommonOptions, read?: ReadConf): Promise<Here> => {
  const settings = await settingsFor(options, {});
  const place = placeOf(settings);
  const ports = portsHere(settings, read);
  const [only, ...more] = ports;
  if (only === undefined) return { settings, place };
  if (more.length > 0) {
    throw new RedishaError('USAGE', `which of the ports ${ports.join(', ')} is meant is not said`, {
      hint: `--option port=${String(only)}`,
    });
  }
  const found = await settingsFor(options, { port: String(only) });
  return { settings: found, place: placeOf(found) };
};

/**
 * The pair that was configured, or else told by keepalived last, or remembered, or that keepalived.conf names.
 * @throws {RedishaError} CONFIG_INVALID where nobody has told it yet, HOST_FILE where this user may not read it
 */
export const pairOf = ({ settings, place }: Here, command: string, read?: ReadConf): PairWords => {
  const [said, memory] = [newestAnnouncement(place), readMemory(place)];
  const named = confPairs(settings.files.keepalivedConf, read).find(({ port }) => port === place.port);
  const local = settings.connection.local ?? said?.local ?? memory?.local ?? named?.local;
  const peer = settings.connection.peer ?? said?.peer ?? memory?.peer ?? named?.peer;
  if (local !== undefined && peer !== undefined) return { local, peer, port: place.port };
  const directory = portDirectory(place);
  if (!mayRead(directory))
    throw new RedishaError('HOST_FILE', `what keepalived told cannot be read: ${directory}: EACCES`, {
      hint: UNREADABLE_HINT,
    });
  throw new RedishaError(
    'CONFIG_INVALID',
    'the pair is not known: not configured, not told by keepalived, not in keepalived.conf',
    {
      hint: `redisha ${command} LOCAL PEER PORT`,
    },
  );
};

/** Every pair of this host, or the one of the port that was said or configured. Throws as {@link pairOf}. */
export const knownPairs = async (command: string, options: CommonOptions): Promise<readonly PairWords[]> => {
  const settings = await settingsFor(options, {});
  const ports = portsHere(settings);
  const found = await Promise.all(
    (ports.length === 0 ? [settings.connection.port] : ports).map(async (port) => {
      const own = await settingsFor(options, { port: String(port) });
      return pairOf({ settings: own, place: placeOf(own) }, command);
    }),
  );
  return found.length === 1 ? found : found.map((pair) => ({ ...pair, isOneOfSeveral: true }));
};

export const knownPair = async (command: string, options: CommonOptions): Promise<PairWords> =>
  pairOf(await here(options), command);
