/** A real keepalived on a host: VRRP only, in the foreground, its log captured. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './host.ts';
import type { OutputLine, Running } from './process.ts';
import { isThere, lastFetched, type Missing } from './suites/programs.ts';
import { waitFor } from './wait.ts';

/** This machine's own, or what `REDISHA_TEST_KEEPALIVED` names, such as `sid/keepalived`. */
export const keepalivedProgram = (): string => {
  const id = process.env['REDISHA_TEST_KEEPALIVED'];
  if (id === undefined) return 'keepalived';
  const found = lastFetched().find((one) => one.id === id);
  if (found === undefined || !isThere(found)) throw new Error(`REDISHA_TEST_KEEPALIVED: ${id} is not here`);
  return join(found.bin, 'keepalived');
};

/** Where keepalived stands on a host, for a test that is about more than one. */
export interface Program {
  readonly title: string;
  readonly path: string;
}

/** This machine's own keepalived and those of the other suites, each version once; and what cannot be had here. */
export const everyKeepalived = (): { readonly here: readonly Program[]; readonly missing: readonly Missing[] } => {
  const path = keepalivedProgram();
  const { stderr } = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
  });
  const own = /Keepalived v([\d.]+)/.exec(stderr ?? '')?.[1] ?? 'of this machine';
  const fetched = lastFetched().filter(({ product }) => product === 'keepalived');
  const others = fetched.filter(isThere).filter(({ version }) => version !== own);
  return {
    here: [
      { title: `keepalived ${own}`, path },
      ...others.map(({ title, bin }) => ({ title, path: join(bin, 'keepalived') })),
    ],
    missing: fetched.filter((one): one is Missing => !isThere(one)),
  };
};

const CONF = '/etc/keepalived/keepalived.conf';
/** What is said of the service besides its unit file. */
const DROP_INS = '/etc/systemd/system/keepalived.service.d';
/** By default systemd waits for so long. Source: systemd-system.conf(5), DefaultTimeoutStopSec. */
const STOP_MS = 90_000;

export type VrrpState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP' | 'INIT';

export class Keepalived {
  readonly host: Host;
  readonly #conf: string;
  readonly #program: string;
  #process: Running | undefined;

  /** `conf` is the text of keepalived.conf, taken as it is. */
  constructor(host: Host, conf: string, program = keepalivedProgram()) {
    this.host = host;
    this.#conf = conf;
    this.#program = program;
  }

  get running(): boolean {
    return this.#process !== undefined && !this.#process.over;
  }

  /** keepalived's own process, as the machine counts. */
  get pid(): number {
    return this.#process?.program ?? 0;
  }

  /** What it said since its last start, each line with its moment. */
  get lines(): readonly OutputLine[] {
    return this.#process?.lines ?? [];
  }

  /** Everything keepalived said since its last start. */
  get log(): string {
    return this.#process?.text ?? '';
  }

  /** The state of the (only) VRRP instance, as keepalived last said it. */
  get vrrpState(): VrrpState {
    if (!this.running) return 'STOP';
    const said = [...this.log.matchAll(/Entering (MASTER|BACKUP|FAULT) STATE/g)].at(-1)?.[1];
    return (said as VrrpState | undefined) ?? 'INIT';
  }

  /**
   * keepalived runs on its configuration. `-P` (VRRP only), because a kernel without IPVS cannot serve the file's
   * `virtual_server` blocks; they are parsed all the same.
   */
  async start(): Promise<void> {
    mkdirSync(this.host.file('/etc/keepalived'), { recursive: true });
    writeFileSync(this.host.file(CONF), this.#conf, { mode: 0o644 });
    // Debian's 2.3 does nothing without the file. Its package has it.
    writeFileSync(this.host.file('/etc/keepalived/keepalived.config-opts'), '');
    const files = ['-p', '/run/keepalived.pid', '-r', '/run/keepalived-vrrp.pid'];
    this.#process = await this.host.spawn(
      [this.#program, '--vrrp', '--dont-fork', '--log-console', '--log-detail', '-f', CONF, ...files],
      { TMPDIR: '/run' },
    );
    await waitFor(
      `keepalived on ${this.host.name}`,
      { deadlineMs: 10_000, everyMs: 20 },
      () => this.log,
      (log) => log.includes('Startup complete') || log.includes('STATE'),
    );
  }

  /** SIGTERM, as a service manager stops it: the address is given up with a last advert, then `notify_stop` runs. */
  async stop(): Promise<void> {
    await this.#process?.stop('SIGTERM', 15_000);
  }

  /**
   * As `systemctl stop keepalived` does it: each command of `ExecStop` to its end, then SIGTERM. A command that begins with `-` may
   * fail. Source: systemd.service(5), ExecStop and table 1. @returns what the commands said
   */
  async stopService(): Promise<string> {
    const directory = this.host.file(DROP_INS);
    const texts = existsSync(directory)
      ? readdirSync(directory).map((name) => readFileSync(join(directory, name)))
      : [];
    const commands = texts.flatMap((text) => [...String(text).matchAll(/^ExecStop=-(.+)$/gm)].map(([, argv]) => argv));
    let said = '';
    for (const command of commands) {
      const { stdout, stderr } = await this.host.run((command ?? '').split(' '), { timeoutMs: STOP_MS });
      said += stdout + stderr;
    }
    await this.stop();
    return said;
  }

  /** SIGHUP: the configuration is read again. */
  reload(): void {
    this.#process?.signal('SIGHUP');
  }

  /** SIGKILL of the parent: its children see that and end too. */
  async kill(): Promise<void> {
    await this.#process?.stop('SIGKILL');
  }
}
