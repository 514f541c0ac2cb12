/** What the keepalived.conf of both hosts lead to, laid side by side: numbers and priorities. */
import type { Said } from './facts.ts';
import type { Couple, DoctorRow } from './row.ts';
import { bothOf, inCouples, lineText, partnerOf, RELOAD } from './row.ts';
import { withoutWeight } from './stays.ts';
import { isAbout } from './calls.ts';

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

export const PAIR_ROWS: readonly DoctorRow[] = [
  {
    id: 'router-id-same',
    severity: 'risk',
    about: 'the same `router_id` on both hosts',
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
    about: 'different `virtual_router_id` on the two hosts',
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
    about: 'different `advert_int` on the two hosts',
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
    about: 'different `advert_int` on the two hosts, with VRRPv3',
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
    about: 'the same priority on both hosts',
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
                .map((tracked) => ({
                  at: tracked.at,
                  says: `${tracked.name} has weight ${String(tracked.weight)}: a dead Redis leaves ${from.name} with priority ${String(tracked.unfitPriority)}, and the other host has ${String(to.priority.value)}: the address stays at the dead Redis`,
                  fix: withoutWeight(tracked),
                }));
        })(facts).map((told) => ({ ...told, whose })),
      ),
  },
];
