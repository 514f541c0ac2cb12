/** A host of a pair as an operator finds it after a shell is open: Redis and keepalived are units, and commands are typed. */
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Host } from './host.ts';
import { redisha } from './implementation.ts';
import { DEVICE } from './pair.ts';
import { Connection, type Reply } from './resp.ts';
import type { Server } from './server.ts';
import { waitFor } from './wait.ts';
import type { World } from './world.ts';

const SYSTEMCTL = fileURLToPath(new URL('../fixtures/harness/systemctl.sh', import.meta.url));
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const SOCKET = '/run/redis.sock';
const ANSWER_MS = 10_000;

export class Operated {
  readonly host: Host;
  /** Of its Redis. */
  password: string;

  private constructor(host: Host, password: string) {
    this.host = host;
    this.password = password;
  }

  /** Redis is installed with a password, and so is redisha; nothing runs yet. */
  static async boot(world: World, name: string, address: string, password: string, server: Server): Promise<Operated> {
    const host = await world.addHost(name, address, DEVICE);
    await redisha.install(host);
    mkdirSync(host.file('/etc/redis'), { recursive: true });
    mkdirSync(host.file('/etc/keepalived'), { recursive: true });
    copyFileSync(SYSTEMCTL, host.file('/usr/local/bin/systemctl'));
    const lines = ['port 6379', 'dir /var/lib/redis', `unixsocket ${SOCKET}`];
    writeFileSync(
      host.file('/etc/redis/redis.conf'),
      `${[...lines, `requirepass ${password}`, `masterauth ${password}`].join('\n')}\n`,
    );
    const operated = new Operated(host, password);
    operated.install(server);
    await operated.type(
      'chmod 755 /usr/local/bin/systemctl; install -m 0600 -o "$(stat -c %U /var/lib/redisha)" /dev/stdin /etc/redisha/password',
      `${password}\n`,
    );
    return operated;
  }

  /** What `systemctl start redis-server` starts from now on. */
  install({ program }: Server): void {
    const link = this.host.file('/usr/local/bin/redis-server');
    rmSync(link, { force: true });
    symlinkSync(program.startsWith('/') ? program : `/usr/bin/${program}`, link);
  }

  /** @returns what was printed. @throws with all of it where a command has failed. */
  async type(text: string, input = ''): Promise<string> {
    const env = { PATH, REDISCLI_AUTH: '' };
    // Only what speaks to Redis by hand has the password: redisha and keepalived find it by themselves.
    const cli = `redis-cli() { REDISCLI_AUTH=\${REDISCLI_AUTH:-${this.password}} command redis-cli "$@"; }`;
    // What Node makes of an input is a socket, which has no name.
    const script = `${cli}; exec < <(cat); ${text}`;
    const { code, stdout, stderr } = await this.host.run(['bash', '-ec', script], { timeoutMs: 60_000, input, env });
    if (code !== 0) throw new Error(`${this.host.name}: ${text}: exit ${String(code)}: ${stdout}${stderr}`);
    return stdout;
  }

  async waitFor(what: string, line: string, isSo: (said: string) => boolean): Promise<void> {
    const look = () => this.type(`${line} || :`);
    await waitFor(`${what} on ${this.host.name}`, { deadlineMs: 60_000 }, look, isSo);
  }

  linked(): Promise<void> {
    return this.waitFor('the link', 'redis-cli INFO replication', (said) => said.includes('master_link_status:up'));
  }

  owns(address: string): Promise<void> {
    return this.waitFor('the address', 'ip -brief address', (said) => said.includes(`${address}/`));
  }

  inOrder(): Promise<void> {
    return this.waitFor('order', 'redisha status && echo in order', (said) => said.endsWith('in order\n'));
  }

  /** Everything is as it should be, but that a person has drained the node. */
  onlyDrained(): Promise<void> {
    return this.waitFor('only a drain', 'redisha status --json', (said) => {
      const { troubles } = JSON.parse(said) as { troubles: readonly { code: string }[] };
      return troubles.map(({ code }) => code).join() === 'drained';
    });
  }

  async askAll(commands: readonly (readonly (string | number)[])[]): Promise<readonly Reply[]> {
    const connection = new Connection({ path: this.host.file(SOCKET) }, ANSWER_MS);
    try {
      const [, ...replies] = await Promise.all(
        [['AUTH', this.password], ...commands].map((command) => connection.send(...command)),
      );
      return replies;
    } finally {
      connection.close();
    }
  }

  /** The last words of its log files, for the message of a test that fails. */
  async lastWords(): Promise<string> {
    if (!this.host.up) return `${this.host.name} is down`;
    return `${this.host.name}:\n${await this.type('tail -n 15 /var/log/redisha/redisha.log /var/log/*.log || :').catch(String)}`;
  }
}
