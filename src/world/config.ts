/** The world of `config`: what this host says to the generator, and the files that come of it. */
import { readFileSync } from 'node:fs';
import { assertSigning, interfacesFor, nodeNumberHere } from '../app/config/network.ts';
import type { CommonOptions, GeneratedFile, GeneratedFiles, PairRequest, ShownSettings } from '../cli/runtime.ts';
import { generateToml } from '../config/toml-part.ts';
import type { Blueprint, NodeIndex } from '../core/blueprint.ts';
import { portsOf } from '../core/blueprint.ts';
import { RedishaError } from '../errors.ts';
import { reasonOf } from '../host/files.ts';
import { generateKeepalivedConf } from '../keepalived/generate.ts';
import { generateReadSysctl } from '../keepalived/read-address.ts';
import { whyNotSigned } from '../keepalived/version.ts';
import { mayBeRead, redisNotes } from '../redis/conf-notes.ts';
import type { RedisConfHints } from '../redis/conf-part.ts';
import { witnessNotes } from '../app/config/witness.ts';
import { generateRedisConfPart, localFor, partName, redisConfHints } from '../redis/conf-part.ts';
import { cards, executableFor, installedKeepalived, notesFor } from './config-host.ts';
import { keyNotes } from './config-key.ts';
import { redisHost } from './config-redis.ts';
import { scriptUserFor } from './config-user.ts';
import { settingsFor } from './settings.ts';

/** keepalived and Redis start as root or read their files as their own user; none of them holds a secret but one. */
const MODE_PLAIN = 0o644;
const MODE_SECRET = 0o600;
const DEFAULT_REDIS_CONF = '/etc/redis/redis.conf';

const usage = (message: string): RedishaError => new RedishaError('USAGE', message, { hint: 'redisha config --help' });

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
    throw usage(`--auth-pass-file: the first line of ${path} must be 1 to 8 letters, digits or . + : @ % / = _ -`);
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
      name: partName(port),
      place: `/etc/redis/${partName(port)}`,
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
  const [interfaces, scriptUser] = [interfacesFor(request, cards()), scriptUserFor(request)];
  const node = (own: NodeIndex) => {
    const address = request.nodes[own];
    return { address, local: localFor(address, hints), interface: interfaces.value[own] };
  };
  const host = redisHost();
  // What the user of the scripts may not read is of no use to redisha, where the password stands elsewhere.
  const isUseful =
    request.passwordFile === undefined || hints === undefined || mayBeRead(scriptUser.value, hints, host);
  const named = isUseful ? request.redisConf : undefined;
  const blueprint: Blueprint = {
    nodes: [node(0), node(1)],
    services: request.services,
    syncGroup: request.syncGroup,
    readAddress: request.readAddress,
    minReplicas: request.minReplicas,
    witness: request.witness,
    profile: request.profile,
    unicast: request.unicast,
    scriptUser: scriptUser.value,
    authPass: readAuthPass(request.authPassFile),
    authHmacKeyFile: request.authHmacKeyFile,
    executable: executableFor(request),
    redisConf: named,
    passwordFile: request.passwordFile,
    commandLine: request.commandLine,
  };
  const keepalived = installedKeepalived();
  assertSigning(blueprint, whyNotSigned(keepalived), cards());
  return {
    here: nodeNumberHere(blueprint, cards()),
    redisConf: request.redisConf ?? DEFAULT_REDIS_CONF,
    files: request.shown.flatMap((own) => filesOf(blueprint, own, hints)),
    notes: [
      ...interfaces.notes,
      ...scriptUser.notes,
      ...notesFor(blueprint, keepalived),
      ...keyNotes(request.authHmacKeyFile),
      ...witnessNotes(blueprint),
      ...redisNotes(blueprint, hints, host),
    ],
  };
};

/** Every option as a run with these options would have it. */
export const showSettings = async (options: CommonOptions): Promise<ShownSettings> => {
  const { sources, warnings } = await settingsFor(options, {});
  return { options: [...sources], warnings };
};
