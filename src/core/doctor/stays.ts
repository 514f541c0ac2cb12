/** How the address comes to stay at a dead Redis. `doctor`, `config check` and `status` say it by this rule, in these words. */
import type { CallSaid, TrackedSaid } from './facts.ts';
import { RELOAD } from './row.ts';

export interface Stays {
  readonly says: string;
  readonly fix: string;
}

/** Source: keepalived.conf(5), SCRIPTS; keepalived/lib/notify.c set_script_params_array. */
export const ofUnquoted = ({ keyword, program }: Pick<CallSaid, 'keyword' | 'program'>): Stays => ({
  says:
    'keepalived takes only what is in one pair of quotes for the command, and calls ' +
    (keyword === 'script' ? 'this check without its words' : `${keyword} never`),
  fix: `${keyword} "${program} …", all in one pair of quotes; ${RELOAD}`,
});

export const withoutWeight = ({ weight }: TrackedSaid): string =>
  `take "weight ${String(weight)}" out on both hosts, so that a failure means FAULT; ${RELOAD}`;

/** What decides where a weight leads. */
export interface Weighing {
  readonly name: string;
  readonly priority: number;
  readonly isNopreempt: boolean;
}

/**
 * `undefined` without a weight. Where it `isCertain` that the address stays, nothing in the other file changes that.
 *
 * Source: keepalived.conf(5), vrrp_script, weight: it changes the priority in the place of a FAULT. A node with nopreempt takes
 * no address from a master with a lower priority (seen on 2.2.7; acassen/keepalived issue 2599).
 */
export const ofWeight = (
  { name, priority, isNopreempt }: Weighing,
  tracked: TrackedSaid,
): (Stays & { readonly isCertain: boolean }) | undefined => {
  const { kind, name: what, isVerdict, weight, unfitPriority } = tracked;
  if (!isVerdict || weight === 0) return undefined;
  const begins = `the ${kind === 'script' ? 'check' : 'track_file'} ${what} has weight ${String(weight)}`;
  const left = String(unfitPriority);
  return {
    isCertain: isNopreempt,
    says: isNopreempt
      ? `${begins}, and ${name} has nopreempt: a lower priority moves no address then, so it stays at a dead Redis`
      : `${begins}: a dead Redis leaves priority ${left} of ${String(priority)}, and the address moves only if the other ` +
        `host has more than ${left} and no nopreempt`,
    fix: withoutWeight(tracked),
  };
};

/**
 * Of an instance that calls redisha. `check` is the name of one of redisha's in the file. What else is tracked may be a check
 * under another name, so that nothing is said of it where the file has none of redisha's.
 */
export const ofNoCheck = (
  name: string,
  tracked: readonly TrackedSaid[],
  check: string | undefined,
): Stays | undefined => {
  if (tracked.some(({ isVerdict }) => isVerdict)) return undefined;
  if (check !== undefined)
    return {
      says: `${name} does not track the check ${check}, so the address stays at a dead Redis`,
      fix: `"track_script { ${check} }" in ${name}, below the vrrp_script; ${RELOAD}`,
    };
  if (tracked.length > 0) return undefined;
  return {
    says: `${name} tracks no check, so the address stays at a dead Redis`,
    fix: 'redisha config writes a check',
  };
};
