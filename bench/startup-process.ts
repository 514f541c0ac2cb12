/**
 * How long programs take from start to end, taken in turns so that a busy machine is as unkind to one as to the other.
 * Runs on a host. argv: the turns and what to start as JSON. stdout: for each command its times in ms, as JSON.
 */
import { spawnSync } from 'node:child_process';

export interface Started {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const [turns, commands] = JSON.parse(process.argv[2] ?? '[0,[]]') as [number, readonly Started[]];
const times: number[][] = commands.map(() => []);
for (let turn = 0; turn < turns; turn += 1) {
  for (const [place, { argv, env }] of commands.entries()) {
    const [file = '', ...args] = argv;
    const options = { stdio: 'ignore', env: { ...process.env, ...env } } as const;
    const fromNs = process.hrtime.bigint();
    const done = spawnSync(file, args, options);
    const ms = Number(process.hrtime.bigint() - fromNs) / 1e6;
    if (done.error !== undefined) throw done.error;
    times[place]?.push(ms);
  }
}
process.stdout.write(JSON.stringify(times));
