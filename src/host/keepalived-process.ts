/** The keepalived that runs on this host. It is looked at from outside: nothing is sent to it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

/** Source: proc(5), /proc/[pid]/stat: pid, name in brackets, state, parent. */
const statOf = (pid: number): Found | undefined => {
  try {
    const [, name = '', parent] =
      /^\d+ \((.*)\) \S (\d+) /.exec(readFileSync(`/proc/${String(pid)}/stat`, 'latin1')) ?? [];
    return parent === undefined ? undefined : { pid, parent: Number(parent), name };
  } catch {
    return undefined;
  }
};

const networkOf = (pid: number | 'self'): string | undefined => {
  try {
    return readlinkSync(`/proc/${String(pid)}/ns/net`);
  } catch {
    return undefined;
  }
};

/** One of another network, such as that of a container, has addresses of its own. Of a stranger's process nobody may know. */
const isHere = (pid: number): boolean => (networkOf(pid) ?? networkOf('self')) === networkOf('self');

/** Its scripts run as processes of its own, and `exec` keeps them so. */
export const isStartedByKeepalived = (): boolean => statOf(process.ppid)?.name.startsWith('keepalived') === true;

/** Those that no other keepalived has started. */
const parents = (): readonly number[] => {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => statOf(Number(pid)) ?? [])
    .filter(({ name }) => name.startsWith('keepalived'));
  return all
    .filter(({ parent, pid }) => !all.some((other) => other.pid === parent) && isHere(pid))
    .map(({ pid }) => pid);
};

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
    const [pid, ...more] = parents();
    if (pid === undefined || more.length > 0) return undefined;
    const argv = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
    return configIdIn(argv.slice(1), hostname());
  } catch {
    return undefined;
  }
};
