/** Rows 10-29: local cannot be judged by what it holds. */
import type { CheckFacts } from '../check-facts.ts';
import type { NodeView } from '../model.ts';
import { isAliveButSilent, isAnswering } from '../model.ts';
import type { Section } from '../table.ts';
import type { FitnessRow } from './row.ts';
import { localWords, peerUsable, underAddress } from './row.ts';

const isKind = (facts: CheckFacts, ...kinds: NodeView['kind'][]): boolean => kinds.includes(facts.local.kind);

export const LOCAL_SILENT: Section<FitnessRow> = {
  title: 'local does not tell what it holds',
  from: 10,
  to: 29,
  rows: [
    {
      id: 10,
      when: (facts) => isKind(facts, 'refused', 'unreachable', 'unresolved', 'frozen', 'garbled'),
      fit: false,
      why: localWords,
    },
    {
      id: 12,
      when: (facts) => isKind(facts, 'busy'),
      fit: (facts) => facts.unchangedMs < facts.policy.busyGraceMs || !peerUsable(facts),
      why: localWords,
    },
    {
      id: 13,
      when: (facts) => isKind(facts, 'unasked'),
      fit: (facts) => facts.unchangedMs < facts.policy.busyGraceMs || !peerUsable(facts),
      why: localWords,
    },
    {
      id: 14,
      when: ({ local }) => isAliveButSilent(local),
      fit: true,
      why: (facts) => `alive, but ${localWords(facts)}: redisha cannot judge it`,
    },
    {
      id: 16,
      when: ({ local }) => isAnswering(local) && local.loading,
      fit: (facts) => !peerUsable(facts) || (underAddress(facts) && facts.unchangedMs < facts.policy.loadingGraceMs),
      why: localWords,
    },
  ],
};
