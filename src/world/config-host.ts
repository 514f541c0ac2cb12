/** What this host says to the generator of `config` where nobody else did, and what on it will not go well with the files. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { isSea } from 'node:sea';
import { isIn } from '../address.ts';
import type { PairRequest } from '../cli/runtime.ts';
import type { Blueprint, NodePlan } from '../core/blueprint.ts';
import { RedishaError } from '../errors.ts';
import { unsafeParts } from '../host/script-path.ts';
import { RUN_DIRECTORY } from '../core/blueprint.ts';
import { isWatched } from '../keepalived/generate.ts';
import type { FoundKeepalived } from '../keepalived/version.ts';
import { foundKeepalived, versionNotes, whyNotSigned } from '../keepalived/version.ts';

const DEFAULT_EXECUTABLE = '/usr/local/bin/redisha';
const VERSION_TIMEOUT_MS = 2_000;

interface Card {
  readonly name: string;
  readonly address: string;
  readonly cidr: string;
}

const cards = (): readonly Card[] =>
  Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map(({ address, cidr }) => ({ name, address, cidr: cidr ?? '' })),
  );

/**
 * The interface in whose network the virtual address is, for there the clients have to be told of it; else the one that has
 * the address of a node, or is in the network of a node. With unicast the nodes come first: adverts go from node to node.
 */
const findInterface = ({ nodes, services, unicast }: PairRequest): string | undefined => {
  const known = cards();
  const clients = known.find(({ cidr }) => services.some(({ vip }) => isIn(cidr, vip)));
  const own = known.find(({ address }) => nodes.includes(address));
  const near = known.find(({ cidr }) => nodes.some((node) => isIn(cidr, node)));
  const [first, second, third] = unicast ? [own, near, clients] : [clients, own, near];
  return (first ?? second ?? third)?.name;
};

export interface Taken<T> {
  readonly value: T;
  /** What a person should know of the choice. */
  readonly notes: readonly string[];
}

/** @throws {RedishaError} USAGE where it cannot be told */
export const interfacesFor = (request: PairRequest): Taken<readonly [string, string]> => {
  if (request.interfaces !== undefined) return { value: request.interfaces, notes: [] };
  const found = findInterface(request);
  if (found === undefined) {
    throw new RedishaError(
      'USAGE',
      `no interface of this host is in a network with ${request.nodes.join(' or ')}: name it`,
      { hint: 'redisha config --interface eth0 ...; "ip -brief address" lists the names' },
    );
  }
  const note = `the interface is taken to be ${found} on both nodes: --interface FIRST,SECOND where it is not`;
  return { value: [found, found], notes: [note] };
};

/** Where install.sh has put this program with a prefix of its own; a copy in a build directory is not meant to be called. */
export const executableFor = ({ executable }: PairRequest): string =>
  executable ??
  (isSea() && /^\/[\w.+@/-]+\/bin\/redisha$/.test(process.execPath) ? process.execPath : DEFAULT_EXECUTABLE);

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** What the keepalived of this host says of its version. People who are not root have no /usr/sbin in their PATH. */
export const installedKeepalived = (): FoundKeepalived => {
  const { PATH = '', ...env } = process.env;
  const { error, stderr } = spawnSync('keepalived', ['--version'], {
    encoding: 'utf8',
    env: { ...env, PATH: `${PATH}:/usr/local/sbin:/usr/sbin` },
    timeout: VERSION_TIMEOUT_MS,
  });
  return foundKeepalived(error === undefined ? stderr : undefined);
};

/** The node that this host is; `undefined` where it is neither. */
const nodeHere = ({ nodes }: Blueprint, known: readonly Card[]): NodePlan | undefined =>
  nodes.find(({ address }) => known.some((card) => card.address === address));

/** 1 or 2; `undefined` where this host is neither, or both. */
export const nodeNumberHere = ({ nodes }: Blueprint): number | undefined => {
  const known = cards();
  const own = nodes.flatMap(({ address }, index) =>
    known.some((card) => card.address === address) ? [index + 1] : [],
  );
  return own.length === 1 ? own[0] : undefined;
};

/**
 * No matter of a note: up to 2.3.4 keepalived does not start with such a file, and one of 2.4.0 to 2.4.2 may not hear the
 * other node, so that both would lead.
 * @throws {RedishaError} USAGE where this host is a node, and its keepalived signs no adverts
 */
export const assertSigning = (blueprint: Blueprint, found: FoundKeepalived): void => {
  const why = blueprint.authHmacKeyFile === undefined ? undefined : whyNotSigned(found);
  if (why !== undefined && nodeHere(blueprint, cards()) !== undefined)
    throw new RedishaError('USAGE', why, {
      hint: 'install that keepalived on both hosts first, or leave the option out',
    });
};

/** The interfaces of the node that this host is; none where it is neither. */
const networkNotes = (blueprint: Blueprint): readonly string[] => {
  const { services } = blueprint;
  const known = cards();
  const here = nodeHere(blueprint, known);
  if (here === undefined) return [];
  const own = known.filter(({ name }) => name === here.interface);
  if (own.length === 0)
    return [`this host has no interface ${here.interface} with an address: "ip -brief address" lists them`];
  return services
    .filter(({ vip }) => !own.some(({ cidr }) => isIn(cidr, vip)))
    .map(
      ({ vip }) => `${vip} is in no network of ${here.interface}: its clients find it only where a route leads there`,
    );
};

/** Source: linux/net/netfilter/ipvs/ip_vs_ctl.c: the table is in /proc as long as IPVS is there, built in or loaded. */
const IPVS = ['/proc/net/ip_vs', '/sys/module/ip_vs'];

const readNotes = ({ readAddress }: Blueprint): readonly string[] =>
  readAddress === undefined || IPVS.some((path) => existsSync(path))
    ? []
    : [
        'this host has no IPVS, which --read-vip needs, and without which keepalived ends and is started again for ever: ' +
          'modprobe ip_vs, and a line ip_vs in a file of /etc/modules-load.d',
      ];

/** What a person should look at before the files are used. */
export const notesFor = (blueprint: Blueprint, keepalived: FoundKeepalived): readonly string[] => {
  const { executable, profile, unicast, authHmacKeyFile } = blueprint;
  return [
    ...networkNotes(blueprint),
    ...(isProgram(executable)
      ? []
      : [`there is no program ${executable} on this host yet: keepalived disables scripts that it cannot find`]),
    ...unsafeParts(executable).map(
      (complaint) => `keepalived with enable_script_security would disable the scripts: ${complaint}`,
    ),
    ...readNotes(blueprint),
    ...versionNotes(
      {
        profile,
        isWatched: isWatched(blueprint),
        isUnicast: unicast,
        isSigned: authHmacKeyFile !== undefined,
        hasDirectory: existsSync(RUN_DIRECTORY),
      },
      keepalived,
    ),
  ];
};
