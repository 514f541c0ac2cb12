/** `doctor`: the facts, collected within some two seconds whatever is silent. */
import { basename } from 'node:path';
import { globSync } from 'node:fs';
import { isAddress, plainAddress } from '../address.ts';
import { judgeCall } from '../cli/fitting.ts';
import type { DoctorAsked, DoctorSeen } from '../cli/doctoring.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { Settings } from '../config/settings.ts';
import type { DoctorFacts, HostFiles, InstanceSaid } from '../core/doctor/facts.ts';
import type { KeepalivedSaid, RedisSaid, ServerSeen, Whose } from '../core/doctor/facts.ts';
import { formatEndpoint } from '../core/model.ts';
import { knowsName } from '../host/names.ts';
import { mayBindAnything } from '../host/network.ts';
import type { ConfPair } from '../keepalived/pairs.ts';
import { pairsIn } from '../keepalived/pairs.ts';
import { readKeepalivedConf } from '../keepalived/parse.ts';
import { keepalivedSaid } from '../keepalived/said.ts';
import type { Examined } from '../redis/examine.ts';
import { examine, letsIn } from '../redis/examine.ts';
import { readRedisConf } from '../redis/redis-conf.ts';
import type { RedisWanted } from '../redis/said.ts';
import { redisSaid } from '../redis/said.ts';
import { hostSays } from './doctor-host.ts';
import { REDIS_CONFS } from './found-password.ts';
import type { HandedFiles } from './handed-files.ts';
import { handedFiles } from './handed-files.ts';
import { routeTo } from './host-facts.ts';
import { confHere } from './keepalived-conf.ts';
import { connectionTo, settingsFor } from './settings.ts';

/** A look for a person who waits: with a host that is gone, or a server that is frozen, the whole stays below 3 s. */
const PATIENCE = { connectTimeoutMs: 800, commandTimeoutMs: 1_800 };
const PAIRS_MAX = 64;

type Read = Pick<HostFiles, 'isConfigured' | 'toml' | 'keepalived'> & { readonly pairs: readonly ConfPair[] };

const instancesFor = (conf: KeepalivedSaid | undefined, port: number): readonly InstanceSaid[] =>
  (conf?.instances ?? []).filter(({ ports }) => ports.includes(port));

/** Whom the commands of this file for the port name as PEER. */
const peerIn = (conf: KeepalivedSaid | undefined, port: number): string | undefined =>
  instancesFor(conf, port)
    .flatMap(({ calls }) => calls)
    .filter(({ command, words, fits }) => command !== undefined && fits === 'right' && words.length === 3)
    .map(({ words }) => words[1] ?? '')
    .find(isAddress);

/** At which a server has to listen: of its node, as the other file names it, and virtual. */
const wantedOf =
  (conf: KeepalivedSaid | undefined, other: KeepalivedSaid | undefined, routes: ReadonlyMap<number, string>) =>
  (port: number): RedisWanted => {
    const instances = instancesFor(conf, port);
    const virtual = instances.flatMap(({ addresses }) => addresses.map(({ address }) => address));
    const node = peerIn(other, port) ?? instances.flatMap(({ source }) => source?.value ?? [])[0] ?? routes.get(port);
    return { addresses: [...(node === undefined ? [] : [node]), ...virtual], virtual, mayBindAnything };
  };

const confIn = (path: string, handed: HandedFiles | undefined): Omit<Read, 'isConfigured' | 'toml'> => {
  const conf = handed === undefined ? confHere(path) : readKeepalivedConf(path, () => undefined, handed.disk);
  if (conf === undefined) return { keepalived: undefined, pairs: [] };
  const judge = judgeCall(handed === undefined ? knowsName : undefined);
  return { keepalived: keepalivedSaid(conf, judge), pairs: pairsIn(conf) };
};

const UNREAD = { isConfigured: false, toml: undefined };

/** Whether its redisha.toml names a pair, and what else it says. */
const tomlIn = async ({ toml, disk }: HandedFiles): Promise<Pick<Read, 'isConfigured' | 'toml'>> => {
  if (toml === undefined) return UNREAD;
  const { parse } = await import('smol-toml');
  try {
    const { local, peer, witness } = parse(disk.read(toml));
    const isConfigured = typeof local === 'string' && typeof peer === 'string';
    return { isConfigured, toml: { witness: typeof witness === 'string' ? witness : undefined } };
  } catch {
    return UNREAD;
  }
};

const readHanded = async (handed: HandedFiles): Promise<Read> => ({
  ...(handed.keepalivedConf === undefined
    ? { keepalived: undefined, pairs: [] }
    : confIn(handed.keepalivedConf, handed)),
  ...(await tomlIn(handed)),
});

/** Found by the server's own word, by redisha.toml, or at a usual place for the port. */
const redisConfsHere = (
  settings: Settings,
  told: readonly string[],
  ports: readonly number[],
): readonly RedisConfAt[] => {
  const named = [...(settings.files.redisConf === undefined ? [] : [settings.files.redisConf]), ...told];
  const usual = REDIS_CONFS.flatMap((pattern) => globSync(pattern)).filter(
    (path) => !basename(path).startsWith('redis-pair-'),
  );
  return [...new Set([...named, ...usual])]
    .map((file) => ({ file, isNamed: named.includes(file), conf: readRedisConf(file) }))
    .filter(({ conf, isNamed }) => isNamed || conf.directives.length > 0)
    .filter(
      ({ isNamed, conf }) =>
        isNamed || ports.includes(Number(conf.directives.findLast(({ name }) => name === 'port')?.args[0] ?? 6379)),
    );
};

interface RedisConfAt {
  readonly file: string;
  readonly isNamed: boolean;
  readonly conf: ReturnType<typeof readRedisConf>;
}

interface Asked {
  readonly whose: Whose;
  readonly pair: ConfPair;
  readonly endpoint: string;
  readonly found: Examined | string;
}

const askServers = async (options: CommonOptions, pairs: readonly ConfPair[]): Promise<readonly Asked[]> => {
  const asked = pairs.flatMap((pair) =>
    (['own', 'peer'] as const).map(async (whose): Promise<Asked> => {
      const settings = await settingsFor(options, { port: String(pair.port) });
      const { peerPort } = settings.connection;
      const at = whose === 'own' ? { host: pair.local, port: pair.port } : { host: pair.peer, port: peerPort };
      const found = await examine(connectionTo(settings, at, PATIENCE));
      return { whose, pair, endpoint: formatEndpoint(at), found };
    }),
  );
  return Promise.all(asked);
};

/** Whether the other server lets in whoever comes with the masterauth that stands here. */
const tryMasterauth = async (
  options: CommonOptions,
  { whose, pair, found }: Asked,
  redis: readonly RedisSaid[],
): Promise<boolean | undefined> => {
  const conf = redis.find(({ port }) => port.value === pair.port);
  if (whose === 'own' || typeof found === 'string' || conf?.masterauth === undefined) return undefined;
  const settings = await settingsFor(options, { port: String(pair.port) });
  const at = { host: pair.peer, port: settings.connection.peerPort };
  const as = { username: conf.masteruser?.value, password: conf.masterauth.value };
  return letsIn({ ...connectionTo(settings, at, PATIENCE), ...as });
};

const seenOf = async (
  options: CommonOptions,
  asked: readonly Asked[],
  redis: readonly RedisSaid[],
): Promise<readonly ServerSeen[]> => {
  const all = asked.map(async (one): Promise<readonly ServerSeen[]> => {
    const { whose, endpoint, pair, found } = one;
    if (typeof found === 'string') return [];
    const takesMasterauth = await tryMasterauth(options, one, redis);
    return [{ ...found, whose, endpoint, port: pair.port, takesMasterauth }];
  });
  return (await Promise.all(all)).flat();
};

const routesFor = async (pairs: readonly ConfPair[]): Promise<ReadonlyMap<number, string>> => {
  const found = await Promise.all(
    pairs.map(async ({ port, peer }) => ({ port, route: isAddress(peer) ? await routeTo(peer) : undefined })),
  );
  return new Map(
    found.flatMap(({ port, route }) => (route === undefined ? [] : [[port, plainAddress(route.address)]])),
  );
};

const confsOf = (handed: HandedFiles): readonly RedisConfAt[] =>
  handed.redisConfs.map((file) => ({ file, isNamed: true, conf: readRedisConf(file, handed.disk) }));

const filesOf = (
  whose: Whose,
  read: Read,
  redis: readonly RedisConfAt[],
  wanted: (port: number) => RedisWanted,
): HostFiles => ({
  whose,
  isConfigured: read.isConfigured,
  toml: read.toml,
  keepalived: read.keepalived,
  redis: redis.map(({ file, conf }) => redisSaid(file, conf, wanted)),
});

const NONE: Read = { ...UNREAD, keepalived: undefined, pairs: [] };

/** A host that is gone has all of its ports in one line. */
const silences = (asked: readonly Asked[]): readonly string[] => {
  const silent = asked.flatMap(({ endpoint, whose, found }) =>
    typeof found === 'string' ? [{ endpoint, whose, found }] : [],
  );
  return [...Map.groupBy(silent, ({ whose, found }) => `${whose} ${found}`).values()].map((alike) => {
    const [first] = alike;
    const more = alike.length === 1 ? '' : ` and ${String(alike.length - 1)} more`;
    return `${first?.endpoint ?? ''}${more} did not answer (${first?.found ?? ''}): nothing that only it knows was looked at`;
  });
};

const wantedBetween = (of: Read, other: Read) => wantedOf(of.keepalived, other.keepalived, new Map());

/** The files of both hosts as they were handed over; nobody is asked anything. */
export const factsOfFiles = async (
  own: HandedFiles,
  peer: HandedFiles | undefined,
  checkDeadlineMs: number,
): Promise<DoctorFacts> => {
  const here = await readHanded(own);
  const there = peer === undefined ? NONE : await readHanded(peer);
  return {
    own: filesOf('own', here, confsOf(own), wantedBetween(here, there)),
    peer: peer === undefined ? undefined : filesOf('peer', there, confsOf(peer), wantedBetween(there, here)),
    host: undefined,
    servers: [],
    checkDeadlineMs,
  };
};

const ofFiles = async (
  options: CommonOptions,
  own: HandedFiles,
  peer: HandedFiles | undefined,
): Promise<DoctorSeen> => ({
  facts: await factsOfFiles(own, peer, (await settingsFor(options, {})).check.deadlineMs),
  unlooked: [
    ...(peer === undefined ? [NO_PEER] : []),
    'with --files only files are looked at: not this host, and no server',
  ],
});

const NO_PEER = "the other host's files were not given: --peer-files DIR compares them";

const pairsFor = (settings: Settings, read: Read, asked: DoctorAsked): readonly ConfPair[] => {
  if (asked.pair !== undefined) return [asked.pair];
  if (read.pairs.length > 0) return read.pairs.slice(0, PAIRS_MAX);
  const { local, peer, port } = settings.connection;
  return local === undefined || peer === undefined ? [] : [{ local, peer, port }];
};

const ofThisHost = async (
  options: CommonOptions,
  asked: DoctorAsked,
  peer: HandedFiles | undefined,
): Promise<DoctorSeen> => {
  const settings = await settingsFor(options, {});
  const { connection, files, check, witness } = settings;
  const isConfigured = connection.local !== undefined && connection.peer !== undefined;
  const toml = { witness: witness === undefined ? undefined : formatEndpoint(witness.endpoint) };
  const here: Read = { ...confIn(files.keepalivedConf, undefined), isConfigured, toml };
  const there = peer === undefined ? NONE : await readHanded(peer);
  const pairs = pairsFor(settings, here, asked);
  const ports = pairs.map(({ port }) => port);
  const [answers, routes] = await Promise.all([askServers(options, pairs), routesFor(pairs)]);
  const known = answers.flatMap(({ whose, found }) => (whose === 'own' && typeof found !== 'string' ? [found] : []));
  const confs = redisConfsHere(
    settings,
    known.flatMap(({ configFile }) => configFile ?? []),
    ports,
  );
  const own = filesOf('own', here, confs, wantedOf(here.keepalived, there.keepalived, routes));
  const [servers, host] = await Promise.all([
    seenOf(options, answers, own.redis),
    hostSays(
      settings,
      here.keepalived,
      ports,
      known.map(({ processId }) => processId),
    ),
  ]);
  return {
    facts: {
      own,
      peer:
        peer === undefined
          ? undefined
          : filesOf('peer', there, confsOf(peer), wantedOf(there.keepalived, here.keepalived, new Map())),
      host,
      servers,
      checkDeadlineMs: check.deadlineMs,
    },
    unlooked: [
      ...(here.keepalived === undefined ? [`${files.keepalivedConf} is not there or cannot be read by this user`] : []),
      ...(own.redis.length === 0 ? ['no redis.conf was found: redis_conf in redisha.toml names it'] : []),
      ...(pairs.length === 0 ? ['no pair is known, so no server was asked: redisha doctor LOCAL PEER PORT'] : []),
      ...silences(answers),
      ...(peer === undefined ? [NO_PEER] : []),
    ],
  };
};

export const doctorSeen = async (options: CommonOptions, asked: DoctorAsked): Promise<DoctorSeen> => {
  const peer = asked.peerFiles === undefined ? undefined : await handedFiles('--peer-files', asked.peerFiles);
  if (asked.files === undefined) return ofThisHost(options, asked, peer);
  return ofFiles(options, await handedFiles('--files', asked.files), peer);
};
