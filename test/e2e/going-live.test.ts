/** "Going live" in docs/operations.md on Debian's own redis.conf: by the commands that stand there and that `redisha config` prints. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Host } from '../lib/host.ts';
import { redisha, scripts } from '../lib/implementation.ts';
import { Keepalived } from '../lib/keepalived.ts';
import { TempDir } from '../lib/loopback.ts';
import { printedFor } from '../lib/page.ts';
import { A, ADDRESS, B, DEVICE } from '../lib/pair.ts';
import type { Running } from '../lib/process.ts';
import { Connection } from '../lib/resp.ts';
import { nowMs, waitFor } from '../lib/wait.ts';
import { World } from '../lib/world.ts';
import { missingFrom, Writer } from '../lib/writer.ts';
import { hostsPossible } from './on-a-pair.ts';

const CONF = '/etc/redis/redis.conf';
/** Where this machine has no redis.conf of Debian's: what of it matters here. */
const LIKE_DEBIAN = 'bind 127.0.0.1 -::1\nprotected-mode yes\nport 6379\ndir /var/lib/redis\n';
/** As install.sh puts it in place. */
const PROGRAM = '/usr/local/bin/redisha';
const PASSWORD = '/etc/redisha/password';

const sh = async (host: Host, line: string) => {
  const done = await host.run(['sh', '-c', line], { timeoutMs: 20_000 });
  expect({ line, code: done.code }, done.stderr).toEqual({ line, code: 0 });
  return done;
};

/** A host with a Redis as the package brings it, and with redisha. */
const bootHost = async (world: World, name: string, address: string): Promise<Host> => {
  const host = await world.addHost(name, address, DEVICE);
  await redisha.install(host);
  const packaged = existsSync(CONF) ? readFileSync(CONF, 'utf8') : LIKE_DEBIAN;
  mkdirSync(host.file('/etc/redis'), { recursive: true });
  writeFileSync(host.file(CONF), packaged);
  return host;
};

const startRedis = (host: Host) =>
  host.spawn(['redis-server', CONF, '--daemonize', 'no', '--supervised', 'no', '--logfile', '']);

const page = readFileSync(resolve(import.meta.dirname, '../../docs/operations.md'), 'utf8');
const [, goingLive = ''] = page.split('\n## Going live\n');
const STEPS = (goingLive.split('\n## ')[0] ?? '').split(/^(?=\d+\. )/m);

/** The step says it, word for word. */
const saidBy = (step: number, command: string): void => {
  expect((STEPS[step] ?? '').replaceAll(/\s+/g, ' '), `step ${step}`).toContain(`\`${command}\``);
};

describe.runIf(hostsPossible)('a new pair, of which one Redis has data', () => {
  test('goes live by the commands that config prints', async () => {
    const world = await World.create();
    onTestFinished(() => world.close());
    const [a, b] = await Promise.all([bootHost(world, 'a', A), bootHost(world, 'b', B)]);
    const out = await TempDir.create();
    onTestFinished(() => out.remove());
    const before = await startRedis(a);
    await waitFor(
      'redis',
      { deadlineMs: 10_000 },
      () => sh(a, 'redis-cli SET kept 1'),
      () => true,
    );
    const facts = `--vip ${ADDRESS}/24 --nodes ${A},${B} --interface ${DEVICE} --profile fast --script-user root`;
    const files = `--redis-conf ${CONF} --password-file ${PASSWORD} --out ${out.path}`;
    const { stdout, stderr } = await sh(a, `${PROGRAM} config ${facts} ${files}`);
    expect(stderr).toContain('the part for redis.conf says over it: bind 0.0.0.0');
    expect(stderr).toContain('sets no password, and then Redis refuses other hosts');
    for (const [host, address] of [
      [a, A],
      [b, B],
    ] as const) {
      await sh(host, `printf 'requirepass sesame\\nmasterauth sesame\\n' >>${CONF}`);
      await sh(host, `echo sesame | install -m 0600 -o root /dev/stdin ${PASSWORD}`);
      const lines = printedFor(stdout, address);
      expect(lines).toHaveLength(4);
      for (const line of lines) await sh(host, `cd ${out.path} && ${line}`);
    }
    await startRedis(b);
    await before.stop('SIGTERM', 20_000);
    await startRedis(a);
    for (const host of [a, b]) {
      const text = readFileSync(host.file('/etc/keepalived/keepalived.conf'), 'utf8');
      await new Keepalived(host, text).start();
    }
    const status = (host: Host) => host.run([PROGRAM, 'status'], { timeoutMs: 20_000 });
    for (const host of [a, b]) {
      await waitFor(
        `status of ${host.name}`,
        { deadlineMs: 40_000 },
        () => status(host),
        ({ code }) => code === 0,
      );
      const checked = await host.run([PROGRAM, 'config', 'check'], { timeoutMs: 20_000 });
      expect({ code: checked.code, stderr: checked.stderr }, checked.stdout).toEqual({ code: 0, stderr: '' });
    }
    const client = await world.addHost('client', '192.168.72.50', DEVICE);
    const { stdout: value } = await sh(client, `REDISCLI_AUTH=sesame redis-cli -h ${ADDRESS} GET kept`);
    expect(value).toBe('1\n');
    expect(existsSync(join(out.path, 'node2/keepalived.conf'))).toBe(true);
  });
});

const KEEPALIVED_CONF = '/etc/keepalived/keepalived.conf';
const article = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, `../fixtures/article/${name}.conf`), 'utf8');

/** A host whose Redis and keepalived run already, as systemd would have them. */
class Unit {
  readonly host: Host;
  readonly address: string;
  #redis: Running | undefined;
  #keepalived: Keepalived | undefined;

  constructor(host: Host, address: string) {
    this.host = host;
    this.address = address;
  }

  /** A command as a step has it. What only systemd can do is done here. */
  async type(step: number, command: string): Promise<void> {
    saidBy(step, command);
    const [verb = '', unit] = command.startsWith('systemctl ') ? command.split(' ').slice(1) : [];
    if (unit === undefined) await sh(this.host, command);
    else if (unit === 'redis-server') await this.restartRedis();
    else await this.keepalived(verb);
  }

  async restartRedis(): Promise<void> {
    await this.#redis?.stop('SIGTERM', 20_000);
    this.#redis = await startRedis(this.host);
    await this.waitFor('redis', 'redis-cli PING', (said) => said === 'PONG\n');
  }

  async keepalived(verb: string): Promise<void> {
    if (verb !== 'start') await this.#keepalived?.stop();
    if (verb === 'stop') return;
    this.#keepalived = new Keepalived(this.host, readFileSync(this.host.file(KEEPALIVED_CONF), 'utf8'));
    await this.#keepalived.start();
  }

  async waitFor(what: string, line: string, isSo: (said: string) => boolean): Promise<void> {
    const look = async () => (await this.host.run(['sh', '-c', line], { timeoutMs: 20_000 })).stdout;
    await waitFor(`${what} on ${this.host.name}`, { deadlineMs: 60_000 }, look, isSo);
  }

  linked(): Promise<void> {
    return this.waitFor('the link', 'redis-cli INFO replication', (said) => said.includes('master_link_status:up'));
  }

  owns(): Promise<void> {
    return this.waitFor('the address', 'ip -brief address', (said) => said.includes(`${ADDRESS}/`));
  }

  inOrder(): Promise<void> {
    return this.waitFor('status', `${PROGRAM} status >/dev/null; echo $?`, (said) => said === '0\n');
  }
}

/**
 * A Redis of Debian's, which serves its own host alone, is opened while it runs and gets a replica; then the article's
 * keepalived.conf and its shell scripts.
 */
const bootArticle = async (world: World): Promise<readonly [Unit, Unit]> => {
  const boot = async (name: string, address: string, file: string): Promise<Unit> => {
    const host = await world.addHost(name, address, DEVICE);
    await scripts.install(host);
    const packaged = existsSync(CONF) ? readFileSync(CONF, 'utf8') : LIKE_DEBIAN;
    for (const directory of ['/etc/redis', '/etc/keepalived']) mkdirSync(host.file(directory), { recursive: true });
    writeFileSync(host.file(CONF), `${packaged}\nunixsocket /run/redis.sock\n`);
    // The scripts wait for ten seconds where they could look.
    await sh(host, "sed -i 's/^sleep 10/sleep 1/' /usr/local/redis/sh/redis_master_master.sh");
    writeFileSync(host.file(KEEPALIVED_CONF), article(file));
    const unit = new Unit(host, address);
    await unit.restartRedis();
    await unit.type(1, 'redis-cli CONFIG SET bind 0.0.0.0');
    await unit.type(1, 'redis-cli CONFIG SET protected-mode no');
    await sh(host, `echo protected-mode no >>${CONF}`);
    return unit;
  };
  const units = await Promise.all([boot('a', A, 'master'), boot('b', B, 'backup')] as const);
  await sh(units[1].host, `redis-cli REPLICAOF ${A} 6379`);
  await units[1].linked();
  for (const unit of units) await unit.keepalived('start');
  await units[0].owns();
  return units;
};

const isKeepalived = (line: string): boolean => line.includes('keepalived.conf');

/** What the steps may cost: keepalived is restarted once, and the role moves there and back. */
const GAP_MS = 6_000;

describe.runIf(hostsPossible)('a pair that runs on the scripts of the article', () => {
  test('goes live step by step, and no acknowledged write is lost', async () => {
    const world = await World.create();
    onTestFinished(() => world.close());
    const [a, b] = await bootArticle(world);
    const out = await TempDir.create();
    onTestFinished(() => out.remove());
    // Its script makes the preferred node follow the other one for a moment.
    await a.waitFor('the role', 'redis-cli ROLE', (said) => said.startsWith('master'));
    await b.linked();
    const writer = await Writer.start(await world.addHost('client', '192.168.72.50', DEVICE), ADDRESS, { hotPerS: 0 });
    await writer.ackedMore(500, 20_000);

    for (const { host } of [a, b]) await sh(host, resolve(import.meta.dirname, '../../install.sh'));
    const facts = `--vip ${ADDRESS}/24 --nodes ${A},${B} --interface ${DEVICE} --profile fast --script-user root`;
    const { stdout } = await sh(a.host, `${PROGRAM} config ${facts} --redis-conf ${CONF} --out ${out.path}`);
    const printed = (unit: Unit, isMeant: (line: string) => boolean) =>
      sh(unit.host, `cd ${out.path} && ${printedFor(stdout, unit.address).filter(isMeant).join(' && ')}`);
    for (const unit of [a, b]) await printed(unit, (line) => !isKeepalived(line));
    const fromMs = nowMs();
    await b.type(2, 'systemctl restart redis-server');
    await b.linked();
    await b.type(5, 'systemctl stop keepalived');
    await printed(a, isKeepalived);
    await a.type(6, 'systemctl restart keepalived');
    await a.owns();
    await printed(b, isKeepalived);
    await b.type(7, 'systemctl start keepalived');
    for (const unit of [a, b]) {
      await unit.inOrder();
      for (const command of ['redisha config check', 'redisha status', 'redisha doctor']) await unit.type(8, command);
    }
    await b.type(9, 'redisha promote');
    await a.type(9, 'systemctl restart redis-server');
    await a.inOrder();
    await a.type(9, 'redisha promote');
    await writer.ackedMore(500, 20_000);
    const gapMs = writer.longestGapMs(fromMs);
    const written = await writer.end();
    await b.inOrder();
    for (const { host } of [a, b]) {
      const store = new Connection({ path: host.file('/run/redis.sock') }, 10_000);
      const askAll = (commands: readonly (readonly (string | number)[])[]) =>
        Promise.all(commands.map((command) => store.send(...command)));
      expect(await missingFrom({ askAll }, written)).toEqual([]);
      store.close();
      await sh(host, 'redis-cli CONFIG GET repl-backlog-size | grep -qx 67108864');
    }
    expect(gapMs, JSON.stringify(writer.gaps(fromMs))).toBeLessThan(GAP_MS);
    expect(written.errors['READONLY'] ?? 0, JSON.stringify(written.errors)).toBe(0);
  });
});
