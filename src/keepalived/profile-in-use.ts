/** By which profile a keepalived.conf goes, told by its timings: whoever wrote it. */
import { PROFILE_NAMES, type ProfileName } from '../core/blueprint.ts';
import { findInstance, type VrrpInstance, type Wanted } from './conf.ts';
import type { KeepalivedConf } from './parse.ts';
import { PROFILES, type Profile } from './profiles.ts';

const isCheckedAs = ({ check }: Profile, { scripts, files }: VrrpInstance): boolean =>
  check === undefined
    ? files.length > 0
    : scripts.some(({ intervalMs, fall }) => intervalMs === check.intervalS * 1000 && fall === check.fall);

/** `undefined` where the timings are none of ours, or it does not tell which instance is meant. */
export const profileInUse = (conf: KeepalivedConf, pair: Wanted): ProfileName | undefined => {
  const instance = findInstance(conf, pair);
  if (instance === undefined) return undefined;
  return PROFILE_NAMES.find((name) => {
    const profile = PROFILES[name];
    return Number(profile.advertS) * 1000 === instance.advertMs && isCheckedAs(profile, instance);
  });
};
