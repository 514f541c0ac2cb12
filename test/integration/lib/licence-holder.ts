/** Attaches a licence to the server at HOST PORT that is valid for MS, says what comes of it, and keeps it until it is ended. */
import { systemClock } from '../../../src/host/clock.ts';
import { openLicence } from '../../../src/redis/licence-connection.ts';
import { PLAIN } from './plain-connection.ts';

const [host = '', port = '', ms = ''] = process.argv.slice(2);
const licence = openLicence({ ...PLAIN, endpoint: { host, port: Number(port) } });
const endMs = systemClock.nowMs() + Number(ms);
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
licence.onEnded(() => {
  say('ended');
});
say((await licence.attach(() => systemClock.nowMs() < endMs)) ?? 'attached');
process.stdin.resume();
