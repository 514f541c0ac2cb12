/** Logs one warning and one event below the level, so that a test can see all that it does to files and streams. */
import { RedishaError } from '../../../src/errors.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { openLog } from '../../../src/host/log.ts';

const [file = '', format = '', toStderr = ''] = process.argv.slice(2);
const log = await openLog({
  file,
  format: format === 'json' ? 'json' : 'text',
  level: 'info',
  command: 'master',
  toStderr: toStderr === 'yes',
  clock: systemClock,
});
log.debug('told');
log.warn('step-failed', {
  rule: 230,
  why: 'the "peer"\nis dead',
  password: 'hunter2',
  pair: { masterauth: 'hunter2', up: true },
});
log.info('end', { error: new RedishaError('LINK_DOWN', 'the link is down'), empty: '', none: undefined });
