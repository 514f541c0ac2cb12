/**
 * How long programs take from start to end, taken in turns so that a busy machine is as unkind to one as to the other.
 * Runs on a host. argv: the turns and the command lines as JSON. stdout: for each command its times in ms, as JSON.
 */
import { spawnSync } from 'node:child_process';

const [turns, commands] = JSON.parse(process.argv[2] ?? '[0,[]]') as [number, readonly (readonly string[])[]];
const times: number[][] = commands.map(() => []);
for (let turn = 0; turn < turns; turn += 1) {
  for (const [place, [file = '', ...args]] of commands.entries()) {
    const fromNs = process.hrtime.bigint();
    const done = spawnSync(file, args, { stdio: 'ignore' });
    const ms = Number(process.hrtime.bigint() - fromNs) / 1e6;
    if (done.error !== undefined) throw done.error;
    times[place]?.push(ms);
  }
}
process.stdout.write(JSON.stringify(times));
