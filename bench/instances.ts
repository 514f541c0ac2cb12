/** Many pairs on the same two hosts: what their checks cost, and whether one of them still changes over as fast. */
import { writeFileSync } from 'node:fs';
import { generatedFor, type ProfileName, type Service, type ServiceFiles } from '../test/lib/generated.ts';
import type { Host } from '../test/lib/host.ts';
import { EXECUTABLE, redisha } from '../test/lib/implementation.ts';
import { Keepalived } from '../test/lib/keepalived.ts';
import { A, ADDRESS, B, DEVICE, PORT } from '../test/lib/pair.ts';
import { runOk } from '../test/lib/process.ts';
import { RedisServer } from '../test/lib/redis.ts';
import { messageOf, nowMs, waitFor } from '../test/lib/wait.ts';
import { World } from '../test/lib/world.ts';
import { Writer } from '../test/lib/writer.ts';
import { costOf } from './cost.ts';
import type { GrowthOptions } from './growth.ts';
import type { Tell } from './play.ts';
import { digits, failed, type Sample } from './samples.ts';

const COST_MS = 20_000;
const START_MS = 90_000;
const SETTLE_MS = 60_000;
const NETWORK = ADDRESS.slice(0, ADDRESS.lastIndexOf('.'));
const FIRST = Number(ADDRESS.slice(ADDRESS.lastIndexOf('.') + 1));

/** Beside the addresses of the hosts (11, 50, 128). */
const serviceOf = (place: number): Service => ({
  address: `${NETWORK}.${place === 0 ? FIRST : 128 + place}`,
  port: PORT + place,
});

interface HostOfMany {
  readonly host: Host;
  readonly keepalived: Keepalived;
  readonly servers: readonly RedisServer[];
}

async function hostOf(host: Host, { keepalivedConf, redishaToml, redisLines }: ServiceFiles): Promise<HostOfMany> {
  await redisha.install(host);
  writeFileSync(host.file('/etc/redisha/redisha.toml'), redishaToml, { mode: 0o600 });
  const servers = [...redisLines].map(
    ([port, lines]) => new RedisServer(host, { port, place: `/var/lib/redis/${port}`, lines: [...lines, 'save ""'] }),
  );
  return { host, keepalived: new Keepalived(host, keepalivedConf), servers };
}

class Many {
  readonly #world: World;
  readonly #client: Host;
  readonly #services: readonly Service[];
  readonly a: HostOfMany;
  readonly b: HostOfMany;

  private constructor(world: World, services: readonly Service[], a: HostOfMany, b: HostOfMany, client: Host) {
    this.#world = world;
    this.#services = services;
    this.a = a;
    this.b = b;
    this.#client = client;
  }

  static async create(profile: ProfileName, count: number): Promise<Many> {
    const services = Array.from({ length: count }, (_, place) => serviceOf(place));
    const files = await generatedFor(profile, services);
    const world = await World.create();
    try {
      const a = await hostOf(await world.addHost('a', A, DEVICE), files.a);
      const b = await hostOf(await world.addHost('b', B, DEVICE), files.b);
      return new Many(world, services, a, b, await world.addHost('client', '192.168.72.50', DEVICE));
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  /** Every role and every address at `a`, every server of `b` a replica in step. */
  async start(): Promise<void> {
    await Promise.all(this.a.servers.map((server) => server.start()));
    await this.a.keepalived.start();
    await this.#led(this.a);
    await Promise.all(this.b.servers.map((server) => server.start()));
    await this.b.keepalived.start();
    await this.#followed();
  }

  writer(): Promise<Writer> {
    return Writer.start(this.#client, ADDRESS, { port: PORT });
  }

  /** The first pair's role goes to the other host. */
  async promote({ host }: HostOfMany, peer: HostOfMany): Promise<void> {
    const words = ['promote', '127.0.0.1', peer.host.address, String(PORT)];
    await runOk(host.enter([EXECUTABLE, ...words]), { timeoutMs: 40_000 });
  }

  async #led({ host, servers }: HostOfMany): Promise<void> {
    await waitFor(
      `${host.name} to lead all pairs`,
      { deadlineMs: START_MS, everyMs: 500 },
      async () => {
        const views = await Promise.all(servers.map((server) => server.view()));
        const owned = this.#services.filter(({ address }) => host.owns(address)).length;
        return { masters: views.filter(({ role }) => role === 'master').length, owned };
      },
      ({ masters, owned }) => masters === servers.length && owned === servers.length,
    );
  }

  async #followed(): Promise<void> {
    const { servers, keepalived } = this.b;
    await waitFor(
      'every server of b to follow',
      { deadlineMs: START_MS, everyMs: 500, holdMs: 3_000 },
      async () => {
        const views = await Promise.all(servers.map((server) => server.view()));
        return {
          following: views.filter(({ role, linkUp }) => role === 'slave' && linkUp).length,
          fit: [...statesIn(keepalived).values()].filter((said) => said === 'BACKUP').length,
        };
      },
      ({ following, fit }) => following === servers.length && fit === servers.length,
    );
  }

  async close(): Promise<void> {
    await this.#world.close();
  }
}

/** What keepalived last said of each instance. */
const statesIn = ({ log }: Keepalived): ReadonlyMap<string | undefined, string | undefined> =>
  new Map([...log.matchAll(/\((redis_\d+)\) Entering (\w+) STATE/g)].map(([, name, said]) => [name, said]));

/** How long the first pair's clients are without a write while its role goes from one host to the other. */
async function gapOf(many: Many, from: HostOfMany, to: HostOfMany, change: () => Promise<unknown>): Promise<number> {
  await firstPairIn(from, to);
  const writer = await many.writer();
  await writer.ackedMore(500, 15_000);
  const fromMs = nowMs();
  await change();
  await waitFor(
    `${to.host.name} with the address of the first pair`,
    { deadlineMs: SETTLE_MS },
    async () => ({ owns: to.host.owns(ADDRESS), view: await to.servers[0]?.view() }),
    ({ owns, view }) => owns && view?.role === 'master',
  );
  await writer.ackedMore(300, 60_000);
  const seconds = writer.longestGapMs(fromMs) / 1000;
  await writer.end();
  return seconds;
}

/** `from` leads the first pair, and `to` could. */
async function firstPairIn(from: HostOfMany, to: HostOfMany): Promise<void> {
  await waitFor(
    `${from.host.name} to lead the first pair, and ${to.host.name} to be fit`,
    { deadlineMs: SETTLE_MS, everyMs: 100, holdMs: 3_000 },
    async () => ({
      owns: from.host.owns(ADDRESS),
      follows: (await to.servers[0]?.view())?.linkUp,
      vrrp: statesIn(to.keepalived).get(`redis_${PORT}`),
    }),
    ({ owns, follows, vrrp }) => owns && follows === true && vrrp === 'BACKUP',
  );
}

/** So many pairs on two hosts: the checks while all is quiet, then a hand-over and a kill of the first pair. */
export async function instances({ profile, sizes }: GrowthOptions, tell: Tell): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const count of sizes) {
    const many = await Many.create(profile, count);
    try {
      await many.start();
      const { a, b } = many;
      const note = (what: string, figures: Sample['figures']): void => {
        samples.push({ section: 'instances', what: `${what}, ${count} pairs`, column: profile, figures });
        tell(`${profile}: ${count} pairs: ${what}: ${Object.values(figures).map(digits).join(' ')}`);
      };
      note('checks of a host', { ...(await costOf(a.keepalived, COST_MS)) });
      note('hand-over', { seconds: await gapOf(many, a, b, () => many.promote(b, a)) });
      note('hand-over', { seconds: await gapOf(many, b, a, () => many.promote(a, b)) });
      note('Redis killed', { seconds: await gapOf(many, a, b, async () => a.servers[0]?.kill()) });
    } catch (error) {
      samples.push(failed('instances', profile, error));
      tell(`${profile}: ${count} pairs: ${messageOf(error)}`);
    } finally {
      await many.close();
    }
  }
  return samples;
}
