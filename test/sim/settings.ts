/** The options of the product, as they are where nobody has set any. */
import { loadSettings } from '../../src/config/load.ts';

/** Whatever this machine has been configured with. */
const NO_FILE = '/dev/null';

export const SETTINGS = await loadSettings({
  flags: {},
  env: {},
  configFile: NO_FILE,
  readRedisConf: () => Promise.reject(new Error('no redis.conf is named')),
});
