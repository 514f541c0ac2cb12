/** Which keepalived reads what is generated, and what a person should know whose host has another one. */
import { RUN_DIRECTORY } from '../core/blueprint.ts';

type Version = readonly [major: number, minor: number, patch: number];

/** What the keepalived of a host made of `keepalived --version`. */
export type FoundKeepalived =
  | { readonly kind: 'version'; readonly version: Version }
  /** There is none, or it cannot be run. */
  | { readonly kind: 'none' }
  /** It ended and named no version. */
  | { readonly kind: 'mute'; readonly said: string };

/** Source: keepalived.conf(5) of 2.2.7, "vrrp_track_file is a deprecated synonym". */
const KNOWS_TRACK_FILE: Version = [2, 1, 0];

/** `keepalived -t` calls it an error that the directory of a track_file is missing. Seen on 2.3.3 and 2.3.4, not on 2.2.7. */
const WANTS_DIRECTORY: Version = [2, 3, 3];

/**
 * 2.4.0 and 2.4.1 sign in ways of their own. 2.4.2 signs as 2.4.3 does, and after a step of a clock both nodes stay MASTER.
 * Source: release notes of keepalived 2.4.1, 2.4.2 and 2.4.3.
 */
const SIGNS: Version = [2, 4, 3];

export const foundKeepalived = (said: string | undefined): FoundKeepalived => {
  if (said === undefined || said.trim() === '') return { kind: 'none' };
  const [, major, minor, patch = 0] = /\bKeepalived v(\d+)\.(\d+)(?:\.(\d+))?/.exec(said) ?? [];
  return major === undefined
    ? { kind: 'mute', said: said.trim().split('\n', 1)[0] ?? '' }
    : { kind: 'version', version: [Number(major), Number(minor), Number(patch)] };
};

const isOlder = ({ version }: FoundKeepalived & { kind: 'version' }, since: Version): boolean => {
  const at = version.findIndex((part, index) => part !== since[index]);
  return at >= 0 && (version[at] ?? 0) < (since[at] ?? 0);
};

/** What of a pair's files depends on the version. */
export interface VersionNeeds {
  readonly profile: string;
  /** The resident tells keepalived by a track_file. */
  readonly isWatched: boolean;
  /** The adverts go from node to node. */
  readonly isUnicast: boolean;
  /** They are signed. */
  readonly isSigned: boolean;
  /** The directory of the track_file is on this host. */
  readonly hasDirectory: boolean;
}

const hasVersion = (found: FoundKeepalived): string =>
  found.kind === 'version' ? `this host has ${found.version.join('.')}` : 'keepalived --version';

const trackFileNote = (profile: string, found: FoundKeepalived): string => {
  const note = `the profile ${profile} needs keepalived 2.1 or newer on both hosts`;
  return found.kind === 'version' && isOlder(found, KNOWS_TRACK_FILE)
    ? `${note}, and ${hasVersion(found)}, which knows no track_file: --profile article`
    : `${note}: ${hasVersion(found)}`;
};

const SIGNED = '--auth-hmac-key-file needs keepalived 2.4.3 or newer on both hosts';

/** Why this host cannot be a node whose adverts are signed; `undefined` where it can, or where nobody knows. */
export const whyNotSigned = (found: FoundKeepalived): string | undefined =>
  found.kind === 'version' && isOlder(found, SIGNS) ? `${SIGNED}, and ${hasVersion(found)}` : undefined;

/** Source: keepalived.org, article "VRRP HMAC Authentication": anybody who reaches a node can send an advert to it. */
const unsignedNote = (found: FoundKeepalived): string =>
  'with --unicast nothing proves that an advert comes from the other node: whoever can send a packet with its address as ' +
  'the sender can take the address away from both. Let IP protocol 112 in from the other node alone, and with keepalived ' +
  `2.4.3 or newer on both hosts sign the adverts (--auth-hmac-key-file): ${hasVersion(found)}`;

/** Debian's 2.3.3 and 2.3.4 do nothing without that file of their package, which may be empty. Seen on both. */
const muteNote = (said: string): string =>
  `keepalived does not run on this host: it says "${said}" and ends` +
  (/config options/.test(said)
    ? ': touch /etc/keepalived/keepalived.config-opts, which its package had put there'
    : '');

/** What a person should know of the keepalived of this host. */
export const versionNotes = (
  { profile, isWatched, isUnicast, isSigned, hasDirectory }: VersionNeeds,
  found: FoundKeepalived,
): readonly string[] => [
  ...(found.kind === 'mute' ? [muteNote(found.said)] : []),
  ...(isWatched ? [trackFileNote(profile, found)] : []),
  ...(isWatched && !hasDirectory && (found.kind !== 'version' || !isOlder(found, WANTS_DIRECTORY))
    ? [
        `keepalived -t of 2.3.3 or newer wants the directory ${RUN_DIRECTORY}, which is not on this host: ./install.sh makes it`,
      ]
    : []),
  ...(isSigned ? [`${SIGNED}: ${hasVersion(found)}`] : []),
  ...(isUnicast && !isSigned ? [unsignedNote(found)] : []),
];
