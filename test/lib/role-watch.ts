/** Which servers changed their role, one after the other, while something else goes on: roles are not to go to and fro. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from './redis.ts';
import { infoMap } from './resp.ts';

const EVERY_MS = 20;

interface Seen {
  readonly run: string | undefined;
  readonly role: string | undefined;
}

const look = async (server: RedisServer): Promise<Seen | undefined> => {
  try {
    const [info] = await server.askAll([['INFO', 'everything']]);
    const fields = infoMap(String(info));
    return { run: fields.get('run_id'), role: fields.get('role') };
  } catch {
    return undefined;
  }
};

export interface RoleWatch {
  /** Such as `b master`, in their order. A server that restarts with another role has not changed it. */
  readonly changes: readonly string[];
  stop(): Promise<void>;
}

export function watchRoles(servers: readonly RedisServer[]): RoleWatch {
  const changes: string[] = [];
  const ending = new AbortController();
  const watch = async (server: RedisServer): Promise<void> => {
    let last: Seen | undefined;
    while (!ending.signal.aborted) {
      const seen = await look(server);
      if (seen?.role !== undefined) {
        if (last?.run === seen.run && last?.role !== seen.role) changes.push(`${server.host.name} ${seen.role}`);
        last = seen;
      }
      await pause(EVERY_MS);
    }
  };
  const watching = Promise.all(servers.map(watch));
  return {
    changes,
    async stop() {
      ending.abort();
      await watching;
    },
  };
}
