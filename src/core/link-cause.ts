/** Why a replica cannot follow its master, as far as somebody who is neither of them can find out. */
export const LINK_CAUSES = [
  'no-masterauth',
  'wrong-masterauth',
  'masterauth-unread',
  'protected-mode',
  'maxclients',
  'tls',
  'not-listening',
  'version',
] as const;

export interface LinkCause {
  readonly code: (typeof LINK_CAUSES)[number];
  /** A sentence. */
  readonly why: string;
  /** What to type next. */
  readonly next: string;
}
