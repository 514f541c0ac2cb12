/** The two processes of `redisha watch` on a host, by the pids that the host itself knows. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Host } from './host.ts';
import { waitFor } from './wait.ts';

const wordsOf = (host: Host, pid: string): readonly string[] => {
  try {
    return readFileSync(host.file(`/proc/${pid}/cmdline`), 'utf8').split('\0');
  } catch {
    return [];
  }
};

export interface Residents {
  readonly atWork: number;
  readonly standby: number;
}

const seen = (host: Host, log: string): Partial<Residents> => {
  const pids = readdirSync(host.file('/proc'))
    .filter((name) => /^\d+$/.test(name) && wordsOf(host, name)[1] === 'watch')
    .map(Number);
  const atWork = Number([...log.matchAll(/watching ports=\S+ pid=(\d+)/g)].at(-1)?.[1]);
  const [standby] = pids.filter((pid) => pid !== atWork);
  return pids.length === 2 && pids.includes(atWork) && standby !== undefined ? { atWork, standby } : {};
};

/** Both are there. `log` is redisha's own on that host. */
export const residentsOf = async (host: Host, log: () => string, deadlineMs: number): Promise<Residents> => {
  const { atWork = 0, standby = 0 } = await waitFor(
    `two residents on ${host.name}`,
    { deadlineMs, everyMs: 20 },
    () => seen(host, log()),
    (found) => found.standby !== undefined,
  );
  return { atWork, standby };
};
