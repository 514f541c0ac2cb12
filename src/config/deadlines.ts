/** How long a command waits for a server: what follows from the options. */
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

/** A held check waits for an answer as long as it may believe in one; what is too long, it decides itself. */
export const checkDeadlines = (check: CheckSettings, held: boolean): Deadlines => {
  const { connectTimeoutMs, hold } = check;
  const commandTimeoutMs = held ? 2 * hold.busyMs : Math.max(COMMAND_MIN_MS, lookDeadlineMs(check) - connectTimeoutMs);
  return { connectTimeoutMs, commandTimeoutMs };
};

/** A command that changes roles waits no longer for the peer than it takes to call it gone, or frozen. */
export const peerDeadlines = ({ connection, policy }: Settings): Deadlines => ({
  connectTimeoutMs: Math.min(connection.connectTimeoutMs, connection.goneTimeoutMs),
  commandTimeoutMs: Math.min(connection.commandTimeoutMs, policy.frozenTimeoutMs),
});
