/** Takes the lock, says so, and keeps it until it is ended. */
import { takeLock } from '../../../src/host/lock.ts';

const [port = '', directory = ''] = process.argv.slice(2);
const release = await takeLock(Number(port), directory);
process.stdout.write(release === undefined ? 'held\n' : 'acquired\n');
process.stdin.resume();
