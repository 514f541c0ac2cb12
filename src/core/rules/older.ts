/**
 * A replica that is, or was, older than its master may lack writes that its offset counts: what it lacks is never handed
 * over without a word, and where a full copy can mend that, it gets one.
 */
import type { FoundGap } from '../gap.ts';
import { gapBeside } from '../gap.ts';
import type { Intent } from '../model.ts';
import type { Facts, Rule } from './rule.ts';
import { addressOfOther, harmless, refuse } from './rule.ts';

const localGap = ({ pair, memory }: Facts): FoundGap | undefined =>
  gapBeside('local', pair.local, pair.peer, memory?.data);

const why = (facts: Facts): string =>
  `the peer is the master, and local may not have all of its data: ${localGap(facts)?.words ?? ''}`;

const UPGRADED = 'local was upgraded on its old data';
const FORCED = '`--force`';

/** A replica that was upgraded on its old data goes on where it was, with what it refused before left out. */
export const copiedAnew = (intents: readonly Intent[], id: number): Rule => ({
  id,
  name: 'local was upgraded on its old data: it is copied anew',
  intents,
  situations: ['PeerMasterWithReplica'],
  when: (facts) => !facts.forced && localGap(facts)?.kind === 'upgraded' && harmless(facts, 'local'),
  seen: intents.includes('promote') ? `${UPGRADED}; no ${FORCED}` : UPGRADED,
  does: 'give local a full copy',
  why,
  steps: (facts) => [{ kind: 'copyAnew', side: 'local', of: addressOfOther(facts, 'local') }],
});

export const notHandedOver = (intents: readonly Intent[], id: number): Rule => ({
  id,
  name: 'local is older than the peer and may lack its writes',
  intents,
  situations: ['PeerMasterWithReplica'],
  when: (facts) => !facts.forced && localGap(facts) !== undefined,
  seen: 'local is older than the peer and may lack writes; no `--force`',
  does: 'refuse (4)',
  why,
  steps: (facts) => refuse(`${localGap(facts)?.cure ?? ''}; to give these writes up: redisha promote --force`),
});
