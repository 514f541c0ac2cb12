/** Where a command line is tried: a private state directory, and a listener in the place of Redis that counts visitors. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { TempDir } from '../lib/loopback.ts';
import type { Finished } from '../lib/process.ts';
import { type Env, redisha } from '../lib/program.ts';

export interface Place {
  readonly dir: string;
  readonly env: Env;
  /** The port of the listener. */
  readonly port: number;
  readonly visits: () => number;
  /** What redisha has made, relative to the place. */
  readonly made: () => readonly string[];
  readonly log: () => string;
  readonly run: (args: readonly string[], env?: Env) => Promise<Finished>;
}

const OWN_FILE = 'redisha.toml';

/** A place that is gone after the test. `toml` is what its configuration says. */
export const openPlace = async (toml = ''): Promise<Place> => {
  const temporary = await TempDir.create();
  const dir = temporary.path;
  onTestFinished(() => temporary.remove());
  writeFileSync(join(dir, OWN_FILE), toml, { mode: 0o600 });
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.on('error', () => undefined).destroy();
  });
  await listening(server);
  onTestFinished(() => void server.close());
  const address = server.address();
  const log = join(dir, 'log', 'redisha.log');
  const env = {
    REDISHA_CONFIG: join(dir, OWN_FILE),
    REDISHA_STATE_DIR: join(dir, 'state'),
    REDISHA_LOG_FILE: log,
    REDISHA_KEEPALIVED_CONF: join(dir, 'keepalived.conf'),
  };
  return {
    dir,
    env,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    visits: () => visits,
    made: () => readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name !== OWN_FILE),
    log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
    run: (args, more = {}) => redisha(args, { ...env, ...more }),
  };
};

const listening = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
