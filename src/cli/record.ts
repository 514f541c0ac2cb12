/** `fault` and `stop` as far as they only record: no Redis is spoken to. */
import { EXIT } from '../errors.ts';
import type { VrrpState } from '../core/model.ts';
import type { Exit } from './exits.ts';
import { exitOfAll, exitWith } from './exits.ts';
import { pairsMeant } from './meant.ts';
import type { CommonOptions } from './options.ts';
import type { Runtime } from './runtime.ts';
import type { PairWords } from './words.ts';

const VRRP_STATES = { fault: 'FAULT', stop: 'STOP' } as const satisfies Record<string, VrrpState>;

/**
 * Without words nobody says which port is meant. One port is known, or one is configured: that one. With several, the
 * event is only logged, since a wrong record would mislead the check of another instance.
 */
export const runRecord = async (
  runtime: Runtime,
  command: 'fault' | 'stop',
  pair: PairWords | undefined,
  options: CommonOptions,
): Promise<Exit> => {
  const session = await runtime.openRecord(command, pair?.port, options);
  const { configuredPort, log } = session;
  const knownPorts = configuredPort === undefined ? await session.knownPorts() : [configuredPort];
  const port = knownPorts.length === 1 ? knownPorts[0] : undefined;
  log(command, { vrrpState: VRRP_STATES[command], port, knownPorts });
  if (port === undefined) {
    return exitWith(
      EXIT.done,
      `${command}: logged; which of the ports ${knownPorts.join(', ') || '(none yet)'} is meant is not said`,
    );
  }
  const { remembered, announce } = session.at(port);
  const known = remembered === undefined ? undefined : { local: remembered.local, peer: remembered.peer, port };
  await announce(command, VRRP_STATES[command], pair ?? known);
  return exitWith(EXIT.done, `${command}: recorded for port ${String(port)}`);
};

/** `stop` for each of the pairs. */
export const recordStop = async (
  runtime: Runtime,
  words: readonly string[],
  options: CommonOptions,
  name = 'stop',
): Promise<Exit> => {
  const pairs = await pairsMeant(runtime, words, name, options);
  return exitOfAll(await Promise.all(pairs.map((pair) => runRecord(runtime, 'stop', pair, options))));
};
