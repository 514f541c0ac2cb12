/** For a command that finds nothing to save. */
import type { Rescuer } from '../../../src/app/ports.ts';

const never = (): Promise<never> => Promise.reject(new Error('there is nothing to save'));

export const NO_RESCUER: Rescuer = {
  read: never,
  saveSuffix: never,
  saveDataset: never,
  replay: never,
  findReplayed: never,
  hurryCopy: never,
  bytesOf: never,
  whyNotFromNothing: never,
  graft: never,
};
