/** The cost of one check: redisha's, the script's, and the floors beneath both. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EXECUTABLE, scripts } from '../test/lib/implementation.ts';
import { RedisServer } from '../test/lib/redis.ts';
import { World } from '../test/lib/world.ts';

/** What the build makes of an empty program: no executable of this kind starts faster. */
const EMPTY = fileURLToPath(new URL('../dist/empty', import.meta.url));
const PROGRAM = fileURLToPath(new URL('startup-process.ts', import.meta.url));

/** Times of every command in ms, by name. */
export async function measureStartup(turns: number): Promise<ReadonlyMap<string, readonly number[]>> {
  const world = await World.create();
  try {
    const host = await world.addHost('bench', '192.168.72.11', 'eno16777736');
    await scripts.install(host);
    const check = ['127.0.0.1', '6379'];
    const floor = existsSync(EMPTY) ? ([['empty executable', [EMPTY]]] as const) : [];
    const commands = new Map<string, readonly string[]>([
      ...floor,
      ['redisha check', [EXECUTABLE, 'check', ...check]],
      ['redis_check.sh', ['/usr/local/redis/sh/redis_check.sh', ...check]],
      ['redis-cli PING', ['redis-cli', '-h', '127.0.0.1', '-p', '6379', 'PING']],
    ]);
    const redis = new RedisServer(host);
    await redis.start();
    const argv = [process.execPath, PROGRAM, JSON.stringify([turns, [...commands.values()]])];
    const done = await host.run(argv, { timeoutMs: 120_000 });
    if (done.code !== 0) throw new Error(done.stderr);
    const times = JSON.parse(done.stdout) as readonly (readonly number[])[];
    return new Map([...commands.keys()].map((name, place) => [name, times[place] ?? []]));
  } finally {
    await world.close();
  }
}
