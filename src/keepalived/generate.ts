/**
 * keepalived.conf of one node of a pair.
 *
 * Source: keepalived.conf(5) of 2.2.7 and facts D: a command stands in one pair of quotes (D9), no MASTER beside nopreempt
 * (D12), an address is announced anew after a split (D14). Tested against `keepalived -t` and against a start.
 */
import type { Blueprint, NodeIndex, Service } from '../core/blueprint.ts';
import { instanceName, LAST_LINE, peerOf, RUN_DIRECTORY } from '../core/blueprint.ts';
import { block } from './block.ts';
import type { PlainCheck, Profile } from './profiles.ts';
import { prioritiesFor, PROFILES } from './profiles.ts';
import { syncDaemon, virtualServers } from './read-address.ts';

/** The resident looks, and tells keepalived by a file. */
export const isWatched = ({ profile }: Blueprint): boolean => PROFILES[profile].check === undefined;

const head = ({ nodes, profile, commandLine }: Blueprint, own: NodeIndex): readonly string[] => [
  `! keepalived.conf of node ${String(own + 1)} (${nodes[own].address}), written by "redisha config", profile ${profile}.`,
  ...PROFILES[profile].about.map((line) => `! ${line}`),
  '! To change an address or a host, type this again with what is new (docs/operations.md, "Day two"):',
  `!   ${commandLine}`,
];

const unicastGlobals = ({ unicast }: Blueprint): readonly string[] =>
  unicast ? ['! An advert counts only if it comes from the peer.', 'vrrp_check_unicast_src'] : [];

/**
 * From 50 nothing is raised to 50, but without that line keepalived advises it at each start.
 * Source: keepalived/lib/process.c increment_process_priority (cur_rt_priority >= max_rt_priority); keepalived.conf(5),
 * max_auto_priority.
 */
const REAL_TIME = [
  '! A busy or swapping host must not miss an advert: the other node would become a second master.',
  'vrrp_rt_priority 50',
  'vrrp_no_swap',
  '! keepalived raises its priority no further, however late it is.',
  'max_auto_priority 50',
  '! The kernel kills a real-time process that works for this long without a break: 10 s. The default is 0.01 s, which is',
  '! too short for a busy host with many instances. Without CAP_SYS_RESOURCE, as in many containers, the kernel kills any',
  '! keepalived at a reload. There restart keepalived instead, first on the node without the address.',
  'vrrp_rlimit_rttime 10000000',
];

const RAISED_LATE = [
  '! keepalived raises its priority when it is late by a second. From then on the kernel kills it if it works for this',
  '! long without a break: 10 s. The default is 0.01 s, which is too short for a busy host with many instances.',
  '! Old versions do not know these two lines, and say so.',
  'max_auto_priority 50',
  'vrrp_rlimit_rttime 10000000',
];

const pace = ({ vrrpVersion, realTime }: Profile): readonly string[] => [
  ...(vrrpVersion === undefined
    ? []
    : ['! VRRPv2 sends at most one advert a second.', `vrrp_version ${String(vrrpVersion)}`]),
  ...(realTime ? REAL_TIME : RAISED_LATE),
];

const FIFO = `${RUN_DIRECTORY}/fifo`;

const watcher = (blueprint: Blueprint, own: NodeIndex): readonly string[] => {
  const { executable, nodes, services, scriptUser } = blueprint;
  if (!isWatched(blueprint)) return [];
  const instances = services.map((service) => `${instanceName(service)}=${service.ports.join(',')}`);
  const words = [nodes[own].local, peerOf(blueprint, own).address, ...instances].join(' ');
  return [
    '! /run is empty after every boot, so keepalived makes this directory before anything else.',
    `startup_script "/usr/bin/install -d -m 0755 -o ${scriptUser} ${RUN_DIRECTORY}" root`,
    '! This process watches every Redis of this host. keepalived tells it every event, in order.',
    `vrrp_notify_fifo ${FIFO}`,
    `vrrp_notify_fifo_script "${executable} watch ${words}"`,
  ];
};

const globals = (blueprint: Blueprint, own: NodeIndex): readonly string[] =>
  block('global_defs', [
    '! The name of this host. It must differ between the nodes.',
    `router_id redisha-${blueprint.nodes[own].address}`,
    '! The user that runs the scripts. Every directory above the executable must belong to root, and only root may write',
    '! to it. Otherwise keepalived disables the scripts.',
    `script_user ${blueprint.scriptUser}`,
    'enable_script_security',
    ...watcher(blueprint, own),
    '! After a broken network both nodes have announced the address. The node that keeps it announces it again: at once',
    '! when it hears the other node, and then every minute. The other node sends one more advert before it gives way.',
    'vrrp_garp_lower_prio_repeat 5',
    'vrrp_higher_prio_send_advert true',
    'vrrp_garp_master_refresh 60',
    ...unicastGlobals(blueprint),
    ...syncDaemon(blueprint, own),
    ...pace(PROFILES[blueprint.profile]),
  ]);

const scriptName = (port: number): string => `redis_${String(port)}_fit`;

const script = (
  { nodes, executable }: Blueprint,
  own: NodeIndex,
  port: number,
  { intervalS, timeoutS, fall, rise }: PlainCheck,
): readonly string[] => {
  return block(`vrrp_script ${scriptName(port)}`, [
    `script "${executable} check ${nodes[own].local} ${String(port)}"`,
    `interval ${String(intervalS)}`,
    `timeout ${String(timeoutS)}`,
    `fall ${String(fall)}`,
    `rise ${String(rise)}`,
    '! Without a weight, a node that is unfit gives the address up, whatever its priority is.',
  ]);
};

const trackFileName = (port: number): string => `redis_${String(port)}_unfit`;

/** The file by which keepalived hears from the resident. */
const verdict = (port: number): readonly string[] =>
  block(`track_file ${trackFileName(port)}`, [
    '! 0 means fit, and 1 means unfit. A node that is unfit gives the address up, whatever its priority is. At the start',
    '! it counts as unfit, until redisha has looked at the server.',
    `file "${RUN_DIRECTORY}/${String(port)}-unfit"`,
    'weight 0',
    'init_file 1 overwrite',
  ]);

/** How keepalived comes to know whether this node is fit. */
const fitness = (blueprint: Blueprint, own: NodeIndex, port: number): readonly string[] => {
  const { check } = PROFILES[blueprint.profile];
  return check === undefined ? verdict(port) : script(blueprint, own, port, check);
};

const claimName = (port: number): string => `redis_${String(port)}_claim`;

/** What is tracked by a member of a sync group has no weight: the file would then say that the node is not fit. */
const hasClaims = (blueprint: Blueprint): boolean => isWatched(blueprint) && !blueprint.syncGroup;

/** The file by which the node that took writes alone keeps the address. */
const claim = (blueprint: Blueprint, port: number): readonly (readonly string[])[] =>
  hasClaims(blueprint)
    ? [
        block(`track_file ${claimName(port)}`, [
          '! keepalived adds this number to the priority. redisha raises it while this node is cut off from the other one and',
          '! clients write here. So the address stays at this node when the two meet again.',
          `file "${RUN_DIRECTORY}/${String(port)}-claim"`,
          'weight 1',
          'init_file 0 overwrite',
        ]),
      ]
    : [];

const LAST_LINE_NAME = 'redisha_looks';

const hasLastLine = ({ profile }: Blueprint): boolean => PROFILES[profile].hasLastLine;

/**
 * `env`, because from 2.3 on keepalived takes no program that a directory of its path is a link to, as `/bin` is today; and
 * which directory a shell is in differs. Seen on 2.3.3: "Wrong file type found in script path '/bin/sh'".
 *
 * `-O`, because who owns the directory decides what stands in the file: root must not carry out what another user may write, as
 * where the script_user here and the user of `install.sh` differ. enable_script_security looks at `env` alone.
 */
const lastLine = (blueprint: Blueprint): readonly (readonly string[])[] => {
  const file = `${RUN_DIRECTORY}/${LAST_LINE}`;
  return hasLastLine(blueprint)
    ? [
        block(`vrrp_script ${LAST_LINE_NAME}`, [
          '! A safety net: if nobody has looked at the server for ten seconds, this starts "redisha watch" again. If nobody',
          '! looks three seconds later either, this node gives the address up.',
          `script "/usr/bin/env sh -c 'if [ -O ${RUN_DIRECTORY} ] && [ -e ${file} ]; then . ${file}; fi'"`,
          'interval 3',
          'timeout 2',
          'fall 2',
          'rise 1',
        ]),
      ]
    : [];
};

const tracked = (blueprint: Blueprint, { ports }: Service): readonly string[] => {
  if (!isWatched(blueprint)) return block('track_script', ports.map(scriptName));
  const claims = hasClaims(blueprint) ? ports.map(claimName) : [];
  const scripts = hasLastLine(blueprint) ? block('track_script', [LAST_LINE_NAME]) : [];
  return [...block('track_file', [...ports.map(trackFileName), ...claims]), ...scripts];
};

const preemption = ({ initialStates, nopreempt }: Profile, own: NodeIndex): readonly string[] => [
  ...(nopreempt
    ? [
        '! BACKUP on both nodes, because nopreempt works only so. The node that has the address keeps it while it is fit.',
      ]
    : []),
  `state ${initialStates[own]}`,
  ...(nopreempt ? ['nopreempt'] : []),
];

const unicastPeers = (blueprint: Blueprint, own: NodeIndex): readonly string[] =>
  blueprint.unicast
    ? [`unicast_src_ip ${blueprint.nodes[own].address}`, ...block('unicast_peer', [peerOf(blueprint, own).address])]
    : [];

const authentication = ({ authPass }: Blueprint): readonly string[] =>
  authPass === undefined
    ? []
    : [
        '! Every advert has this password in clear text. It protects from mistakes, not from attackers.',
        ...block('authentication', ['auth_type PASS', `auth_pass ${authPass}`]),
      ];

/**
 * An advert also counts only once, whatever the window: its sequence has to grow. So the window may be wide, for clocks that
 * run apart further than it would make both nodes MASTER.
 * Source: keepalived.conf(5) of 2.4.2, auth_hmac; vrrp_auth_hmac.c (replay_ok) and vrrp_parser.c of the same. Not tried: no
 * Debian suite has that version.
 */
const signature = ({ authHmacKeyFile }: Blueprint): readonly string[] =>
  authHmacKeyFile === undefined
    ? []
    : [
        '! Every advert is signed, and an advert without a valid signature is ignored. Both nodes need keepalived 2.4.3 or',
        '! newer, the same key, and clocks that are at most 30 seconds apart. On a pair that runs, use the mode receive-only',
        '! on both nodes first, then permissive on both, and then this one.',
        ...block('auth_hmac', [
          `key 1 file:${authHmacKeyFile}`,
          'active_key 1',
          'anti_replay time',
          'time_window 30',
          'mode enforce',
        ]),
      ];

const notifies = (blueprint: Blueprint, own: NodeIndex, { ports }: Service): readonly string[] => {
  const { executable, nodes } = blueprint;
  const line = (keyword: string, command: string): string =>
    `${keyword} "${executable} ${command} ${nodes[own].local} ${peerOf(blueprint, own).address} ${ports.join(',')}"`;
  return [
    '! Each command must be in one pair of quotes. Without quotes keepalived takes the second word for a user.',
    line('notify_master', 'master'),
    line('notify_backup', 'backup'),
    line('notify_fault', 'fault'),
    line('notify_stop', 'stop'),
    ...(isWatched(blueprint)
      ? []
      : [
          '! This node is master and has heard another master: the network is whole again, and redisha brings the writes of',
          '! both together. keepalived calls this for every such advert. --heal makes it a repair, so only one runs at a time.',
          line('notify_master_rx_lower_pri', 'master --heal'),
        ]),
  ];
};

/** The addresses of an instance. That for reading stands with the first: the node that has both is the director. */
const addressesOf = ({ services, readAddress }: Blueprint, service: Service): readonly string[] =>
  [service, ...(readAddress !== undefined && service === services[0] ? [readAddress] : [])].map(
    ({ vip, prefixLength }) => (prefixLength === undefined ? vip : `${vip}/${String(prefixLength)}`),
  );

const instance = (blueprint: Blueprint, own: NodeIndex, service: Service): readonly string[] => {
  const profile = PROFILES[blueprint.profile];
  return block(`vrrp_instance ${instanceName(service)}`, [
    ...preemption(profile, own),
    `interface ${blueprint.nodes[own].interface}`,
    '! The number of the pair. It must be equal on both nodes, and no other VRRP group of this network may have it.',
    `virtual_router_id ${String(service.virtualRouterId)}`,
    `priority ${String(prioritiesFor(profile, service)[own])}`,
    `advert_int ${profile.advertS}`,
    ...unicastPeers(blueprint, own),
    ...authentication(blueprint),
    ...signature(blueprint),
    ...block('virtual_ipaddress', addressesOf(blueprint, service)),
    ...(service.ports.length > 1 ? ['! If one of these servers is unfit, the address moves for all of them.'] : []),
    ...tracked(blueprint, service),
    ...notifies(blueprint, own, service),
  ]);
};

const syncGroup = (blueprint: Blueprint): readonly (readonly string[])[] =>
  blueprint.syncGroup
    ? [
        [
          '! All addresses move together, also if only one Redis is unfit.',
          ...block('vrrp_sync_group redis', [...block('group', blueprint.services.map(instanceName))]),
        ],
      ]
    : [];

/** The whole file. With an `authPass` it holds a secret. */
export const generateKeepalivedConf = (blueprint: Blueprint, own: NodeIndex): string =>
  [
    head(blueprint, own),
    globals(blueprint, own),
    ...syncGroup(blueprint),
    ...lastLine(blueprint),
    ...blueprint.services.flatMap((service) => [
      ...service.ports.map((port) => fitness(blueprint, own, port)),
      ...service.ports.flatMap((port) => claim(blueprint, port)),
      instance(blueprint, own, service),
    ]),
    ...virtualServers(blueprint, own),
  ]
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
