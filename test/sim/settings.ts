/** The options of the product, as they are where nobody has set any. */
import { loadSettings } from '../../src/config/load.ts';
import type { Policy } from '../../src/core/model.ts';
import type { Base } from './words.ts';

/** Whatever this machine has been configured with. */
const NO_FILE = '/dev/null';

export const SETTINGS = await loadSettings({
  flags: {},
  env: {},
  configFile: NO_FILE,
  readRedisConf: () => Promise.reject(new Error('no redis.conf is named')),
});

export const policyIn = ({ config, faults }: Base): Policy => ({
  ...SETTINGS.policy,
  onDiverged: config.onDiverged,
  peerMasterTimeoutMs: config.peerMasterTimeoutMs,
  ...(faults.proceeds === true ? ({ onStale: 'promote', onRescueFailure: 'proceed' } as const) : {}),
});
