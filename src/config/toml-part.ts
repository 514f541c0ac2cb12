/** redisha.toml of one node of a pair: what the command lines in keepalived.conf do not say. */
import type { Blueprint, NodeIndex, Service } from '../core/blueprint.ts';
import { peerOf, portsOf } from '../core/blueprint.ts';
import { formatEndpoint } from '../core/model.ts';
import type { Key } from './schema.ts';

/** Text that needs no escape but JSON's, which TOML shares for what the generator lets through. */
const setting = (key: Key, value: string | number): string => `${key} = ${JSON.stringify(value)}`;

const instances = ({ ports, vip }: Service): readonly string[] =>
  ports.flatMap((port) => ['', `[instance.${String(port)}]`, setting('vip', vip)]);

const secrets = ({ redisConf, passwordFile }: Blueprint): readonly string[] => {
  if (redisConf === undefined && passwordFile === undefined) {
    return [
      '# If Redis asks for a password, redisha reads it from one of these files. Only the owner should be able to read it.',
      '#redis_conf = "/etc/redis/redis.conf"',
      '#password_file = "/etc/redisha/password"',
    ];
  }
  return [
    ...(passwordFile === undefined
      ? []
      : [
          '# The first line of this file is the password of both servers. Only the user of the scripts should be able to read it.',
          setting('password_file', passwordFile),
        ]),
    ...(redisConf === undefined
      ? []
      : ['# redisha reads password, TLS and renamed commands from this file.', setting('redis_conf', redisConf)]),
  ];
};

/** How long a silent peer is believed in, once VRRP has given this node the address. */
const patience = ({ profile }: Blueprint): readonly string[] =>
  profile === 'fast'
    ? [
        '',
        '# How long a peer may be silent before this node takes over: its Redis, and its whole host. A server that forks a',
        '# large dataset may need more.',
        setting('frozen_timeout', '200ms'),
        setting('gone_timeout', '100ms'),
        '# How long a Redis may be stopped before its node is unfit, and how often redisha looks at that.',
        setting('watch_stopped_after', '225ms'),
        setting('watch_tick', '50ms'),
      ]
    : [];

const witnessLines = ({ witness }: Blueprint): readonly string[] =>
  witness === undefined
    ? []
    : [
        '',
        '# The third vote. Without the other node, a node takes writes only while it holds a lease at the witness. If the',
        '# witness asks for a password, name the file that has it.',
        setting('witness', formatEndpoint(witness)),
        '#witness_password_file = "/etc/redisha/witness-password"',
      ];

/** The whole file. It holds no secret. */
export const generateToml = (blueprint: Blueprint, own: NodeIndex): string => {
  const { nodes, services } = blueprint;
  const [port, ...ports] = portsOf(blueprint);
  const [service, ...others] = services;
  const vip = others.length === 0 ? service?.vip : undefined;
  const lines = [
    `# redisha.toml of node ${String(own + 1)} (${nodes[own].address}), written by "redisha config".`,
    '# "redisha config show" prints every option, its value, and where the value comes from.',
    '',
    '# keepalived.conf has these in every call. Here they are for commands that people type: redisha status, redisha promote.',
    setting('local', nodes[own].local),
    setting('peer', peerOf(blueprint, own).address),
    ...(port === undefined || ports.length > 0 ? [] : [setting('port', port)]),
    '',
    ...secrets(blueprint),
    '',
    '# The virtual address, which the clients use.',
    ...(vip === undefined ? [] : [setting('vip', vip)]),
    ...patience(blueprint),
    ...witnessLines(blueprint),
    ...(vip === undefined ? services.flatMap(instances) : []),
  ];
  return `${lines.join('\n')}\n`;
};
