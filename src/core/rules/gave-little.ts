/** Two masters wrote the same keys, and the smaller part is put aside: also that of the node which is to lead. */
import { isOlder } from '../gap.ts';
import type { Side } from '../model.ts';
import type { GiveWay } from './give-way.ts';
import { examined, isMergeable, lookAtOrSave, rescueReason } from './give-way.ts';
import type { Rule } from './rule.ts';
import { answering } from './rule.ts';

/**
 * Both wrote the same keys, so one side's writes go to a file. Local is to lead, and yet it is local that gives way where it wrote
 * much less: clients came back to it a moment ago, or it was cut off from them. The role comes back once local has the peer's data.
 */
export const gaveLittle = ({ first: id, because, ...where }: Omit<GiveWay, 'family' | 'loser' | 'when'>): Rule => ({
  ...where,
  id,
  name: 'local wrote less than half of what the peer wrote, so its writes are rescued',
  when: (facts) => {
    const evidence =
      facts.forced || isOlder(answering(facts, 'local'), answering(facts, 'peer')) ? undefined : examined(facts);
    if (evidence?.local.kind !== 'writes' || evidence.peer.kind !== 'writes') return false;
    const isLess = 2 * evidence.local.commands <= evidence.peer.commands;
    return isLess && facts.policy.onDiverged !== 'manual' && !isMergeable(facts, 'peer', evidence);
  },
  seen: 'both wrote, row +8 does not apply, local wrote at most half as many commands as the peer; it is no older server; no `--force`, and `on_diverged` is not `manual`',
  does: "rescue local's writes; then rule 212, and the role comes back by rule 300",
  standsHere: 'rule 229 would put aside the larger part',
  why: (facts) => {
    const evidence = examined(facts);
    const count = (side: Side): string => (evidence?.[side].kind === 'writes' ? String(evidence[side].commands) : '?');
    return `${because}, but local wrote ${count('local')} commands since the two parted and the peer ${count('peer')}; ${rescueReason(facts, 'local')}`;
  },
  steps: (facts) => [lookAtOrSave(facts, 'local')],
});
