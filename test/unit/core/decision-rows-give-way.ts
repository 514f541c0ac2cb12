/** The decision table, local gives way: the same ten rows, wherever they stand and whoever is wanted. */
import type { Context, Intent, NodeView } from '../../../src/core/model.ts';
import { at, EVIDENCE, master, POLICY, replica, saved, unsaved } from './builders.ts';
import type { Row } from './decision-words.ts';
import { LOCAL_FOLLOWS, PEER_FOLLOWS, PROMOTE_LOCAL, REFUSE } from './decision-words.ts';

const PARTED = at('Y', 130, 'R', 90);
const SAME = at('X', 120, 'R', 100);
const peer = master({ history: SAME });

/** What local is, with the history that a row needs. */
type Local = (history: ReturnType<typeof at>) => NodeView;
const leads: Local = (history) => master({ history });
const followsNobody: Local = (history) => replica({ history }, { who: 'third-silent', linkUp: false });

interface Family {
  readonly first: number;
  readonly intent: Intent;
  readonly local: Local;
  readonly changes: Partial<Context>;
}

const FAMILIES: readonly Family[] = [
  { first: 210, intent: 'master', local: leads, changes: { keepsItsData: 'local' } },
  { first: 310, intent: 'master', local: followsNobody, changes: {} },
  { first: 510, intent: 'fault', local: leads, changes: { keepsItsData: 'local' } },
  { first: 530, intent: 'backup', local: leads, changes: { vrrpAgeMs: POLICY.peerMasterTimeoutMs } },
  { first: 540, intent: 'backup', local: followsNobody, changes: {} },
];

const rowsOf = ({ first, intent, local, changes }: Family): readonly Row[] => {
  const row = (nth: number, name: string, steps: readonly string[], more: Partial<Context> = {}): Row => {
    const history = nth === 0 ? SAME : PARTED;
    const seen = `${intent}, ${local === leads ? 'two masters' : 'local follows nobody'}: ${name}`;
    return [seen, local(history), peer, intent, first + nth, steps, { ...changes, ...more }];
  };
  const leading = local === leads ? [] : [PROMOTE_LOCAL];
  return [
    row(0, 'nothing is lost', [LOCAL_FOLLOWS]),
    row(1, 'left to a person', [REFUSE], { policy: { ...POLICY, onDiverged: 'manual' } }),
    row(2, 'saved', [LOCAL_FOLLOWS], { evidence: saved('local') }),
    row(3, 'not saved, and that is allowed', [LOCAL_FOLLOWS], {
      evidence: unsaved('local'),
      policy: { ...POLICY, onRescueFailure: 'proceed' },
    }),
    row(4, 'not saved', [REFUSE], { evidence: unsaved('local') }),
    row(5, 'nobody has looked', ['read from both backlogs']),
    row(6, 'local wrote nothing', [LOCAL_FOLLOWS], { evidence: EVIDENCE.localWroteNothing }),
    row(7, 'the peer wrote nothing, and merging is not wanted', [...leading, PEER_FOLLOWS], {
      evidence: EVIDENCE.peerWroteNothing,
      policy: { ...POLICY, onDiverged: 'rescue' },
    }),
    row(8, 'both wrote, to different keys', ['replay on the other side the writes that only local has'], {
      evidence: EVIDENCE.apart,
    }),
    row(9, 'both wrote the same key', ['rescue the writes that only local has'], { evidence: EVIDENCE.meet }),
  ];
};

export const GIVE_WAY: readonly Row[] = FAMILIES.flatMap(rowsOf);
