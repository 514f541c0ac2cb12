/** The world of `check --for read`. */
import { checkReading as check } from '../app/reading.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { Endpoint, NodeView } from '../core/model.ts';
import type { ReadingVerdict } from '../core/readable.ts';
import { systemClock } from '../host/clock.ts';
import { within } from '../host/deadline.ts';
import { openNode } from '../redis/node.ts';
import { connectionTo, settingsFor } from './settings.ts';

/** What is kept of the deadline for starting up and judging. */
const RESERVE_MS = 200;
const COMMAND_MIN_MS = 100;

const TOO_LATE: NodeView = { kind: 'frozen', why: 'no answer before the deadline of the check' };

export const checkReading = async (at: Endpoint, options: CommonOptions): Promise<ReadingVerdict> => {
  const settings = await settingsFor(options, { port: String(at.port) });
  const { deadlineMs, connectTimeoutMs, readLagMaxBytes } = settings.check;
  const commandTimeoutMs = Math.max(COMMAND_MIN_MS, deadlineMs - connectTimeoutMs - RESERVE_MS);
  const endMs = systemClock.nowMs() + deadlineMs - RESERVE_MS;
  const look = (endpoint: Endpoint): Promise<NodeView> => {
    const looking = openNode(connectionTo(settings, endpoint, { connectTimeoutMs, commandTimeoutMs })).look();
    return within(Math.max(0, endMs - systemClock.nowMs()), looking, TOO_LATE);
  };
  return check({ look, lagMaxBytes: readLagMaxBytes }, at);
};
