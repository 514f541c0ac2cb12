/**
 * The address for reading: LVS on the two nodes themselves, which are directors and real servers at once.
 *
 * Direct routing, since a reply that is rewritten (NAT) would have to go back through the director, and the other node
 * sends it straight to the client. Two things go wrong with that on two nodes, and each has its remedy here:
 * - Both nodes load the same table, so the one without the address would send on what it was sent: a packet goes round
 *   for ever. With `backup_only` a kernel forwards nothing while its sync daemon is a backup, and keepalived keeps that
 *   daemon in the state of the instance. Source: linux/Documentation/networking/ipvs-sysctl.rst; include/net/ip_vs.h
 *   sysctl_backup_only; keepalived/vrrp/vrrp.c vrrp_state_leave_master (ipvs_syncd_backup).
 * - Both nodes have the address, one of them only to take what it is sent: on `lo`, where nobody is told of it by ARP.
 *   IPv6 answers for the addresses of the asked interface alone. Source: linux/Documentation/networking/ip-sysctl.rst.
 */
import type { Blueprint, NodeIndex, NodePlan } from '../core/blueprint.ts';
import { instanceName, portsOf } from '../core/blueprint.ts';
import { block } from './block.ts';

/** A check answers within check_deadline, 1.2 s. keepalived counts in whole seconds. */
const CHECK_EVERY_S = 2;
const CHECK_TIMEOUT_S = 2;

/** The group that IPVS speaks to where there may be no IPv4 address to speak from; 224.0.0.81 else. */
const SYNC_GROUP_IPV6 = 'ff02::81';

/** What stands in global_defs. */
export const syncDaemon = ({ nodes, services, readAddress }: Blueprint, own: NodeIndex): readonly string[] => {
  const [service] = services;
  if (readAddress === undefined || service === undefined) return [];
  const group = readAddress.family === 6 ? ` group ${SYNC_GROUP_IPV6}` : '';
  return [
    '! With this and net.ipv4.vs.backup_only the node without the address takes packets itself, and forwards none.',
    `lvs_sync_daemon ${nodes[own].interface} ${instanceName(service)}${group}`,
  ];
};

const realServer = ({ executable }: Blueprint, { address }: NodePlan, at: string, port: number): readonly string[] =>
  block(`real_server ${address} ${String(port)}`, [
    'weight 1',
    ...block('MISC_CHECK', [
      `misc_path "${executable} check --for read ${at} ${String(port)}"`,
      `misc_timeout ${String(CHECK_TIMEOUT_S)}`,
    ]),
  ]);

/** One block for each port, and none without an address for reading. */
export const virtualServers = (blueprint: Blueprint, own: NodeIndex): readonly (readonly string[])[] => {
  const { readAddress, nodes } = blueprint;
  if (readAddress === undefined) return [];
  return portsOf(blueprint).map((port) => [
    '! Clients read from a replica that is in step. If there is none, they read from this node: it is the master when it',
    '! has the address. This needs a kernel with IPVS (without it keepalived ends), and the steps in redisha-read.conf.',
    ...block(`virtual_server ${readAddress.vip} ${String(port)}`, [
      `delay_loop ${String(CHECK_EVERY_S)}`,
      'lb_algo rr',
      'lb_kind DR',
      'protocol TCP',
      `sorry_server ${readAddress.family === 6 ? '::1' : '127.0.0.1'} ${String(port)}`,
      ...nodes.flatMap((node, index) => realServer(blueprint, node, index === own ? node.local : node.address, port)),
    ]),
  ]);
};

/** What the kernel of both nodes has to do for it, for /etc/sysctl.d; `undefined` without an address for reading. */
export const generateReadSysctl = ({ readAddress }: Blueprint): string | undefined => {
  if (readAddress === undefined) return undefined;
  const { vip, family } = readAddress;
  const hosts = `${vip}/${family === 6 ? '128' : '32'}`;
  const lines = [
    `# What the address for reading, ${vip}, needs on both nodes. Written by "redisha config".`,
    '#',
    '# 1. The kernel module, before keepalived starts and before this file is read. Now: modprobe ip_vs',
    '#    For each boot: a file in /etc/modules-load.d with the line ip_vs',
    `# 2. The address on lo. Now: ip address add ${hosts} dev lo`,
    '#    For each boot: in the network configuration of this host',
    '# 3. This file in /etc/sysctl.d. Now: sysctl --system',
    `# 4. Redis must listen on that address as well, for example with ${family === 6 ? 'bind * -::*' : 'bind 0.0.0.0'}`,
    '#',
    '# Programs on the two nodes themselves must not use that address: that address would also be the source of their packets.',
    '',
    '# The node without the address takes the packets that the other node sends it, and forwards none.',
    'net.ipv4.vs.backup_only = 1',
    '# If a replica may no longer be read from, its connections are reset at once. Otherwise they would hang.',
    'net.ipv4.vs.expire_nodest_conn = 1',
    ...(family === 6
      ? []
      : [
          '',
          '# Only the node that has the address on its interface answers ARP for it. The other node has it on lo only.',
          'net.ipv4.conf.all.arp_ignore = 1',
          'net.ipv4.conf.all.arp_announce = 2',
        ]),
  ];
  return `${lines.join('\n')}\n`;
};
