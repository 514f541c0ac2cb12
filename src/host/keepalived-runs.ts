/** Whether keepalived runs on this host, by its pid file and the kernel. */
import { readdirSync, readFileSync } from 'node:fs';

/** Source: keepalived.8, -p; lib/pidfile.c: `/run/keepalived.pid`, older ones in /var/run, which is the same directory. */
const PID_FILE = '/run/keepalived.pid';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

const isKeepalived = (pid: string): boolean => read(`/proc/${pid}/comm`).trim() === 'keepalived';

/** In how many process tables it stands: one of a container stands in that of the container too. Source: proc(5), NSpid. */
const depthOf = (pid: string): number =>
  /^NSpid:(.*)$/m
    .exec(read(`/proc/${pid}/status`))?.[1]
    ?.trim()
    .split(/\s+/).length ?? 1;

const STATE = /^State:\s+(\S)/m;
const isDead = (pid: string): boolean => 'ZX'.includes(STATE.exec(read(`/proc/${pid}/status`))?.[1] ?? 'X');

const pids = (): readonly string[] => {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
};

/** One that is a zombie, or in a container of this host, does not count. */
export const keepalivedRuns = (): boolean => {
  const [pid] = read(PID_FILE).trim().split(/\s+/);
  if (pid !== undefined && /^\d+$/.test(pid) && isKeepalived(pid) && !isDead(pid)) return true;
  const depth = depthOf('self');
  return pids().some((each) => isKeepalived(each) && !isDead(each) && depthOf(each) === depth);
};
