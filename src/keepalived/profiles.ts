/** How soon a pair notices and who gets the address back: the three answers that the generator knows, and nothing else. */
import type { ProfileName } from '../core/blueprint.ts';

/** Its exit code is the verdict. */
export interface PlainCheck {
  /** Whole seconds, as every keepalived has them. */
  readonly intervalS: number;
  readonly timeoutS: number;
  readonly fall: number;
  readonly rise: number;
}

export interface Profile {
  /** What it is for, as the head of the file says it. */
  readonly about: readonly string[];
  /** Of the preferred node and of the other. */
  readonly initialStates: readonly ['MASTER' | 'BACKUP', 'MASTER' | 'BACKUP'];
  readonly priorities: readonly [number, number];
  /** Those with an IPv6 address; absent where they are the same. */
  readonly prioritiesOfIpv6?: readonly [number, number];
  readonly nopreempt: boolean;
  readonly advertS: string;
  /** `undefined`: keepalived's default, which is 2 for IPv4 and 3 for IPv6. */
  readonly vrrpVersion: 3 | undefined;
  readonly realTime: boolean;
  /** `undefined`: the resident watches, and tells its verdict by a track_file. */
  readonly check: PlainCheck | undefined;
  /**
   * keepalived asks every few seconds whether anybody watches. For each script it forks the process that sends the adverts,
   * which held that up for 0.3 s on a busy host: only where the peer waits longer than that for an advert.
   */
  readonly hasLastLine: boolean;
}

// Priorities 50 apart, as keepalived.conf(5) advises: with 100 and 99 both would leave BACKUP within 0.4 ms of each other
// at an advert_int of 0.1. High ones, for a takeover waits (256 - priority) / 256 of an advert_int (RFC 5798, skew time);
// not the highest, for a third advert that is a little late should still count.
// Not further, either: a claim (core/watch/claim.ts) has to outweigh it, and to stay below the 254 that keepalived caps at.
export const APART = [240, 190] as const;

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  article: {
    about: [
      'It has the timings of the well-known scripts: keepalived notices a failure after 6 to 10 seconds, and the preferred',
      'node takes the address back as soon as it is fit again.',
    ],
    initialStates: ['MASTER', 'BACKUP'],
    priorities: [100, 99],
    // With IPv6 it is VRRPv3, whose skew is a part of advert_int and not of one second: 99 would cost 1.8 s and not 0.6 s.
    // Source: RFC 3768 and RFC 5798, 6.1, Skew_Time.
    prioritiesOfIpv6: [205, 204],
    nopreempt: false,
    advertS: '3',
    vrrpVersion: undefined,
    realTime: false,
    hasLastLine: false,
    check: { intervalS: 2, timeoutS: 2, fall: 3, rise: 1 },
  },
  balanced: {
    about: [
      'A failure of Redis is noticed at once, and that of a host within 3 seconds. The address stays at a node until that',
      'node fails. It does not return by itself: type "redisha promote" where you want it.',
    ],
    initialStates: ['BACKUP', 'BACKUP'],
    priorities: APART,
    nopreempt: true,
    advertS: '0.75',
    vrrpVersion: 3,
    realTime: true,
    hasLastLine: true,
    check: undefined,
  },
  fast: {
    about: [
      'A failure of Redis is noticed at once, and that of a host within 0.5 seconds. It is for two hosts on one good',
      'network, each with a processor to spare: if adverts are 0.3 seconds late, the address moves.',
    ],
    initialStates: ['BACKUP', 'BACKUP'],
    priorities: APART,
    nopreempt: true,
    advertS: '0.1',
    vrrpVersion: 3,
    realTime: true,
    hasLastLine: false,
    check: undefined,
  },
};

/** Of the preferred node and of the other. */
export const prioritiesFor = (
  { priorities, prioritiesOfIpv6 = priorities }: Profile,
  { family }: { readonly family: 4 | 6 },
): Profile['priorities'] => (family === 6 ? prioritiesOfIpv6 : priorities);
