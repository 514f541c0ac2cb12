/** The same of addresses, adverts and words. */
import { isOurs } from './calls.ts';
import type { Said } from './facts.ts';
import type { Couple, DoctorRow } from './row.ts';
import { inCouples, lineText, PASS_LENGTH, RELOAD } from './row.ts';

type Found = ReturnType<Parameters<typeof inCouples>[0]>;

const passOf = (pass: string | undefined): string => (pass ?? '').slice(0, PASS_LENGTH);

const misses = (from: Couple['own'], to: Couple['own']): boolean =>
  from.source !== undefined &&
  to.unicastPeers !== undefined &&
  !to.unicastPeers.some(({ value }) => value === from.source?.value);

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

const lacks = (from: Couple['own'], to: Couple['own']) =>
  from.addresses.filter(({ address }) => !to.addresses.some((one) => one.address === address));

const list = (of: Couple['own']): string => of.addresses.map(({ address }) => address).join(', ') || 'none';

const addressesFound = ({ own, peer }: Couple): Found => {
  const [here, other] = [lacks(own, peer), lacks(peer, own)];
  if (here.length === 0 && other.length === 0) return [];
  return [
    {
      at: here[0]?.at ?? own.addresses[0]?.at ?? own.at,
      says: `${own.name} has the addresses ${list(own)} here and ${list(peer)} at the other host: keepalived takes no advert with other addresses than its own, and clients lose an address when it moves`,
      fix: `the same virtual_ipaddress on both hosts; ${RELOAD}`,
    },
  ];
};

const isSameSet = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((port) => other.includes(port));

const peersOf = (of: Couple['own']): readonly Said[] =>
  of.calls.flatMap((call) => {
    const [, peer] = call.words;
    return !isOurs(call) || peer === undefined || call.fits !== 'right' || call.words.length < 3
      ? []
      : [{ value: peer, at: call.at }];
  });

export const PAIR_ADDRESS_ROWS: readonly DoctorRow[] = [
  {
    id: 'addresses-differ',
    severity: 'wrong',
    about: 'different virtual addresses on the two hosts',
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
    about: 'different `authentication` on the two hosts',
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
    about: 'different ports of Redis on the two hosts',
    source: 'redisha master --help: PORT of both',
    find: inCouples(({ own, peer }) =>
      own.ports.length === 0 || peer.ports.length === 0 || isSameSet(own.ports, peer.ports)
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
