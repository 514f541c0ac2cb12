/**
 * Hosts as namespaces: one switch (a bridge in a network namespace of its own) and any number of hosts on it.
 *
 * The switch is a process in fresh network, mount and PID namespaces that reads its standard input; each host is another
 * one, nested in it. When the process that made the world ends, however it ends, the input ends, the switch's first
 * process exits, and the kernel takes every process, interface, mount and file of the world with it. All files live on a
 * tmpfs inside the world: nothing is ever written to the machine's own disk. As root it needs nothing else; for other
 * users a user namespace makes them root inside, where the machine allows that.
 */
import { Host } from './host.ts';
import { apart, innermostPid, inside, SERVE } from './namespaces.ts';
import { Running, runOk } from './process.ts';
import { waitFor } from './wait.ts';

const SWITCH_SCRIPT = `set -e
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/disks
ip link add switch type bridge forward_delay 0 stp_state 0 mcast_snooping 0
ip link set lo up
ip link set switch up
${SERVE}`;

export class World {
  readonly #holder: Running;
  readonly #hosts: Host[] = [];
  readonly pid: number;

  private constructor(holder: Running, pid: number) {
    this.#holder = holder;
    this.pid = pid;
  }

  static async create(): Promise<World> {
    const holder = new Running(apart(['sh', '-c', SWITCH_SCRIPT], { outermost: true }));
    await holder.said('the switch ready', 10_000, (text) => text === 'ready');
    return new World(holder, innermostPid(holder.pid));
  }

  /** A booted host with this address on the switch. */
  async addHost(name: string, address: string, device: string): Promise<Host> {
    const host = new Host({ network: this, name, address, device });
    this.#hosts.push(host);
    await host.boot();
    return host;
  }

  /** The argv that runs a program beside the switch, as the machine's own process (its PIDs are the machine's). */
  onSwitch(argv: readonly string[]): readonly string[] {
    return inside(this.pid, ['net'], argv);
  }

  async ip(batch: readonly string[]): Promise<void> {
    await runOk(this.onSwitch(['ip', '-batch', '-']), { input: `${batch.join('\n')}\n` });
  }

  /** Nothing of the world is left: no process, no interface, no mount, no file. */
  async close(): Promise<void> {
    this.#holder.closeInput();
    await waitFor('the end of the world', { deadlineMs: 10_000 }, () => this.#holder.over, Boolean);
    for (const host of this.#hosts) await host.gone();
  }
}
