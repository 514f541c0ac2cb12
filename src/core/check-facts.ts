/** What a check goes by, and what it answers. */
import type { Marks } from './marks.ts';
import type { Remembered } from './memory.ts';
import type { Intent, NodeView, VrrpState } from './model.ts';

export interface CheckPolicy {
  /** How long a server that loads its dataset under the address is waited for. */
  readonly loadingGraceMs: number;
  /** How long a server that is blocked by a script is waited for. */
  readonly busyGraceMs: number;
  /** How long a read-only replica may hold the address while a command is at work on it. */
  readonly handOverBudgetMs: number;
}

export interface CheckFacts {
  readonly local: NodeView;
  /** `undefined` where nobody has told yet who the peer is. */
  readonly peer: NodeView | undefined;
  /** `undefined` where nothing is known. */
  readonly memory: Remembered | undefined;
  readonly vrrpState: VrrpState | undefined;
  /** Since keepalived said so. */
  readonly vrrpAgeMs: number;
  /** Another command of this host is changing roles for this port. */
  readonly commandRunning: boolean;
  /** Whoever looks carries out keepalived's events itself, the moment that it hears them; absent where a process is started. */
  readonly startsAtOnce?: boolean | undefined;
  /** keepalived has heard another node with the address and keeps it; absent where nobody would hear of that. */
  readonly hasHeardRival?: boolean | undefined;
  /** Since the check first saw what it sees now. */
  readonly unchangedMs: number;
  /** The verdict before this one; absent for the first. */
  readonly wasFit?: boolean | undefined;
  /** The look before this one found local as the master, and did not reach the peer or found it a master too. */
  readonly wasApart?: boolean | undefined;
  /** What a person has said of this node and has not taken back; absent where nobody has said anything. */
  readonly marks?: Marks;
  readonly policy: CheckPolicy;
}

export interface Verdict {
  readonly fit: boolean;
  readonly rule: number;
  readonly why: string;
  /** The node is fit, and the pair is as it should be as far as this look tells; a person need not look. */
  readonly isInOrder: boolean;
  /** A replica's link to the master that it follows is down. */
  readonly isLinkDown?: true;
  /** Something is about to be overwritten. */
  readonly isUrgent?: true;
  /** The intent under which the pair is to be healed, where it is out of order. */
  readonly heal: Intent | undefined;
}
