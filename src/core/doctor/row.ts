/** The shape of the doctor's table, and what its rows have in common. */
import type { At, DoctorFacts, HostFiles, InstanceSaid, KeepalivedSaid, ServerSeen, Whose } from './facts.ts';

/** `wrong`: it fails, or writes are lost. `risk`: so it goes on a bad day. `note`: good to know. */
export type Severity = 'wrong' | 'risk' | 'note';

export interface Told {
  readonly whose: Whose;
  /** `undefined` where it is about no file. */
  readonly at: At | undefined;
  /** What will happen, and why: a sentence. */
  readonly says: string;
  readonly fix: string;
}

export interface DoctorRow {
  /** For programs; it stays the same. */
  readonly id: string;
  readonly severity: Severity;
  /** For the documents: what it looks for. */
  readonly about: string;
  /** Where keepalived, Redis or Linux say so. */
  readonly source: string;
  readonly find: (facts: DoctorFacts) => readonly Told[];
}

type Found = Omit<Told, 'whose'>;

export const sidesOf = ({ own, peer }: DoctorFacts): readonly HostFiles[] => (peer === undefined ? [own] : [own, peer]);

/** Nothing is claimed of a keepalived.conf with a line that is not understood. */
const understood = (side: HostFiles | undefined): KeepalivedSaid | undefined =>
  side?.keepalived === undefined || side.keepalived.problems.length > 0 ? undefined : side.keepalived;

/** Of each host whose keepalived.conf is understood. */
export const inKeepalived =
  (find: (conf: KeepalivedSaid, facts: DoctorFacts, side: HostFiles) => readonly Found[]) =>
  (facts: DoctorFacts): readonly Told[] =>
    sidesOf(facts).flatMap((side) => {
      const conf = understood(side);
      return conf === undefined ? [] : find(conf, facts, side).map((found) => ({ whose: side.whose, ...found }));
    });

/** Of each instance of each host. */
export const inInstances = (find: (instance: InstanceSaid, facts: DoctorFacts) => readonly Found[]) =>
  inKeepalived(({ instances }, facts) => instances.flatMap((instance) => find(instance, facts)));

/** Of each server that answered. */
export const onServers =
  (find: (server: ServerSeen, facts: DoctorFacts) => readonly Omit<Found, 'at'>[]) =>
  (facts: DoctorFacts): readonly Told[] =>
    facts.servers.flatMap((server) =>
      find(server, facts).map((found): Told => ({ whose: server.whose, at: undefined, ...found })),
    );

/** Of this host alone, and of its keepalived.conf where that is understood. */
export const onHost =
  (find: (conf: KeepalivedSaid, host: NonNullable<DoctorFacts['host']>, facts: DoctorFacts) => readonly Found[]) =>
  (facts: DoctorFacts): readonly Told[] => {
    const { host, own } = facts;
    const conf = understood(own);
    if (host === undefined || conf === undefined) return [];
    return find(conf, host, facts).map((found) => ({ whose: 'own', ...found }));
  };

export interface Couple {
  readonly own: InstanceSaid;
  readonly peer: InstanceSaid;
}

/** The instance of the other host that is about the same pair: by port, by number, by name. */
export const partnerOf = (own: InstanceSaid, others: readonly InstanceSaid[]): InstanceSaid | undefined =>
  others.find(({ ports }) => ports.some((port) => own.ports.includes(port))) ??
  others.find(
    ({ virtualRouterId }) => virtualRouterId !== undefined && virtualRouterId.value === own.virtualRouterId?.value,
  ) ??
  others.find(({ name }) => name === own.name);

/** Both files, where both are understood. */
export const bothOf = ({
  own,
  peer,
}: DoctorFacts): { readonly own: KeepalivedSaid; readonly peer: KeepalivedSaid } | undefined => {
  const [here, there] = [understood(own), understood(peer)];
  return here === undefined || there === undefined ? undefined : { own: here, peer: there };
};

/** Of each pair of instances, at the line of this host. */
export const inCouples =
  (find: (couple: Couple) => readonly Found[]) =>
  (facts: DoctorFacts): readonly Told[] => {
    const both = bothOf(facts);
    if (both === undefined) return [];
    return both.own.instances.flatMap((own) => {
      const peer = partnerOf(own, both.peer.instances);
      return peer === undefined ? [] : find({ own, peer }).map((found): Told => ({ whose: 'own', ...found }));
    });
  };

export const lineText = ({ file, line }: At): string => (line === 0 ? file : `${file}:${String(line)}`);

export const seconds = (ms: number): string => `${String(ms / 1_000)} s`;

export const RELOAD = 'then systemctl reload keepalived';

/** So many characters of a password stand in an advert. */
export const PASS_LENGTH = 8;
