/** How long a command waits for a server: what follows from the options. */
import type { WatchPolicy } from '../core/watch/step.ts';
import type { CheckSettings, Settings } from './settings.ts';

export interface Deadlines {
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
}

/** What a check keeps of its deadline for starting up, judging and writing down. */
const RESERVE_MS = 200;
const COMMAND_MIN_MS = 100;

/** After so long a check that looks once judges by what it has seen. */
export const lookDeadlineMs = ({ deadlineMs }: CheckSettings): number => deadlineMs - RESERVE_MS;

export const checkDeadlines = (check: CheckSettings): Deadlines => ({
  connectTimeoutMs: check.connectTimeoutMs,
  commandTimeoutMs: Math.max(COMMAND_MIN_MS, lookDeadlineMs(check) - check.connectTimeoutMs),
});

/** The resident waits for an answer as long as it may believe in one; what is too long, it decides itself. */
export const watchDeadlines = ({ connectTimeoutMs, watch }: CheckSettings): Deadlines => ({
  connectTimeoutMs,
  commandTimeoutMs: 2 * watch.busyMs,
});

/** So often within the time after which a silent peer is replaced: most of that is over when this node gets the address. */
const HEIR_LOOKS = 2;

export const watchPolicy = ({ check, policy }: Settings): WatchPolicy => ({
  ...check.watch,
  heirMs: policy.frozenTimeoutMs / HEIR_LOOKS,
});

/** A command that changes roles waits no longer for the peer than it takes to call it gone, or frozen. */
export const peerDeadlines = ({ connection, policy }: Settings): Deadlines => ({
  connectTimeoutMs: Math.min(connection.connectTimeoutMs, connection.goneTimeoutMs),
  commandTimeoutMs: Math.min(connection.commandTimeoutMs, policy.frozenTimeoutMs),
});
