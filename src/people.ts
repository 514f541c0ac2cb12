/**
 * What people call. In the executable it is a bundle of its own, which lies beside the snapshot: no check takes with it
 * what none needs. It shares no module with the other one, so that it hands over plain values only.
 */
import type { Exit } from './cli/exits.ts';
import { runLine } from './cli/line.ts';
import type { PeoplesRuntime, Signals } from './cli/runtime.ts';
import type { OwnScript } from './world/check.ts';
import { runtimeOf } from './world/runtime.ts';

const peoplesRuntime = (signals: Signals, ownScript: OwnScript): PeoplesRuntime => ({
  ...runtimeOf(signals, ownScript),
  knownPair: async (...args) => (await import('./world/known.ts')).knownPair(...args),
  knownPairs: async (...args) => (await import('./world/known.ts')).knownPairs(...args),
  openDrain: async (...args) => (await import('./world/maintenance.ts')).openDrain(...args),
  openMarks: async (...args) => (await import('./world/maintenance.ts')).openMarks(...args),
  hostFacts: async () => (await import('./world/host-facts.ts')).hostFacts(),
  generateConfig: async (...args) => (await import('./world/config.ts')).generateConfig(...args),
  leftoversIn: async (...args) => (await import('./world/place-config.ts')).leftoversIn(...args),
  placeConfig: async (...args) => (await import('./world/place-config.ts')).placeConfig(...args),
  showSettings: async (...args) => (await import('./world/config.ts')).showSettings(...args),
  checkConfig: async (...args) => (await import('./world/config-check.ts')).checkConfig(...args),
  openRescue: async (...args) => (await import('./world/people.ts')).openRescue(...args),
  openStatus: async (...args) => (await import('./world/status.ts')).openStatus(...args),
  openEachStatus: async (...args) => (await import('./world/status.ts')).openEachStatus(...args),
  placeMetrics: async (...args) => (await import('./world/status.ts')).placeMetrics(...args),
  doctorSeen: async (...args) => (await import('./world/doctor.ts')).doctorSeen(...args),
  plannedMends: async (...args) => (await import('./world/mend.ts')).plannedMends(...args),
  forget: async (...args) => (await import('./world/forget.ts')).forget(...args),
  openDrill: async (...args) => (await import('./world/drill.ts')).openDrill(...args),
  writePicture: async (...args) => (await import('./world/picture-file.ts')).writePicture(...args),
  manual: async (page) => (await import('./world/manual.ts')).manual(page),
  completion: async (shell) => (await import('./world/manual.ts')).completion(shell),
  openHistory: async (...args) => (await import('./world/people.ts')).openHistory(...args),
});

/** Carries out any command line (without the executable). Never throws. */
export const runForPeople = (signals: Signals, ownScript: OwnScript, args: readonly string[]): Promise<Exit> =>
  runLine(peoplesRuntime(signals, ownScript), args);
