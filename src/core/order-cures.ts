/** What to type next where a pair is not whole, by what it looks like. */
import type { PairView, Side, SilenceKind, Silent } from './model.ts';
import { formatEndpoint, isAnswering, isClosedAtAddress, isMaster } from './model.ts';
import type { Situation } from './situation.ts';
import { describeNode, SITUATIONS } from './situation.ts';

interface Cure {
  /** In place of the words of the situation. */
  readonly says?: string;
  readonly next: string;
}

interface At {
  readonly host: string;
  readonly port: number;
}

const SILENT: Readonly<Record<SilenceKind, (at: At) => string>> = {
  refused: ({ port }) =>
    `systemctl status redis-server, or valkey-server; ss -ltn "sport = :${String(port)}" shows where it listens (bind)`,
  unreachable: ({ host }) => `ping ${host}: is the host up? Is a firewall between the two hosts?`,
  unresolved: ({ host }) => `getent hosts ${host}`,
  frozen: () => 'systemctl status redis-server, or valkey-server: is its process stopped, or does it wait for a disk?',
  busy: ({ host, port }) => `redis-cli -h ${host} -p ${String(port)} SCRIPT KILL`,
  locked: () => 'redisha config show: password_file must have the password of the server',
  denied: () => 'set a password in redis.conf and in password_file, or protected-mode no',
  full: ({ host, port }) => `redis-cli -h ${host} -p ${String(port)} CONFIG SET maxclients NUMBER`,
  unasked: () => 'ulimit -n; free -m: this host has no room for another connection',
  garbled: ({ port }) =>
    `ss -ltnp "sport = :${String(port)}": which program listens there? If it speaks TLS: tls = true in redisha.toml`,
};

const silentCure = (pair: PairView, side: Side, view: Silent, says: string): Cure => {
  const at = side === 'local' ? pair.localEndpoint : pair.peerEndpoint;
  const isThere = side === 'peer' && ['refused', 'frozen', 'garbled', 'denied'].includes(view.kind);
  const next = SILENT[view.kind](at);
  return { says: `${says}: it ${describeNode(view)}`, next: isThere ? `on ${at.host}: ${next}` : next };
};

const command = (name: string, { localEndpoint, peerEndpoint }: PairView): string =>
  `redisha ${name} ${localEndpoint.host} ${peerEndpoint.host} ${String(localEndpoint.port)}`;

/** `backup` opens the port of its own node alone. */
const openingOf = (pair: PairView): string => {
  const { local, peerEndpoint } = pair;
  const isOurs = isClosedAtAddress(local);
  if (isMaster(local)) return command('master', pair);
  return isOurs ? command('backup', pair) : `on ${peerEndpoint.host}: redisha master`;
};

const CURES: Readonly<Record<Situation, (pair: PairView) => string>> = {
  LocalSilent: () => 'systemctl status redis-server, or valkey-server',
  LocalUnmanageable: () => 'redisha config show: do local and port name the right server?',
  PeerIsLocal: () => 'redisha config show: local and peer must be two servers',
  LocalLoading: ({ localEndpoint: { host, port } }) => `redis-cli -h ${host} -p ${String(port)} INFO persistence`,
  FailoverUnfinished: (pair) => command('master', pair),
  FenceLeft: (pair) => command('master', pair),
  AddressClosed: openingOf,
  LocalMasterWithReplica: () => '',
  LocalMasterPeerElsewhere: (pair) => `on ${pair.peerEndpoint.host}: redisha backup`,
  LocalMasterPeerLoading: ({ peerEndpoint: { host, port } }) =>
    `redis-cli -h ${host} -p ${String(port)} INFO persistence`,
  LocalMasterPeerSilent: () => 'systemctl status redis-server, or valkey-server',
  TwoMasters: (pair) => `on the host with the address: ${command('master', pair)}`,
  PeerMasterWithReplica: () => '',
  PeerMasterLinkDown: () => 'look for MASTER in the log of the local Redis',
  PeerMasterLocalElsewhere: (pair) => command('backup', pair),
  MutualReplicas: (pair) => `on the host with the address: ${command('master', pair)}`,
  ReplicaPeerLoading: ({ peerEndpoint: { host, port } }) => `redis-cli -h ${host} -p ${String(port)} INFO persistence`,
  ReplicaPeerSilent: () => 'systemctl status redis-server, or valkey-server',
  NoMaster: (pair) => `on the host with the address: ${command('master', pair)}`,
};

export const curesOf = (situation: Situation, pair: PairView): Cure => {
  const says = SITUATIONS[situation];
  if (situation === 'LocalSilent' && !isAnswering(pair.local)) return silentCure(pair, 'local', pair.local, says);
  const isPeerSilent = situation === 'LocalMasterPeerSilent' || situation === 'ReplicaPeerSilent';
  if (isPeerSilent && !isAnswering(pair.peer)) {
    const lost =
      situation === 'LocalMasterPeerSilent'
        ? `${says} at ${formatEndpoint(pair.peerEndpoint)}: nobody can take over`
        : says;
    return silentCure(pair, 'peer', pair.peer, lost);
  }
  return { next: CURES[situation](pair) };
};
