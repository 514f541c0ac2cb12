/** What the keepalived.conf of both hosts lead to, laid side by side. */
import type { Said } from './facts.ts';
import type { Couple, DoctorRow } from './row.ts';
import { bothOf, inCouples, lineText, partnerOf, RELOAD } from './row.ts';
import { isAbout, isOurs, PASS_LENGTH } from './keepalived-rows.ts';

type Found = ReturnType<Parameters<typeof inCouples>[0]>;

const there = (said: Said<unknown>): string => `${String(said.value)} in ${lineText(said.at)} of the other host`;

/** One word that has to be the same on both hosts. */
const same =
  (pick: (of: Couple['own']) => Said<unknown> | undefined, what: string, outcome: string) =>
  ({ own, peer }: Couple): Found => {
    const [here, other] = [pick(own), pick(peer)];
    return here === undefined || other === undefined || here.value === other.value
      ? []
      : [
          {
            at: here.at,
            says: `${own.name} has ${what} ${String(here.value)} here and ${there(other)}: ${outcome}`,
            fix: `the same ${what} on both hosts; ${RELOAD}`,
          },
        ];
  };

const passOf = (pass: string | undefined): string => (pass ?? '').slice(0, PASS_LENGTH);

const unicastFound = ({ own, peer }: Couple): Found => {
  const [here, other] = [own.unicastPeers, peer.unicastPeers];
  if ((here === undefined) !== (other === undefined)) {
    const at = own.unicastPeers?.[0]?.at ?? own.at;
    return [
      {
        at,
        says: `${own.name} sends its adverts ${here === undefined ? 'to everybody in the network' : 'to one host'} and the other host does not: neither hears the other, and both become MASTER`,
        fix: `unicast_peer on both hosts, or on neither; ${RELOAD}`,
      },
    ];
  }
  const misses = (from: Couple['own'], to: Couple['own']): boolean =>
    from.source !== undefined &&
    to.unicastPeers !== undefined &&
    !to.unicastPeers.some(({ value }) => value === from.source?.value);
  return [[own, peer] as const, [peer, own] as const].flatMap(([from, to]) =>
    misses(from, to)
      ? [
          {
            at: (to === own ? own.unicastPeers?.[0]?.at : own.source?.at) ?? own.at,
            says: `${from === own ? 'this host' : 'the other host'} sends its adverts from ${from.source?.value ?? ''}, which is not among the unicast_peer of ${from === own ? 'the other host' : 'this host'}: they are not heard, and both become MASTER`,
            fix: `unicast_src_ip of each host in unicast_peer of the other; ${RELOAD}`,
          },
        ]
      : [],
  );
};

const addressesFound = ({ own, peer }: Couple): Found => {
  const lacks = (from: Couple['own'], to: Couple['own']) =>
    from.addresses.filter(({ address }) => !to.addresses.some((one) => one.address === address));
  const [here, other] = [lacks(own, peer), lacks(peer, own)];
  if (here.length === 0 && other.length === 0) return [];
  const list = (of: Couple['own']): string => of.addresses.map(({ address }) => address).join(', ') || 'none';
  return [
    {
      at: here[0]?.at ?? own.addresses[0]?.at ?? own.at,
      says: `${own.name} has the addresses ${list(own)} here and ${list(peer)} at the other host: keepalived takes no advert with other addresses than its own, and clients lose an address when it moves`,
      fix: `the same virtual_ipaddress on both hosts; ${RELOAD}`,
    },
  ];
};

const peersOf = (of: Couple['own']): readonly Said[] =>
  of.calls.flatMap((call) => {
    const [, peer] = call.words;
    return !isOurs(call) || peer === undefined || call.fits !== 'right' || call.words.length < 3
      ? []
      : [{ value: peer, at: call.at }];
  });

export const PAIR_ROWS: readonly DoctorRow[] = [
  {
    id: 'router-id-same',
    severity: 'risk',
    about: 'one `router_id` on both hosts',
    source: 'keepalived.conf(5), router_id: names this host',
    find: (facts) => {
      const both = bothOf(facts);
      const [own, peer] = [both?.own.routerId, both?.peer.routerId];
      return own === undefined || own.value !== peer?.value
        ? []
        : [
            {
              whose: 'own',
              at: own.at,
              says: `both hosts have the router_id ${own.value}: mail and traps do not say which of them they are about`,
              fix: `a router_id of its own for each host; ${RELOAD}`,
            },
          ];
    },
  },
  {
    id: 'instance-missing',
    severity: 'wrong',
    about: 'an instance of redisha that the other host does not have',
    source: 'RFC 5798: a virtual router is one number on both nodes',
    find: (facts) => {
      const both = bothOf(facts);
      return both === undefined
        ? []
        : [
            { whose: 'own' as const, from: both.own, to: both.peer, where: 'the other host' },
            { whose: 'peer' as const, from: both.peer, to: both.own, where: 'this host' },
          ].flatMap(({ whose, from, to, where }) =>
            from.instances
              .filter((one) => isAbout(one) && partnerOf(one, to.instances) === undefined)
              .map(({ name, at }) => ({
                whose,
                at,
                says: `${where} has no instance for ${name}: its address has nowhere to go`,
                fix: 'redisha config writes the files of both hosts',
              })),
          );
    },
  },
  {
    id: 'virtual-router-id-differs',
    severity: 'wrong',
    about: 'two numbers for one pair',
    source: 'keepalived.conf(5), virtual_router_id; RFC 5798 section 5.2.3',
    find: inCouples(
      same((of) => of.virtualRouterId, 'virtual_router_id', 'neither hears the other, and both become MASTER'),
    ),
  },
  {
    id: 'version-differs',
    severity: 'wrong',
    about: 'VRRPv2 at one host and VRRPv3 at the other',
    source: 'keepalived/vrrp/vrrp.c vrrp_check_packet ("version")',
    find: inCouples(
      same((of) => of.version, 'VRRP version', 'each drops the adverts of the other, and both become MASTER'),
    ),
  },
  {
    id: 'advert-differs',
    severity: 'wrong',
    about: 'two `advert_int`',
    source:
      'RFC 3768 section 7.1 (VRRPv2 drops such an advert); RFC 5798 section 6.1 (VRRPv3 takes that of the master)',
    find: inCouples(({ own, peer }) =>
      own.version.value === 3
        ? []
        : same(
            ({ advertMs: { value, at } }) => ({ value: value / 1_000, at }),
            'advert_int',
            'each drops the adverts of the other, and both become MASTER',
          )({ own, peer }),
    ),
  },
  {
    id: 'advert-differs-v3',
    severity: 'risk',
    about: 'two `advert_int` with VRRPv3',
    source: 'RFC 5798 section 6.1, Master_Adver_Interval',
    find: inCouples(({ own, peer }) =>
      own.version.value !== 3
        ? []
        : same(
            ({ advertMs: { value, at } }) => ({ value: value / 1_000, at }),
            'advert_int',
            'how soon a dead host is noticed depends on which of them it is',
          )({ own, peer }),
    ),
  },
  {
    id: 'priority-same',
    severity: 'risk',
    about: 'one priority on both hosts',
    source: 'RFC 5798 section 6.4.3: the higher IP address wins then',
    find: inCouples(({ own, peer }) =>
      own.priority.value !== peer.priority.value
        ? []
        : [
            {
              at: own.priority.at,
              says: `${own.name} has priority ${String(own.priority.value)} on both hosts: both may begin as MASTER at once, and the higher IP address decides`,
              fix: `priorities some 50 apart, such as 200 and 150; ${RELOAD}`,
            },
          ],
    ),
  },
  {
    id: 'both-master',
    severity: 'risk',
    about: '`state MASTER` on both hosts',
    source: 'keepalived.conf(5), state',
    find: inCouples(({ own, peer }) =>
      own.master === undefined || peer.master === undefined
        ? []
        : [
            {
              at: own.master,
              says: `${own.name} has state MASTER on both hosts: each takes the address at its start, and for a moment there are two masters`,
              fix: `state BACKUP on both hosts, or MASTER at the one with the higher priority; ${RELOAD}`,
            },
          ],
    ),
  },
  {
    id: 'preferred-is-lower',
    severity: 'risk',
    about: '`state MASTER` at the host with the lower priority',
    source: 'keepalived.conf(5), state and priority',
    find: inCouples(({ own, peer }) => {
      const [master, other] = own.master === undefined ? [peer, own] : [own, peer];
      return master.master === undefined || other.master !== undefined || master.priority.value >= other.priority.value
        ? []
        : [
            {
              at: own.priority.at,
              says: `${own.name}: the host with state MASTER has priority ${String(master.priority.value)}, and the other has ${String(other.priority.value)}: the address leaves it as soon as the other is up`,
              fix: `the higher priority for the host with state MASTER; ${RELOAD}`,
            },
          ];
    }),
  },
  {
    id: 'weight-moves-nothing',
    severity: 'wrong',
    about: 'a weight after which this host still has the higher priority',
    source: 'keepalived.conf(5), vrrp_script, weight; vrrp.c vrrp_set_effective_priority',
    find: (facts) =>
      (['own', 'peer'] as const).flatMap((whose) =>
        inCouples((couple) => {
          const [from, to] = whose === 'own' ? [couple.own, couple.peer] : [couple.peer, couple.own];
          return from.isNopreempt
            ? []
            : from.tracked
                .filter(
                  ({ isVerdict, weight, unfitPriority }) =>
                    isVerdict && weight !== 0 && unfitPriority >= to.priority.value,
                )
                .map(({ at, weight, unfitPriority, name }) => ({
                  at,
                  says: `${name} has weight ${String(weight)}: a dead Redis leaves ${from.name} with priority ${String(unfitPriority)}, and the other host has ${String(to.priority.value)}: the address stays at the dead Redis`,
                  fix: `take "weight ${String(weight)}" out on both hosts, so that a failure means FAULT; ${RELOAD}`,
                }));
        })(facts).map((told) => ({ ...told, whose })),
      ),
  },
  {
    id: 'addresses-differ',
    severity: 'wrong',
    about: 'other virtual addresses on the other host',
    source: 'keepalived/vrrp/vrrp.c vrrp_check_packet ("mismatch")',
    find: inCouples(addressesFound),
  },
  {
    id: 'prefix-differs',
    severity: 'risk',
    about: 'one virtual address with two prefix lengths',
    source: 'keepalived.conf(5), virtual_ipaddress: /32 or /128 where no length is said',
    find: inCouples(({ own, peer }) =>
      own.addresses.flatMap(({ address, prefix, at }) => {
        const other = peer.addresses.find((one) => one.address === address);
        return other === undefined || other.prefix === prefix
          ? []
          : [
              {
                at,
                says: `${address} has /${String(prefix)} here and /${String(other.prefix)} in ${lineText(other.at)} of the other host: its routes differ with the host that has it`,
                fix: `the same length on both hosts; ${RELOAD}`,
              },
            ];
      }),
    ),
  },
  {
    id: 'unicast-not-mirrored',
    severity: 'wrong',
    about: '`unicast_src_ip` and `unicast_peer` that do not fit each other',
    source: 'keepalived.conf(5), unicast_src_ip, unicast_peer, vrrp_check_unicast_src',
    find: inCouples(unicastFound),
  },
  {
    id: 'authentication-differs',
    severity: 'wrong',
    about: 'another `authentication` on the other host',
    source: 'keepalived/vrrp/vrrp.c vrrp_check_packet; only eight characters of a PASS are sent',
    find: inCouples(({ own, peer }) => {
      if (own.version.value === 3 || peer.version.value === 3) return [];
      const [here, other] = [own.authentication, peer.authentication];
      const isSame = here?.type === other?.type && (here?.type !== 'PASS' || passOf(here.pass) === passOf(other?.pass));
      return isSame
        ? []
        : [
            {
              at: here?.at ?? own.at,
              says: `${own.name} has another authentication here than at the other host: each drops the adverts of the other, and both become MASTER`,
              fix: `the same auth_type and auth_pass on both hosts; ${RELOAD}`,
            },
          ];
    }),
  },
  {
    id: 'same-peer',
    severity: 'wrong',
    about: 'both hosts name the same host as PEER',
    source: 'redisha master --help: PEER is the other node',
    find: inCouples(({ own, peer }) => {
      const others = peersOf(peer).map(({ value }) => value);
      const [first] = peersOf(own).filter(({ value }) => others.includes(value));
      return first === undefined
        ? []
        : [
            {
              at: first.at,
              says: `both hosts name ${first.value} as PEER: one of them would make itself a replica of itself`,
              fix: `LOCAL PEER PORT, where PEER is the other host's address; ${RELOAD}`,
            },
          ];
    }),
  },
  {
    id: 'ports-differ',
    severity: 'wrong',
    about: 'other ports of Redis on the other host',
    source: 'redisha master --help: PORT of both',
    find: inCouples(({ own, peer }) =>
      own.ports.length === 0 || peer.ports.length === 0 || own.ports.toSorted().join() === peer.ports.toSorted().join()
        ? []
        : [
            {
              at: own.calls.find(isOurs)?.at ?? own.at,
              says: `${own.name} is about port ${own.ports.join(', ')} here and port ${peer.ports.join(', ')} at the other host`,
              fix: `the same ports on both hosts; ${RELOAD}`,
            },
          ],
    ),
  },
];
