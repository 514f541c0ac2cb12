/** What a person has said of this node, made known to its server, and ended. */
import type { Journal, Log } from '../app/ports.ts';
import type { Settings } from '../config/settings.ts';
import type { Endpoint } from '../core/model.ts';
import { removePaused } from '../host/marks-kept.ts';
import type { Place } from '../host/paths.ts';
import { openNode } from '../redis/node.ts';
import { connectionTo } from './settings.ts';

/**
 * True afterwards, where nothing is returned: INFO of the server says whether its node is drained.
 * @returns why not. Never rejects.
 */
export const whyServerUntold = async (
  settings: Settings,
  at: Endpoint,
  isDrained: boolean,
): Promise<string | undefined> => {
  const node = openNode(connectionTo(settings, at));
  try {
    await node.tellDrained(isDrained);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    node.close();
  }
};

/** The same for whoever can do nothing about it: the other node does not see then that this one is drained. */
export const tellServer = async (settings: Settings, at: Endpoint, isDrained: boolean): Promise<void> => {
  await whyServerUntold(settings, at, isDrained);
};

/** True afterwards: a pause whose time is over is gone, and was told to be. Never rejects: its file counts for nothing. */
export const endOverdue = async (place: Place, log: Log, journal: Journal): Promise<void> => {
  try {
    if (!(await removePaused(place))) return;
    const fields = { what: 'pause', why: 'its time is over' };
    log.warn('resumed', fields);
    await journal.append({ event: 'resumed', ...fields });
  } catch (error) {
    log.warn('state-not-written', { problem: String(error) });
  }
};
