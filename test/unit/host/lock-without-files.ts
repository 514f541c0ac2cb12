/** Opens files until it may have no more, and says whether somebody has the lock of a port. */
import { openSync } from 'node:fs';
import { isLocked } from '../../../src/host/lock.ts';

const [port, directory] = process.argv.slice(2);
const look = (): Promise<boolean> => isLocked(Number(port), directory);
const before = await look();
let problem: unknown;
while (problem === undefined) {
  try {
    openSync('/dev/null', 'r');
  } catch (error) {
    problem = error;
  }
}
process.stdout.write(`${String(before)} ${String((problem as NodeJS.ErrnoException).code)} ${String(await look())}\n`);
