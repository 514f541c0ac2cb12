/** What the files of a pair are generated from: the few facts that only its operator knows, complete and checked. */

import type { Endpoint } from './model.ts';

/** Where the resident tells what it finds: in memory, so that a full disk keeps no verdict back. */
export const RUN_DIRECTORY = '/run/redisha';

/** There: a script that says whether anybody looks, and starts the resident where nobody does. */
export const LAST_LINE = 'last-line';

export const PROFILE_NAMES = ['balanced', 'article', 'fast'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** 0 is the preferred node. */
export type NodeIndex = 0 | 1;

export interface VirtualAddress {
  readonly vip: string;
  /** `undefined` where keepalived's own choice is to stand: the address alone, /32 or /128. */
  readonly prefixLength: number | undefined;
  readonly family: 4 | 6;
}

/** A virtual address that the clients know, and the ports of the Redis servers that move with it. */
export interface Service extends VirtualAddress {
  /** At least one; each is one Redis on each node. */
  readonly ports: readonly number[];
  readonly virtualRouterId: number;
}

export interface NodePlan {
  /** At which the other node reaches it. */
  readonly address: string;
  /** At which it reaches its own Redis. */
  readonly local: string;
  readonly interface: string;
}

export interface Blueprint {
  readonly nodes: readonly [NodePlan, NodePlan];
  readonly services: readonly Service[];
  /** Where one service moves, all do. */
  readonly syncGroup: boolean;
  /** An address whose connections go to the replicas that are in step. Only where everything moves at once. */
  readonly readAddress: VirtualAddress | undefined;
  /** A master without its replica is to refuse writes. */
  readonly minReplicas: boolean;
  /** The third vote: a server that is in no pair. */
  readonly witness: Endpoint | undefined;
  readonly profile: ProfileName;
  readonly unicast: boolean;
  readonly scriptUser: string;
  /** The VRRPv2 password; a secret. */
  readonly authPass: string | undefined;
  /** Path on both nodes of the key by which keepalived signs its adverts. */
  readonly authHmacKeyFile: string | undefined;
  /** Path of redisha on both nodes. */
  readonly executable: string;
  /** Path of the redis.conf that redisha is to read, if one was named. */
  readonly redisConf: string | undefined;
  /** Path on both nodes of the file with the password of Redis, if one was named. */
  readonly passwordFile: string | undefined;
  /** What generates the same files again. */
  readonly commandLine: string;
}

export const peerOf = ({ nodes }: Blueprint, own: NodeIndex): NodePlan => nodes[own === 0 ? 1 : 0];

export const portsOf = ({ services }: Pick<Blueprint, 'services'>): readonly number[] =>
  services.flatMap(({ ports }) => ports);

/** Of the vrrp_instance in keepalived.conf. */
export const instanceName = ({ ports }: Service): string => `redis_${ports.join('_')}`;

const ROUTER_ID_MAX = 255;

/**
 * A virtual_router_id that both nodes come to by themselves: what the address ends in, or the next one that is free.
 * Other VRRP groups of the same network may have it already, which nobody can see from here.
 */
export const virtualRouterIdFor = (vip: string, taken: readonly number[]): number => {
  const last = vip.split(':').at(-1) ?? '';
  const ending = last.includes('.') ? Number(last.split('.').at(-1)) : Number.parseInt(last || '0', 16);
  let id = ending % ROUTER_ID_MAX || ROUTER_ID_MAX;
  while (taken.includes(id)) id = (id % ROUTER_ID_MAX) + 1;
  return id;
};
