/** `redisha watch` on a host and the shell that guards it, by the pids that the host itself knows. */
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
  readonly guard: number;
}

const seen = (host: Host, log: string): Partial<Residents> => {
  const pids = readdirSync(host.file('/proc'))
    .filter((name) => /^\d+$/.test(name) && wordsOf(host, name).includes('watch'))
    .map(Number);
  const atWork = Number([...log.matchAll(/watching ports=\S+ pid=(\d+)/g)].at(-1)?.[1]);
  const [guard] = pids.filter((pid) => pid !== atWork);
  return pids.length === 2 && pids.includes(atWork) && guard !== undefined ? { atWork, guard } : {};
};

/** Both are there. `log` is redisha's own on that host. */
export const residentsOf = async (host: Host, log: () => string, deadlineMs: number): Promise<Residents> => {
  const { atWork = 0, guard = 0 } = await waitFor(
    `a resident and its guard on ${host.name}`,
    { deadlineMs, everyMs: 20 },
    () => seen(host, log()),
    (found) => found.guard !== undefined,
  );
  return { atWork, guard };
};
