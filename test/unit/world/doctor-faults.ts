/** Faults in the files of a pair, and what the doctor says of each. */
import type { Files } from './doctor-files.ts';
import { changed, OWN, PEER } from './doctor-files.ts';

export const K = 'keepalived.conf';
export const R = 'redis.conf';

/** What is changed in a file of this host, and what is then said of which line. */
type Fault = readonly [id: string, name: string, old: string, by: string, line: string, fix: RegExp];

const BACKUP = 'state BACKUP';
const CHECK = 'script "/usr/local/redis/sh/redis_check.sh 127.0.0.1 6379"';
const TRACK = 'track_script {\n        chk_redis\n    }';
const notify = (state: string): string =>
  `notify_${state} "/usr/local/redis/sh/redis_${state}.sh 127.0.0.1 10.0.0.2 6379"`;
const VIRTUAL_SERVER = `virtual_server 10.0.0.100 6379 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    sorry_server 127.0.0.1 80
    real_server 10.0.0.1 6379 {
        weight 1
    }
    real_server 10.0.0.2 6379 {
        weight 1
    }
}
`;
const SECOND = 'vrrp_instance VI_2 {\n    interface eth0\n    virtual_router_id 60\n}\n';

export const FAULTS: readonly Fault[] = [
  ['not-understood', K, 'interval 2', '@other interval 2', '@other interval 2', /write the lines out/],
  ['unknown-word', K, 'fall 3', 'fal 3', 'fal 3', /misspelling of "fal"/],
  ['unknown-word', K, 'router_id NODE', 'lvs_id NODE', 'lvs_id NODE_10.0.0.1', /misspelling of "lvs_id"/],
  [
    'nopreempt-with-master',
    K,
    'advert_int 3',
    'nopreempt\n    advert_int 3',
    'nopreempt',
    /state BACKUP on both hosts/,
  ],
  ['weight-moves-nothing', K, 'fall 3', 'fall 3\n    weight -20', 'weight -20', /take "weight -20" out on both hosts/],
  ['no-check', K, TRACK, '', 'vrrp_instance VI_1 {', /"track_script \{ chk_redis \}" in VI_1/],
  ['tracked-not-defined', K, '        chk_redis\n', '        chk_red\n', 'chk_red', /define chk_red above/],
  [
    'unquoted',
    K,
    notify('master'),
    notify('master').replaceAll('"', ''),
    notify('master').replaceAll('"', ''),
    /in one pair of quotes/,
  ],
  [
    'words-do-not-fit',
    K,
    CHECK,
    CHECK.replace('127.0.0.1', 'word@redis 10.0.0.1'),
    'redis_check.sh word@redis',
    /the words HOST PORT/,
  ],
  [
    'words-do-not-fit',
    K,
    CHECK,
    CHECK.replace(' 127.0.0.1 6379', ''),
    'redis_check.sh"',
    /local, peer and port in redisha.toml/,
  ],
  ['notify-missing', K, notify('backup'), '', 'vrrp_instance VI_1 {', /add notify_backup/],
  [
    'notify-twice',
    K,
    notify('backup'),
    `${notify('backup')}\n    notify_backup "/bin/true x"`,
    'notify_backup "/bin/true x"',
    /keep one notify_backup/,
  ],
  ['port-differs', K, CHECK, CHECK.replace('6379', '6380'), 'redis_check.sh 127.0.0.1 6380', /one port for both/],
  [
    'virtual-as-word',
    K,
    notify('backup'),
    notify('backup').replace('10.0.0.2', '10.0.0.100'),
    'redis_backup.sh 127.0.0.1 10.0.0.100',
    /nodes' own addresses/,
  ],
  [
    'defined-twice',
    K,
    'vrrp_instance VI_1 {',
    `${SECOND.replace('60', '61').replace('VI_2', 'VI_1')}vrrp_instance VI_1 {`,
    'vrrp_instance VI_1 {',
    /another name/,
  ],
  ['router-id-missing', K, '    virtual_router_id 60\n', '', 'vrrp_instance VI_1 {', /from 1 to 255/],
  [
    'router-id-twice',
    K,
    'vrrp_instance VI_1 {',
    `${SECOND}vrrp_instance VI_1 {`,
    'virtual_router_id 60',
    /another virtual_router_id/,
  ],
  ['timeout-too-short', K, 'timeout 2', 'timeout 1', 'timeout 1', /interval 2 and timeout 2/],
  ['timeout-above-interval', K, 'timeout 2', 'timeout 5', 'timeout 5', /timeout 2/],
  ['noticed-late', K, 'fall 3', 'fall 30', 'timeout 2', /fall 3/],
  ['priority-owner', K, 'priority 200', 'priority 255', 'priority 255', /from 1 to 254/],
  ['interface-loopback', K, 'interface eth0', 'interface lo', 'interface lo', /leads to the other host/],
  ['no-address', K, '10.0.0.100/24', '', 'vrrp_instance VI_1 {', /virtual_ipaddress/],
  ['pass-cut', K, 'auth_pass 1111', 'auth_pass 111122223', 'auth_pass 111122223', /at most 8/],
  ['auth-with-v3', K, 'script_user root', 'script_user root\n    vrrp_version 3', 'auth_pass 1111', /IP protocol 112/],
  ['unicast-to-itself', K, '        10.0.0.2\n', '        10.0.0.1\n', '10.0.0.1', /the address of the other node/],
  [
    'real-time-unbounded',
    K,
    'script_user root',
    'script_user root\n    vrrp_rt_priority 50',
    'vrrp_rt_priority 50',
    /vrrp_rlimit_rttime/,
  ],
  [
    'resident-instance',
    K,
    'script_user root',
    'script_user root\n    vrrp_notify_fifo_script "/usr/local/bin/redisha watch 127.0.0.1 10.0.0.2 VI_9=6379"',
    'vrrp_notify_fifo_script',
    /NAME=PORT/,
  ],
  [
    'writes-to-replica',
    K,
    'vrrp_script',
    `${VIRTUAL_SERVER}vrrp_script`,
    'virtual_server 10.0.0.100 6379 {',
    /take the virtual_server out/,
  ],
  [
    'sorry-server-no-redis',
    K,
    'vrrp_script',
    `${VIRTUAL_SERVER}vrrp_script`,
    'sorry_server 127.0.0.1 80',
    /take the sorry_server out/,
  ],
  [
    'sample-mail',
    K,
    'script_user root',
    'script_user root\n    smtp_server 128.0.0.1',
    'smtp_server 128.0.0.1',
    /of your own/,
  ],
  ['script-user-not-said', K, '    script_user root\n', '', K, /script_user in global_defs/],
  ['router-id-same', K, 'NODE_10.0.0.1', 'NODE_10.0.0.2', 'router_id NODE_10.0.0.2', /of its own for each host/],
  [
    'virtual-router-id-differs',
    K,
    'virtual_router_id 60',
    'virtual_router_id 61',
    'virtual_router_id 61',
    /the same virtual_router_id/,
  ],
  [
    'version-differs',
    K,
    'script_user root',
    'script_user root\n    vrrp_version 3',
    'vrrp_version 3',
    /the same VRRP version/,
  ],
  ['advert-differs', K, 'advert_int 3', 'advert_int 1', 'advert_int 1', /the same advert_int/],
  ['priority-same', K, 'priority 200', 'priority 150', 'priority 150', /some 50 apart/],
  ['preferred-is-lower', K, 'priority 200', 'priority 120', 'priority 120', /the higher priority/],
  ['addresses-differ', K, '10.0.0.100/24', '10.0.0.99/24', '10.0.0.99/24', /the same virtual_ipaddress/],
  ['prefix-differs', K, '10.0.0.100/24', '10.0.0.100/16', '10.0.0.100/16', /the same length/],
  ['unicast-not-mirrored', K, '        10.0.0.2\n', '        10.0.0.3\n', '10.0.0.3', /in unicast_peer of the other/],
  [
    'authentication-differs',
    K,
    'auth_pass 1111',
    'auth_pass 2222',
    'auth_pass 2222',
    /the same auth_type and auth_pass/,
  ],
  [
    'ports-differ',
    K,
    notify('master'),
    notify('master').replace('6379', '6379,6380'),
    'redis_master.sh 127.0.0.1 10.0.0.2 6379,6380',
    /the same ports/,
  ],
  [
    'same-peer',
    K,
    notify('master'),
    notify('master').replace('10.0.0.2', '10.0.0.1'),
    'redis_master.sh 127.0.0.1 10.0.0.1',
    /the other host's address/,
  ],
  ['redis-conf-unread', R, 'port 6379', 'port 6379\ninclude /etc/redis/more.conf', R, /--peer-files/],
  ['no-safe-start', R, 'replicaof 10.0.0.2 6379\n', '', R, /replicaof PEER 6379/],
  ['cluster-enabled', R, 'port 6379', 'cluster-enabled yes\nport 6379', 'cluster-enabled yes', /cluster-enabled no/],
  ['masterauth-missing', R, 'masterauth secret\n', '', 'requirepass secret', /masterauth with the password/],
  ['masterauth-differs', R, 'masterauth secret', 'masterauth other', 'masterauth other', /as requirepass on the other/],
  ['protected', R, 'requirepass secret\nmasterauth secret\n', '', R, /requirepass and masterauth/],
  ['deaf', R, 'bind 0.0.0.0', 'bind 127.0.0.1 -::1', 'bind 127.0.0.1 -::1', /bind 0.0.0.0/],
  ['replica-writable', R, 'port 6379', 'slave-read-only no\nport 6379', 'slave-read-only no', /replica-read-only yes/],
  [
    'diskless-delay',
    R,
    'port 6379',
    'repl-diskless-sync-delay 0\nport 6379',
    'repl-diskless-sync-delay 0',
    /repl-diskless-sync-delay 5/,
  ],
  [
    'min-replicas-too-many',
    R,
    'port 6379',
    'min-replicas-to-write 2\nport 6379',
    'min-replicas-to-write 2',
    /min-replicas-to-write 1/,
  ],
  [
    'min-replicas',
    R,
    'port 6379',
    'min-slaves-to-write 1\nport 6379',
    'min-slaves-to-write 1',
    /if you did not mean that/,
  ],
  ['maxmemory-differs', R, 'maxmemory 1gb', 'maxmemory 2gb', 'maxmemory 2gb', /the same maxmemory/],
  ['backlog-default', R, 'repl-backlog-size 64mb', 'repl-backlog-size 1mb', 'repl-backlog-size 1mb', /64mb/],
  [
    'renamed',
    R,
    'port 6379',
    'rename-command CONFIG ""\nport 6379',
    'rename-command CONFIG ""',
    /redis_conf in redisha.toml/,
  ],
];

/** Faults that need more than one change. */
export const MORE: readonly (readonly [id: string, own: Files, peer: Files | undefined, line: string, fix: RegExp])[] =
  [
    ['witness-not-kept', { ...OWN, 'redisha.toml': 'witness = "10.0.0.3:6379"' }, PEER, R, /max-lag 2, on both/],
    [
      'nopreempt-with-weight',
      changed(changed(OWN, K, 'state MASTER', `${BACKUP}\n    nopreempt`), K, 'fall 3', 'fall 3\n    weight -20'),
      undefined,
      'weight -20',
      /take "weight -20" out/,
    ],
    ['weight', changed(OWN, K, 'fall 3', 'fall 3\n    weight -20'), undefined, 'weight -20', /--peer-files/],
    [
      'advert-differs-v3',
      changed(changed(OWN, K, 'script_user root', 'vrrp_version 3'), K, 'advert_int 3', 'advert_int 1'),
      changed(PEER, K, 'script_user root', 'vrrp_version 3'),
      'advert_int 1',
      /the same advert_int/,
    ],
    ['both-master', OWN, changed(PEER, K, BACKUP, 'state MASTER'), 'state MASTER', /state BACKUP on both hosts/],
    [
      'instance-missing',
      OWN,
      { ...PEER, [K]: 'vrrp_instance OTHER {\n    interface eth0\n    virtual_router_id 7\n}\n' },
      'vrrp_instance VI_1 {',
      /redisha config/,
    ],
    [
      'not-saved',
      changed(changed(OWN, R, 'replicaof 10.0.0.2 6379\n', ''), R, 'save 900 1', 'save ""'),
      PEER,
      'save ""',
      /save or appendonly yes/,
    ],
    [
      'weight-in-group',
      changed(
        changed(OWN, K, 'fall 3', 'fall 3\n    weight -60'),
        K,
        'vrrp_script',
        'vrrp_sync_group G {\n    group {\n        VI_1\n    }\n}\nvrrp_script',
      ),
      PEER,
      'weight -60',
      /weight 0/,
    ],
    [
      'bound-to-virtual',
      changed(OWN, R, 'bind 0.0.0.0', 'bind 10.0.0.1 10.0.0.100'),
      PEER,
      'bind 10.0.0.1 10.0.0.100',
      /bind 0.0.0.0/,
    ],
  ];
