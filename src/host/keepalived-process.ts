/** The keepalived that runs on this host, by its pid file and the kernel. It is looked at from outside: nothing is sent to it. */
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { networkOf } from './process-table.ts';

/** Source: keepalived.8, -p; lib/pidfile.c: `/run/keepalived.pid`, older ones in /var/run, which is the same directory. */
const PID_FILE = '/run/keepalived.pid';

interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** A zombie, or gone by now. */
  readonly isDead: boolean;
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

/** Source: proc(5), /proc/[pid]/stat: pid, name in brackets, state, parent. */
const statOf = (pid: number): Found | undefined => {
  const [, name = '', state = '', parent] = /^\d+ \((.*)\) (\S) (\d+) /.exec(read(`/proc/${String(pid)}/stat`)) ?? [];
  return parent === undefined ? undefined : { pid, parent: Number(parent), name, isDead: 'ZX'.includes(state) };
};

/** Its scripts run as processes of its own, and `exec` keeps them so. A child of keepalived may be called keepalived_vrrp. */
export const isStartedByKeepalived = (): boolean => statOf(process.ppid)?.name.startsWith('keepalived') === true;

/** Other programs begin with its name, such as those that count what it does. */
const livesAsKeepalived = (found: Found | undefined): found is Found => found?.name === 'keepalived' && !found.isDead;

/** Those that no other keepalived has started. */
const parents = (): readonly Found[] => {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => statOf(Number(pid)))
    .filter(livesAsKeepalived);
  return all.filter(({ parent }) => !all.some(({ pid }) => pid === parent));
};

/** In how many process tables it stands: one of a container stands in that of the container too. Source: proc(5), NSpid. */
const depthOf = (pid: number | 'self'): number =>
  /^NSpid:(.*)$/m
    .exec(read(`/proc/${String(pid)}/status`))?.[1]
    ?.trim()
    .split(/\s+/).length ?? 1;

/** One that is a zombie, or in a container of this host, does not count. */
export const keepalivedRuns = (): boolean => {
  const [pid = ''] = read(PID_FILE).trim().split(/\s+/);
  if (/^\d+$/.test(pid) && livesAsKeepalived(statOf(Number(pid)))) return true;
  const depth = depthOf('self');
  try {
    return parents().some((found) => depthOf(found.pid) === depth);
  } catch {
    return false;
  }
};

/** One of another network, such as that of a container, has addresses of its own. Of a stranger's process nobody may know. */
const isInThisNetwork = ({ pid }: Found): boolean => (networkOf(pid) ?? networkOf('self')) === networkOf('self');

/** Source: keepalived(8), -i, --config-id: by default the host's name without its domain. */
export const configIdIn = (argv: readonly string[], host: string): string => {
  const said = argv.flatMap((word, at) => {
    const [, joined] = /^(?:-i|--config-id=)(.+)$/.exec(word) ?? [];
    if (joined !== undefined) return [joined];
    return word === '-i' || word === '--config-id' ? argv.slice(at + 1, at + 2) : [];
  });
  return said.at(-1) ?? host.split('.')[0] ?? host;
};

/** By which word lines of keepalived.conf are for this host (`@word`); `undefined` where not one keepalived runs here. */
export const runningConfigId = (): string | undefined => {
  try {
    const [one, ...more] = parents().filter(isInThisNetwork);
    if (one === undefined || more.length > 0) return undefined;
    const argv = readFileSync(`/proc/${String(one.pid)}/cmdline`, 'utf8').split('\0');
    return configIdIn(argv.slice(1), hostname());
  } catch {
    return undefined;
  }
};
