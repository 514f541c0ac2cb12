/** The process that keepalived starts for a check that stays: it looks at nothing, and keeps a check running that does. */
import type { CheckEnd, Loss, StartedCheck } from '../app/respawn.ts';
import { respawn } from '../app/respawn.ts';
import type { Log } from '../app/ports.ts';
import type { CheckOptions } from '../cli/runtime.ts';
import type { Endpoint } from '../core/model.ts';
import { EXIT } from '../errors.ts';
import { systemClock } from '../host/clock.ts';
import { isRunningWith } from '../host/process-table.ts';
import type { End } from '../host/spawn.ts';
import { startChild } from '../host/spawn.ts';
import { tellKeepalived } from '../host/track-file.ts';
import type { OwnScript } from './check.ts';
import { holdOf } from './held-check.ts';
import { optionWords, settingsFor } from './settings.ts';

/** An empty one. */
const NO_FILE = '/dev/null';

/** When no check could look for so long, the node is not fit: nobody would notice that Redis has died. */
const BLIND_MS = 15_000;

const endOf = (end: End): CheckEnd => {
  if ('error' in end) return { kind: 'failed', why: `not started: ${end.error}` };
  if ('signal' in end) return { kind: 'killed', why: `ended by ${end.signal}` };
  const isVerdict = end.code === EXIT.done || end.code === EXIT.unfit;
  return { kind: isVerdict ? 'verdict' : 'failed', why: `ended with exit code ${String(end.code)}` };
};

const checkWords = (at: Endpoint, options: CheckOptions): readonly string[] => [
  'check',
  '--started-by',
  `${String(process.pid)},${String(process.ppid)}`,
  '--hold',
  options.hold ?? '',
  '--track-file',
  options.trackFile ?? '',
  ...optionWords(options),
  at.host,
  String(at.port),
];

/** Where the configuration cannot be read, that is why the check has ended, and the log is where it is by default. */
const openLog = async (at: Endpoint, options: CheckOptions): Promise<Log> => {
  const { logFor } = await import('./log.ts');
  const port = String(at.port);
  const settings = await settingsFor(options, { port }).catch(() =>
    settingsFor({ ...options, config: NO_FILE }, { port }),
  );
  return logFor(settings, options, 'check');
};

const mourn = async (at: Endpoint, options: CheckOptions, { kind, why, againInMs, blindMs }: Loss): Promise<void> => {
  const { trackFile = '' } = options;
  const isBlind = blindMs >= BLIND_MS && isRunningWith(['--started-by', trackFile]) !== true;
  const untold = isBlind ? tellKeepalived(trackFile, false) : undefined;
  const log = await openLog(at, options);
  const hint = kind === 'failed' ? `redisha check ${at.host} ${String(at.port)}` : undefined;
  log.warn('check-ended', { port: at.port, why, againInMs, hint });
  if (isBlind) log.error('unfit', { port: at.port, why: 'no check can look at this node', untold });
};

/** Resolves when `--hold` is over, or with the signal. @throws {RedishaError} USAGE */
export const keepChecking = async (
  ownScript: OwnScript,
  signal: AbortSignal,
  at: Endpoint,
  options: CheckOptions,
): Promise<void> => {
  const untilMs = systemClock.nowMs() - 1000 * process.uptime() + holdOf(options.hold ?? '');
  const copy = { script: await ownScript(), args: checkWords(at, options), env: process.env };
  const start = (): StartedCheck => {
    const { spoke, ended, kill } = startChild(copy);
    return { looked: spoke, ended: ended.then(endOf), end: kill };
  };
  const onLost = (loss: Loss): void => {
    mourn(at, options, loss).catch((error: unknown) => {
      process.stderr.write(`redisha: ${loss.why}; ${String(error)}\n`);
    });
  };
  await respawn({ clock: systemClock, start, signal, onLost }, untilMs);
};
