/** Which of the two hosts this is, by its interfaces, and what on them will not go well with the files of `config`. */
import { isIn } from '../../address.ts';
import type { Blueprint, NodePlan } from '../../core/blueprint.ts';
import { RedishaError } from '../../errors.ts';

/** An address on an interface of this host. */
export interface Card {
  readonly name: string;
  readonly address: string;
  /** The same with the length of its network; empty where there is none. */
  readonly cidr: string;
}

export interface Taken<T> {
  readonly value: T;
  /** What a person should know of the choice. */
  readonly notes: readonly string[];
}

interface Asked extends Pick<Blueprint, 'services' | 'unicast'> {
  readonly nodes: readonly [string, string];
  readonly interfaces: readonly [string, string] | undefined;
}

/**
 * The interface in whose network the virtual address is, for there the clients have to be told of it; else the one that has
 * the address of a node, or is in the network of a node. With unicast the nodes come first: adverts go from node to node.
 */
const findInterface = ({ nodes, services, unicast }: Asked, cards: readonly Card[]): string | undefined => {
  const clients = cards.find(({ cidr }) => services.some(({ vip }) => isIn(cidr, vip)));
  const own = cards.find(({ address }) => nodes.includes(address));
  const near = cards.find(({ cidr }) => nodes.some((node) => isIn(cidr, node)));
  const [first, second, third] = unicast ? [own, near, clients] : [clients, own, near];
  return (first ?? second ?? third)?.name;
};

/** @throws {RedishaError} USAGE where it cannot be told */
export const interfacesFor = (asked: Asked, cards: readonly Card[]): Taken<readonly [string, string]> => {
  if (asked.interfaces !== undefined) return { value: asked.interfaces, notes: [] };
  const found = findInterface(asked, cards);
  if (found === undefined) {
    throw new RedishaError(
      'USAGE',
      `no interface of this host is in a network with ${asked.nodes.join(' or ')}: name it`,
      {
        hint: 'redisha config --interface eth0 ...; "ip -brief address" lists the names',
      },
    );
  }
  const note = `the interface is taken to be ${found} on both nodes: --interface FIRST,SECOND where it is not`;
  return { value: [found, found], notes: [note] };
};

/** The node that this host is; `undefined` where it is neither. */
const nodeHere = ({ nodes }: Pick<Blueprint, 'nodes'>, cards: readonly Card[]): NodePlan | undefined =>
  nodes.find(({ address }) => cards.some((card) => card.address === address));

/** 1 or 2; `undefined` where this host is neither, or both. */
export const nodeNumberHere = ({ nodes }: Pick<Blueprint, 'nodes'>, cards: readonly Card[]): number | undefined => {
  const own = nodes.flatMap(({ address }, index) =>
    cards.some((card) => card.address === address) ? [index + 1] : [],
  );
  return own.length === 1 ? own[0] : undefined;
};

/**
 * No matter of a note: up to 2.3.4 keepalived does not start with such a file, and one of 2.4.0 to 2.4.2 may not hear the
 * other node, so that both would lead. `whyNot`: why the keepalived of this host signs no adverts; `undefined` where it does.
 * @throws {RedishaError} USAGE where this host is a node, and its keepalived signs no adverts
 */
export const assertSigning = (
  blueprint: Pick<Blueprint, 'nodes' | 'authHmacKeyFile'>,
  whyNot: string | undefined,
  cards: readonly Card[],
): void => {
  if (blueprint.authHmacKeyFile === undefined || whyNot === undefined) return;
  if (nodeHere(blueprint, cards) !== undefined)
    throw new RedishaError('USAGE', whyNot, {
      hint: 'install that keepalived on both hosts first, or leave the option out',
    });
};

/** The interfaces of the node that this host is; none where it is neither. */
export const networkNotes = (
  blueprint: Pick<Blueprint, 'nodes' | 'services'>,
  cards: readonly Card[],
): readonly string[] => {
  const here = nodeHere(blueprint, cards);
  if (here === undefined) return [];
  const own = cards.filter(({ name }) => name === here.interface);
  if (own.length === 0)
    return [`this host has no interface ${here.interface} with an address: "ip -brief address" lists them`];
  return blueprint.services
    .filter(({ vip }) => !own.some(({ cidr }) => isIn(cidr, vip)))
    .map(
      ({ vip }) => `${vip} is in no network of ${here.interface}: its clients find it only where a route leads there`,
    );
};

type Missable = Pick<Blueprint, 'executable' | 'readAddress' | 'passwordFile' | 'scriptUser'>;

/** What of it this host has; of the password file, whether anything is there. */
interface Present {
  readonly isProgram: boolean;
  readonly hasIpvs: boolean;
  readonly hasPasswordFile: boolean;
}

/** What is not on this host yet. Without the password file a node judges nobody, and takes no role. */
export const missingNotes = (
  { executable, readAddress, passwordFile, scriptUser }: Missable,
  { isProgram, hasIpvs, hasPasswordFile }: Present,
): readonly string[] => [
  ...(isProgram
    ? []
    : [`there is no program ${executable} on this host yet: keepalived disables scripts that it cannot find`]),
  ...(readAddress === undefined || hasIpvs
    ? []
    : [
        'this host has no IPVS, which --read-vip needs, and without which keepalived ends and is started again for ever: ' +
          'modprobe ip_vs, and a line ip_vs in a file of /etc/modules-load.d',
      ]),
  ...(passwordFile === undefined || hasPasswordFile
    ? []
    : [
        `there is no ${passwordFile} on this host yet. On both nodes: ` +
          `install -m 0600 -o ${scriptUser} /dev/stdin ${passwordFile}, then type the password, Enter and Ctrl-D`,
      ]),
];
