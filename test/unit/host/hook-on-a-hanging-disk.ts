/** Starts a program twice that lies on a disk which does not answer, and reads a file of another disk meanwhile. */
import { readFile } from 'node:fs/promises';
import { runHook } from '../../../src/host/hook.ts';

const [path = ''] = process.argv.slice(2);
let ticks = 0;
setInterval(() => (ticks += 1), 10);
const program = { path, timeoutMs: 500 };
const words = [await runHook(program), await runHook(program)];
const text = await readFile(import.meta.filename, 'utf8');
const goesOn = ticks > 10 && text !== '' ? 'the file was read, and time went on' : String(ticks);
process.stdout.write(`${words.join('\n')}\n${goesOn}\n`, () => process.kill(process.pid, 'SIGKILL'));
