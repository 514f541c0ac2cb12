/** What befalls the witness of a pair, the way to it, and those who ask it. */
import type { Pair } from './judge.ts';
import type { Blow } from './story.ts';
import { INDICES, NAMES } from './words.ts';

type VoteBlow = Extract<Blow, { kind: `witness ${string}` | 'resident dozes' }>;

/** `until` calls what mends after a time. */
export const strikeVote = (
  { hosts, base }: Pair,
  blow: VoteBlow,
  until: (forMs: number, mend: () => void) => void,
): void => {
  const { vote } = base;
  if (vote === undefined) return;
  switch (blow.kind) {
    case 'witness goes':
      vote.stop();
      until(blow.forMs, () => vote.start(blow.keeps));
      return;
    case 'witness cut': {
      const set = (value: boolean): void => {
        base.witness.note(
          'network',
          () => `${NAMES[blow.node]} and the witness (${blow.way}): ${value ? 'cut' : 'whole'}`,
        );
        if (blow.way !== 'back') vote.cut.there[blow.node] = value;
        if (blow.way !== 'there') vote.cut.back[blow.node] = value;
      };
      set(true);
      until(blow.forMs, () => set(false));
      return;
    }
    case 'resident dozes': {
      const { residency } = hosts[blow.node];
      residency.doze();
      until(blow.forMs, () => residency.goOn());
      return;
    }
    case 'witness slow':
      vote.slowMs = blow.byMs;
      base.witness.note('witness', () => `answers ${String(blow.byMs)} ms later`);
      until(blow.forMs, () => {
        vote.slowMs = 0;
      });
  }
};

export const healVote = ({ base: { vote } }: Pair): void => {
  if (vote === undefined) return;
  vote.start(true);
  vote.slowMs = 0;
  for (const index of INDICES) {
    vote.cut.there[index] = false;
    vote.cut.back[index] = false;
  }
};
