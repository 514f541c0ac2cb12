/**
 * One host of a world: its own network card, PID table, host name and disk (overlays of the directories in which redisha,
 * Redis and keepalived keep their files, so that two hosts on one machine share nothing but the programs).
 *
 * A host can lose its power (`kill`) and boot again: the disk stays, processes and `/run` do not.
 */
import { readFileSync } from 'node:fs';
import { apart, innermostPid, inside, SERVE } from './namespaces.ts';
import { type Finished, Running, type RunOptions, run, runOk } from './process.ts';
import { waitFor } from './wait.ts';

/** The switch that the host is on: the process that holds its namespaces, and `ip` beside it. */
interface Network {
  readonly pid: number;
  ip(batch: readonly string[]): Promise<void>;
  onSwitch(argv: readonly string[]): readonly string[];
}

interface HostPlace {
  readonly network: Network;
  readonly name: string;
  readonly address: string;
  readonly device: string;
}

/** Directories that a host may write below without the machine noticing. */
const OVERLAID = ['/etc', '/usr/local', '/var/lib', '/var/log'];

/** Directories that are empty on a new host, whatever the machine has there. */
const EMPTY = [
  '/etc/keepalived',
  '/etc/redis',
  '/etc/redisha',
  '/usr/local/redis',
  '/var/lib/redis',
  '/var/lib/redisha',
  '/var/log/redisha',
];

const BOOT_SCRIPT = `set -e
hostname "$1"
disk=/run/disks/$1
for dir in ${OVERLAID.join(' ')}; do
  mkdir -p "$disk/over$dir/upper" "$disk/over$dir/work"
  mount -t overlay overlay -o "lowerdir=$dir,upperdir=$disk/over$dir/upper,workdir=$disk/over$dir/work" "$dir"
done
for dir in ${EMPTY.join(' ')}; do
  mkdir -p "$disk/own$dir" "$dir"
  mount --bind "$disk/own$dir" "$dir"
done
mount -t tmpfs -o mode=755 tmpfs /run
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || :
ip link set lo up
${SERVE}`;

const ports = (verb: 'add' | 'del', address: string, port: number): readonly string[] =>
  ['dport', 'sport'].map((end) => `rule ${verb} pref 1 to ${address} ipproto tcp ${end} ${port} blackhole`);

export class Host {
  readonly name: string;
  readonly address: string;
  readonly device: string;
  readonly #network: Network;
  #holder: Running | undefined;
  #pid = 0;

  constructor(place: HostPlace) {
    this.#network = place.network;
    this.name = place.name;
    this.address = place.address;
    this.device = place.device;
  }

  get up(): boolean {
    return this.#holder !== undefined && !this.#holder.over;
  }

  /** The host runs, its card is on the switch and has its address. */
  async boot(): Promise<void> {
    const machine = apart(['sh', '-c', BOOT_SCRIPT, 'sh', this.name], { outermost: false });
    this.#holder = new Running(inside(this.#network.pid, ['net', 'mount', 'pid'], machine));
    await this.#holder.said('boot', 10_000, (text) => text === 'ready');
    this.#pid = innermostPid(this.#holder.pid);
    await this.#network.ip([
      `link add ${this.#port} type veth peer name ${this.device} netns ${this.#pid}`,
      `link set ${this.#port} master switch up`,
    ]);
    await this.ip([`address add ${this.address}/24 brd + dev ${this.device}`, `link set ${this.device} up`]);
  }

  /** Power off: silence on the wire first (a dying kernel sends no FIN), then the end of every process. */
  async kill(): Promise<void> {
    if (!this.up) return;
    await this.unplug();
    process.kill(this.#pid, 'SIGKILL');
    await this.gone();
    // The kernel takes the card down with the host, but in its own time: a boot must not meet the old one.
    await run(this.#network.onSwitch(['ip', 'link', 'delete', this.#port]));
  }

  async gone(): Promise<void> {
    await waitFor(
      `the end of ${this.name}`,
      { deadlineMs: 10_000 },
      () => this.up,
      (up) => !up,
    );
  }

  /** Where a file of the host is for a process of the machine (a Unix socket too). */
  file(path: string): string {
    return `/proc/${this.#pid}/root${path}`;
  }

  enter(argv: readonly string[]): readonly string[] {
    return inside(this.#pid, ['net', 'mount', 'pid', 'uts'], argv);
  }

  run(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return run(this.enter(argv), options);
  }

  /**
   * Why: `nsenter` stops itself when its child is stopped, and would then never reap it, so that a host with a frozen
   * program could not end. The process between the two takes no notice.
   */
  async spawn(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> {
    const child = new Running(this.enter(['unshare', '--fork', '--kill-child', '--', ...argv]), env);
    await child.wraps(2);
    return child;
  }

  async ip(batch: readonly string[]): Promise<void> {
    await runOk(this.enter(['ip', '-batch', '-']), { input: `${batch.join('\n')}\n` });
  }

  /** The address is one of the host's own, now. */
  owns(address: string): boolean {
    if (!this.up) return false;
    const table = readFileSync(`/proc/${this.#pid}/net/fib_trie`, 'utf8');
    return new RegExp(`-- ${address.replaceAll('.', '\\.')}\\n\\s+/32 host LOCAL`).test(table);
  }

  /** Frames to and from the host vanish, while its card still has carrier (a broken switch, a firewall). */
  async unplug(): Promise<void> {
    await this.#network.ip([`link set ${this.#port} nomaster`]);
  }

  async plug(): Promise<void> {
    await this.#network.ip([`link set ${this.#port} master switch`]);
  }

  /** The cable is out: the card loses its carrier. */
  async pullCable(): Promise<void> {
    await this.#network.ip([`link set ${this.#port} down`]);
  }

  async putCableBack(): Promise<void> {
    await this.#network.ip([`link set ${this.#port} up`]);
  }

  /** No advert reaches the host, nor any other multicast; everything else does. */
  async missMulticast(): Promise<void> {
    await this.#network.ip([`link set ${this.#port} type bridge_slave mcast_flood off`]);
  }

  async hearMulticast(): Promise<void> {
    await this.#network.ip([`link set ${this.#port} type bridge_slave mcast_flood on`]);
  }

  /** Nothing leaves the host for this port of that address, nor from its own; connections that are open fall silent. */
  async closePortTo(address: string, port: number): Promise<void> {
    await this.ip(ports('add', address, port));
  }

  async openPortTo(address: string, port: number): Promise<void> {
    await this.ip(ports('del', address, port));
  }

  get #port(): string {
    return `port-${this.name}`;
  }
}
