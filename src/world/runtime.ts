/** What a command of keepalived's can ask of the real world. Each part of it is loaded by the command that asks. */
import type { Runtime, Signals } from '../cli/runtime.ts';
import { knowsName } from '../host/names.ts';
import type { OwnScript } from './check.ts';
import { tell } from './tell.ts';

export const runtimeOf = (signals: Signals, ownScript: OwnScript): Runtime => ({
  get signal() {
    return signals.signal;
  },
  signalExit: signals.signalExit,
  tell,
  configured: async (...args) => (await import('./settings.ts')).configuredIn(...args),
  knowsName,
  openCheck: async (...args) => (await import('./check.ts')).openCheck(ownScript, ...args),
  watch: async (words, options) =>
    (await import('./staying.ts')).runWatch({ words, options, ownScript, signal: signals.signal }),
  attend: async (pair, options) => (await import('./staying.ts')).attend({ pair, options, signal: signals.signal }),
  checkReading: async (...args) => (await import('./read-check.ts')).checkReading(...args),
  openChange: async (...args) => (await import('./change.ts')).openChange(...args),
  openRecord: async (...args) => (await import('./change.ts')).openRecord(...args),
});
