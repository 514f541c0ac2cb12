/** What a start costs: redisha's check and master, the script's check, and the floors beneath them. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXECUTABLE, scripts } from '../test/lib/implementation.ts';
import { RedisServer } from '../test/lib/redis.ts';
import { World } from '../test/lib/world.ts';
import type { Started } from './startup-process.ts';

/** What the build makes of an empty program: no executable of this kind starts faster. */
const EMPTY = fileURLToPath(new URL('../dist/empty', import.meta.url));
const BUILD = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));
const PROGRAM = fileURLToPath(new URL('startup-process.ts', import.meta.url));

/** `master` finds nothing to do and a peer that refuses connections; its state is not that of the check. */
const ALONE = { REDISHA_PEER_PORT: '1', REDISHA_STATE_DIR: '/run/redisha-master' };

interface Named extends Started {
  readonly name: string;
}

/** Times of every command in ms, by name. */
export async function measureStartup(turns: number): Promise<ReadonlyMap<string, readonly number[]>> {
  const world = await World.create();
  const directory = mkdtempSync(join(tmpdir(), 'redisha-startup-'));
  // How a file came to the disk shows in its start, so that both are copied here as an installation copies them.
  const installed = (executable: string): string => {
    const copy = join(directory, basename(executable));
    copyFileSync(executable, copy);
    return copy;
  };
  try {
    const host = await world.addHost('bench', '192.168.72.11', 'eno16777736');
    await scripts.install(host);
    const check = ['127.0.0.1', '6379'];
    execFileSync(process.execPath, [BUILD, '--empty']);
    const [empty, redisha] = [installed(EMPTY), installed(EXECUTABLE)];
    const started: readonly Named[] = [
      { name: 'empty executable', argv: [empty] },
      { name: 'redisha check', argv: [redisha, 'check', ...check] },
      { name: 'redisha master', argv: [redisha, 'master', '127.0.0.1', '127.0.0.2', '6379'], env: ALONE },
      { name: 'redis_check.sh', argv: ['/usr/local/redis/sh/redis_check.sh', ...check] },
      { name: 'redis-cli PING', argv: ['redis-cli', '-h', '127.0.0.1', '-p', '6379', 'PING'] },
    ];
    const redis = new RedisServer(host);
    await redis.start();
    const argv = [process.execPath, PROGRAM, JSON.stringify([turns, started])];
    const done = await host.run(argv, { timeoutMs: 120_000 });
    if (done.code !== 0) throw new Error(done.stderr);
    const times = JSON.parse(done.stdout) as readonly (readonly number[])[];
    return new Map(started.map(({ name }, place) => [name, times[place] ?? []]));
  } finally {
    await world.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What every start reads, module by module: the bundle in the snapshot, and the one beside it. */
export const explainStartup = (): string =>
  execFileSync(process.execPath, [BUILD, '--size'], { encoding: 'utf8' }).trimEnd();
