/** The world of `config`: what this host says to the generator, and the files that come of it. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { isSea } from 'node:sea';
import type {
  CommonOptions,
  GeneratedFile,
  GeneratedFiles,
  PairRequest,
  PlacedFile,
  ShownSettings,
} from '../cli/runtime.ts';
import { generateToml } from '../config/toml-part.ts';
import type { Blueprint, NodeIndex } from '../core/blueprint.ts';
import { portsOf } from '../core/blueprint.ts';
import { RedishaError } from '../errors.ts';
import { writeFileAtomic } from '../host/durable.ts';
import { ensureDirectory, reasonOf } from '../host/files.ts';
import { generateKeepalivedConf, isHeld } from '../keepalived/generate.ts';
import { generateReadSysctl } from '../keepalived/read-address.ts';
import { versionNote } from '../keepalived/version.ts';
import type { RedisConfHints } from '../redis/conf-part.ts';
import { generateRedisConfPart, redisConfHints } from '../redis/conf-part.ts';
import { settingsFor } from './settings.ts';

const DEFAULT_EXECUTABLE = '/usr/local/bin/redisha';
const KEEPALIVED_USER = 'keepalived_script';
/** keepalived and Redis start as root or read their files as their own user; none of them holds a secret but one. */
const MODE_PLAIN = 0o644;
const MODE_SECRET = 0o600;
const DIRECTORY_MODE = 0o755;
const VERSION_TIMEOUT_MS = 2_000;

const usage = (message: string, hint = 'redisha config --help'): RedishaError =>
  new RedishaError('USAGE', message, { hint });

const readFor = (flag: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usage(`${flag}: cannot read ${path}: ${reasonOf(error)}`);
  }
};

/** VRRPv2 sends eight characters, and keepalived cuts off the rest (2.2.7: "Truncating auth_pass to 8 characters"). */
const readAuthPass = (path: string | undefined): string | undefined => {
  if (path === undefined) return undefined;
  const [password = ''] = readFor('--auth-pass-file', path).split(/\r?\n/);
  if (!/^[\w.+:@%/=-]{1,8}$/.test(password)) {
    throw usage(`--auth-pass-file: the first line of ${path} has to be 1 to 8 letters, digits or . + : @ % / = _ -`);
  }
  return password;
};

const readHints = (path: string | undefined): RedisConfHints | undefined => {
  if (path === undefined) return undefined;
  readFor('--redis-conf', path);
  const hints = redisConfHints(path);
  if (hints.isCluster)
    throw usage(`--redis-conf: ${path} says cluster-enabled yes, and a cluster fails over by itself`);
  return hints;
};

const isIn = (cidr: string, address: string): boolean => {
  const [network = '', length = ''] = cidr.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) !== isIP(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length), family);
  return list.check(address, family);
};

/** The interface that has the address of a node, else one that is in the network of a node. */
const findInterface = (nodes: readonly string[]): string | undefined => {
  const known = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map(({ address, cidr }) => ({ name, address, cidr: cidr ?? '' })),
  );
  const own = known.find(({ address }) => nodes.includes(address));
  const near = known.find(({ cidr }) => nodes.some((node) => isIn(cidr, node)));
  return (own ?? near)?.name;
};

/** As install.sh chooses: keepalived's own user where there is one. */
const defaultUser = (): string => {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${KEEPALIVED_USER}:`))
      ? KEEPALIVED_USER
      : 'root';
  } catch {
    return 'root';
  }
};

/** Where install.sh has put this program with a prefix of its own; a copy in a build directory is not meant to be called. */
const defaultExecutable = (): string =>
  isSea() && /^\/[\w.+@/-]+\/bin\/redisha$/.test(process.execPath) ? process.execPath : DEFAULT_EXECUTABLE;

const interfacesFor = (
  request: PairRequest,
): { readonly names: readonly [string, string]; readonly notes: readonly string[] } => {
  if (request.interfaces !== undefined) return { names: request.interfaces, notes: [] };
  const found = findInterface(request.nodes);
  if (found === undefined) {
    throw usage(
      `no interface of this host is in a network with ${request.nodes.join(' or ')}: name it`,
      'redisha config --interface eth0 ...; "ip -brief address" lists the names',
    );
  }
  const note = `the interface is taken to be ${found} on both nodes: --interface FIRST,SECOND where it is not`;
  return { names: [found, found], notes: [note] };
};

/** What the keepalived of this host says of its version. People who are not root have no /usr/sbin in their PATH. */
const installedKeepalived = (): string | undefined => {
  const { PATH = '', ...env } = process.env;
  const { error, stderr } = spawnSync('keepalived', ['--version'], {
    encoding: 'utf8',
    env: { ...env, PATH: `${PATH}:/usr/local/sbin:/usr/sbin` },
    timeout: VERSION_TIMEOUT_MS,
  });
  return error === undefined ? stderr : undefined;
};

const notesFor = (blueprint: Blueprint, hints: RedisConfHints | undefined): readonly string[] => {
  const { executable } = blueprint;
  const notes: string[] = [];
  try {
    accessSync(executable, constants.X_OK);
  } catch {
    notes.push(`there is no ${executable} on this host yet: keepalived disables scripts that it cannot find`);
  }
  if (isHeld(blueprint)) notes.push(versionNote(blueprint.profile, installedKeepalived()));
  const ports = portsOf(blueprint);
  if (hints !== undefined && !ports.some((port) => port === hints.plainPort || port === hints.tlsPort)) {
    notes.push(`${hints.path} has port ${String(hints.plainPort)}, and --port is ${ports.join(',')}`);
  }
  return [...notes, ...(hints?.problems ?? [])];
};

const filesOf = (blueprint: Blueprint, own: NodeIndex, hints: RedisConfHints | undefined): readonly GeneratedFile[] => {
  const of = { node: own + 1, address: blueprint.nodes[own].address };
  const mode = blueprint.authPass === undefined ? MODE_PLAIN : MODE_SECRET;
  const sysctl = generateReadSysctl(blueprint);
  return [
    {
      ...of,
      mode,
      name: 'keepalived.conf',
      place: '/etc/keepalived/keepalived.conf',
      content: generateKeepalivedConf(blueprint, own),
    },
    ...(sysctl === undefined
      ? []
      : [
          {
            ...of,
            mode: MODE_PLAIN,
            name: 'redisha-read.conf',
            place: '/etc/sysctl.d/60-redisha-read.conf',
            content: sysctl,
          },
        ]),
    ...portsOf(blueprint).map((port) => ({
      ...of,
      mode: MODE_PLAIN,
      name: `redis-pair-${String(port)}.conf`,
      place: `/etc/redis/redis-pair-${String(port)}.conf`,
      content: generateRedisConfPart(blueprint, own, port, hints),
    })),
    {
      ...of,
      mode: MODE_PLAIN,
      name: 'redisha.toml',
      place: '/etc/redisha/redisha.toml',
      content: generateToml(blueprint, own),
    },
  ];
};

/**
 * The files of the nodes that are asked for, and what a person should look at. Writes nothing.
 * @throws {RedishaError} USAGE where a file that was named cannot be used, or the interface cannot be told
 */
export const generateConfig = (request: PairRequest): GeneratedFiles => {
  const hints = readHints(request.redisConf);
  const { names, notes } = interfacesFor(request);
  const node = (own: NodeIndex) => {
    const address = request.nodes[own];
    const loopback = hints === undefined ? '127.0.0.1' : hints.loopback;
    return { address, local: loopback ?? address, interface: names[own] };
  };
  const blueprint: Blueprint = {
    nodes: [node(0), node(1)],
    services: request.services,
    syncGroup: request.syncGroup,
    readAddress: request.readAddress,
    minReplicas: request.minReplicas,
    profile: request.profile,
    unicast: request.unicast,
    scriptUser: request.scriptUser ?? defaultUser(),
    authPass: readAuthPass(request.authPassFile),
    executable: request.executable ?? defaultExecutable(),
    redisConf: request.redisConf,
  };
  return {
    files: request.shown.flatMap((own) => filesOf(blueprint, own, hints)),
    notes: [...notes, ...notesFor(blueprint, hints)],
  };
};

const OUT_HINT = '--out names a directory that you may write to; without it the files are printed';

const before = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw new RedishaError('HOST_FILE', `cannot read ${path}: ${reasonOf(error)}`, { hint: OUT_HINT });
  }
};

/** What stands there may hold a password even where what was generated does not. */
const withoutSecrets = (text: string): string =>
  text.replace(/^([ \t]*(?:auth_pass|masterauth|requirepass|password)\b[ \t=]*).+$/gm, '$1(hidden)');

const diffOf = async (path: string, old: string, { content }: GeneratedFile): Promise<string> => {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
  const [was, is] = [withoutSecrets(old), withoutSecrets(content)];
  return createTwoFilesPatch(path, `${path} (generated)`, was, is, '', '', { headerOptions: FILE_HEADERS_ONLY });
};

/**
 * The files are in `directory`/node1 and `directory`/node2. Where one of them differs from what is there, nothing is written
 * unless `force` says so; the differences are told either way.
 */
export const placeConfig = async (
  files: readonly GeneratedFile[],
  directory: string,
  force: boolean,
): Promise<readonly PlacedFile[]> => {
  const compared = await Promise.all(
    files.map(async (file) => {
      const path = join(resolve(directory), `node${String(file.node)}`, file.name);
      const old = before(path);
      const isNew = old !== file.content;
      const diff = old === undefined || !isNew ? undefined : await diffOf(path, old, file);
      return { file, path, diff, isNew, isThere: old !== undefined };
    }),
  );
  const refused = !force && compared.some(({ isNew, isThere }) => isNew && isThere);
  const placed: PlacedFile[] = [];
  for (const { file, path, diff, isNew, isThere } of compared) {
    const result = isNew ? (isThere ? 'differs' : 'not written') : 'unchanged';
    if (refused || !isNew) placed.push({ path, result, diff });
    else {
      await write(path, file);
      placed.push({ path, result: isThere ? 'replaced' : 'written', diff });
    }
  }
  return placed;
};

const write = async (path: string, { content, mode }: GeneratedFile): Promise<void> => {
  try {
    ensureDirectory(join(path, '..'), DIRECTORY_MODE);
    await writeFileAtomic(path, content, mode);
  } catch (error) {
    throw new RedishaError('HOST_FILE', `cannot write ${path}: ${reasonOf(error)}`, { hint: OUT_HINT, cause: error });
  }
};

/** Every option as a run with these options would have it. */
export const showSettings = async (options: CommonOptions): Promise<ShownSettings> => {
  const { sources, warnings } = await settingsFor(options, {});
  return { options: [...sources], warnings };
};
