/** What the timers, the addresses and the adverts of one keepalived.conf lead to, and what else stands in it. */
import { callsOf, isAbout, isOurs } from './calls.ts';
import type { DoctorRow } from './row.ts';
import { inInstances, inKeepalived, PASS_LENGTH, RELOAD, seconds } from './row.ts';

const OWNER = 255;
/** From then on a dead Redis is noticed so late that people call. */
const NOTICED_MS = 15_000;
const SAMPLE_MAIL = 'the mail of keepalived about its states goes nowhere';

export const VRRP_ROWS: readonly DoctorRow[] = [
  {
    id: 'timeout-too-short',
    severity: 'risk',
    about: 'a check of redisha whose `timeout` or `interval` is not above `check_deadline`',
    source: 'docs/configuration.md, check_deadline; keepalived.conf(5), vrrp_script, timeout',
    find: inKeepalived(({ checks }, { checkDeadlineMs }) =>
      checks.flatMap(({ name, at, call, intervalMs, timeoutMs }) => {
        const [word, ms] =
          timeoutMs <= intervalMs ? (['timeout', timeoutMs] as const) : (['interval', intervalMs] as const);
        return call?.command !== 'check' || ms > checkDeadlineMs
          ? []
          : [
              {
                at,
                says: `the check ${name} may take ${seconds(checkDeadlineMs)} (check_deadline), and its ${word} is ${seconds(ms)}: keepalived takes a busy Redis for a dead one`,
                fix: `interval 2 and timeout 2, or a shorter check_deadline in redisha.toml; ${RELOAD}`,
              },
            ];
      }),
    ),
  },
  {
    id: 'timeout-above-interval',
    severity: 'risk',
    about: 'a check whose `timeout` is longer than its `interval`',
    source: 'keepalived/vrrp/vrrp_scheduler.c; seen on 2.1.5 and 2.2.7: the script runs twice at once',
    find: inKeepalived(({ checks }) =>
      checks
        .filter(({ call, intervalMs, timeoutMs }) => call?.command === 'check' && timeoutMs > intervalMs)
        .map(({ name, at, intervalMs, timeoutMs }) => ({
          at,
          says: `the check ${name} may run for ${seconds(timeoutMs)} and is started every ${seconds(intervalMs)}: a slow Redis gets several checks at once`,
          fix: `timeout ${String(intervalMs / 1_000)}; ${RELOAD}`,
        })),
    ),
  },
  {
    id: 'noticed-late',
    severity: 'risk',
    about: 'a check that needs more than 15 s to notice a dead Redis',
    source: 'keepalived.conf(5), vrrp_script, interval and fall',
    find: inKeepalived(({ checks }) =>
      checks
        .filter(({ call, intervalMs, fall }) => call?.command === 'check' && intervalMs * fall > NOTICED_MS)
        .map(({ name, at, intervalMs, fall }) => ({
          at,
          says: `the check ${name} fails ${String(fall)} times, every ${seconds(intervalMs)}, before keepalived believes it: no client can write for ${seconds(intervalMs * fall)} and more`,
          fix: `interval 2 and fall 3, or the profile balanced of "redisha config", which tells keepalived at once`,
        })),
    ),
  },
  {
    id: 'priority-owner',
    severity: 'risk',
    about: 'priority 255, or `state MASTER` without a priority',
    source: 'RFC 5798 section 5.2.4; keepalived.conf(5), priority',
    find: inInstances(({ name, priority }) =>
      priority.value !== OWNER
        ? []
        : [
            {
              at: priority.at,
              says: `${name} has priority 255, the owner of the address: it takes the address at every start without listening first, and nopreempt does not count`,
              fix: `a priority from 1 to 254; ${RELOAD}`,
            },
          ],
    ),
  },
  {
    id: 'interface-loopback',
    severity: 'wrong',
    about: '`interface lo`',
    source: 'seen on 2.1.5 and 2.2.7: "cannot use a loopback interface (lo) for vrrp"',
    find: inInstances(({ name, interface: card }) =>
      card?.value !== 'lo'
        ? []
        : [
            {
              at: card.at,
              says: `${name} is on lo, where keepalived sends no adverts: it ends at its start, with all of its addresses`,
              fix: `the interface that leads to the other host; ${RELOAD}`,
            },
          ],
    ),
  },
  {
    id: 'no-address',
    severity: 'wrong',
    about: 'an instance of redisha without a `virtual_ipaddress`',
    source: 'keepalived.conf(5), virtual_ipaddress',
    find: inInstances((instance) =>
      !isAbout(instance) || instance.addresses.length > 0
        ? []
        : [
            {
              at: instance.at,
              says: `${instance.name} has no virtual_ipaddress: there is no address that clients could follow`,
              fix: `virtual_ipaddress { ADDRESS/LENGTH }, the same on both hosts; ${RELOAD}`,
            },
          ],
    ),
  },
  {
    id: 'pass-cut',
    severity: 'risk',
    about: '`auth_pass` of more than eight characters',
    source: 'keepalived.conf(5), auth_pass; seen on 2.1.5 and 2.2.7: "Truncating auth_pass to 8 characters"',
    find: inInstances(({ authentication }) =>
      authentication?.type !== 'PASS' || (authentication.pass ?? '').length <= PASS_LENGTH
        ? []
        : [
            {
              at: authentication.at,
              says: `auth_pass is longer than ${String(PASS_LENGTH)} characters: keepalived cuts off the rest, so two passwords that begin alike are one`,
              fix: `at most ${String(PASS_LENGTH)} characters, the same on both hosts; ${RELOAD}`,
            },
          ],
    ),
  },
  {
    id: 'auth-with-v3',
    severity: 'risk',
    about: '`authentication` in an instance that speaks VRRPv3',
    source: 'RFC 5798 section 9; seen on 2.2.7: "VRRP version 3 does not support authentication. Ignoring."',
    find: inInstances(({ authentication, version, name }) =>
      authentication === undefined || version.value !== 3
        ? []
        : [
            {
              at: authentication.at,
              says: `${name} speaks VRRPv3, which has no authentication: keepalived ignores it, and whoever can send an advert can take the address`,
              fix: `take the block out; let IP protocol 112 in from the other host alone; ${RELOAD}`,
            },
          ],
    ),
  },
  {
    id: 'unicast-to-itself',
    severity: 'wrong',
    about: "a node's own address among its `unicast_peer`",
    source: 'keepalived.conf(5), unicast_peer',
    find: inInstances(({ source, unicastPeers, name }) =>
      (unicastPeers ?? [])
        .filter(({ value }) => value === source?.value)
        .map(({ at, value }) => ({
          at,
          says: `${name} sends its adverts from ${value} to ${value}, itself: the other node hears nothing, and both become MASTER`,
          fix: `the address of the other node in unicast_peer; ${RELOAD}`,
        })),
    ),
  },
  {
    id: 'weight-in-group',
    severity: 'risk',
    about: 'a check with a weight in a member of a `vrrp_sync_group`',
    source: 'keepalived.conf(5), vrrp_sync_group, sync_group_tracking_weight',
    find: inInstances(({ isInGroup, tracked, name }) =>
      !isInGroup
        ? []
        : tracked
            .filter(({ weight }) => weight !== 0)
            .map(({ at, name: what }) => ({
              at,
              says: `${name} is in a sync group and ${what} has a weight: keepalived does not heed weights there, and a failure means FAULT`,
              fix: `weight 0, or no sync group; ${RELOAD}`,
            })),
    ),
  },
  {
    id: 'real-time-unbounded',
    severity: 'risk',
    about: 'real-time priority without `vrrp_rlimit_rttime`',
    source: 'keepalived.conf(5), vrrp_rlimit_rttime: 0.01 s by default; setrlimit(2), RLIMIT_RTTIME',
    find: inKeepalived(({ realTime }) =>
      realTime === undefined || realTime.isBounded
        ? []
        : [
            {
              at: realTime.at,
              says: 'keepalived runs with real-time priority, and vrrp_rlimit_rttime is not set: the kernel kills it once it works for 0.01 s without a break, and its scripts with it',
              fix: `vrrp_rlimit_rttime 10000000 in global_defs; systemctl restart keepalived, on the node without the address first`,
            },
          ],
    ),
  },
  {
    id: 'resident-instance',
    severity: 'wrong',
    about: '`redisha watch` with the name of an instance that is not in the file',
    source: 'redisha watch --help',
    find: inKeepalived(({ resident, instances }) =>
      resident === undefined
        ? []
        : resident.instances
            .filter((named) => !instances.some(({ name }) => name === named))
            .map((named) => ({
              at: resident.call.at,
              says: `redisha watch is told of the instance ${named}, which is not in this file: its events move no role`,
              fix: `the name of the vrrp_instance, in the words NAME=PORT; ${RELOAD}`,
            })),
    ),
  },
  {
    id: 'writes-to-replica',
    severity: 'wrong',
    about: 'a `virtual_server` at the address of the pair that sends connections to both nodes',
    source: 'keepalived.conf(5), virtual_server; redis.conf, replica-read-only',
    find: inKeepalived(({ virtualServers, instances }) =>
      virtualServers.flatMap(({ at, address, port, behind, kind }) => {
        const isOfPair = instances.some(
          ({ addresses, ports }) => ports.includes(port) && addresses.some((one) => one.address === address),
        );
        const open = behind.filter(({ isJudged }) => !isJudged);
        return !isOfPair || open.length < 2
          ? []
          : [
              {
                at,
                says: `LVS${kind === undefined ? '' : ` (${kind})`} sends connections to ${address}:${String(port)} to ${open.map((one) => one.address).join(' and ')} in turn: one of them is the replica, which answers writes with READONLY`,
                fix: `take the virtual_server out: the address alone leads to the master. For reads: redisha config --read-vip; ${RELOAD}`,
              },
            ];
      }),
    ),
  },
  {
    id: 'sorry-server-no-redis',
    severity: 'note',
    about: 'a `sorry_server` at another port than that of Redis',
    source: 'keepalived.conf(5), sorry_server',
    find: inKeepalived(({ virtualServers }) =>
      virtualServers.flatMap(({ sorry, port }) =>
        sorry === undefined || sorry.value.endsWith(` ${String(port)}`)
          ? []
          : [
              {
                at: sorry.at,
                says: `where no server behind it is left, LVS sends Redis clients to ${sorry.value}, which is not port ${String(port)}`,
                fix: 'take the sorry_server out: a refused connection says more than an answer that is not of Redis',
              },
            ],
      ),
    ),
  },
  {
    id: 'sample-mail',
    severity: 'note',
    about: "the mail addresses and servers of keepalived's sample configuration",
    source: 'keepalived/doc/samples; 128.0.0.1 is not an address of this host (127.0.0.1 is)',
    find: inKeepalived(({ sampleMail }) =>
      sampleMail.map(({ value, at }) => ({
        at,
        says: `${value}: ${SAMPLE_MAIL}`,
        fix: 'addresses and a mail server of your own, or take these lines out',
      })),
    ),
  },
  {
    id: 'script-user-not-said',
    severity: 'note',
    about: 'no `script_user` for the scripts of redisha',
    source: 'keepalived.conf(5), script_user: keepalived_script if there is such a user, else root',
    find: inKeepalived((conf) =>
      conf.scriptUser !== undefined || callsOf(conf).every((call) => !isOurs(call) || call.user !== undefined)
        ? []
        : [
            {
              at: { file: conf.file, line: 0 },
              says: 'no script_user is said: the scripts run as keepalived_script where this host has that user, else as root, so a new package may change who writes the state',
              fix: `script_user in global_defs, on both hosts; ${RELOAD}`,
            },
          ],
    ),
  },
];
