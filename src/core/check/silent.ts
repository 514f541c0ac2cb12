/** Rows 10-29: local cannot be judged by what it holds. */
import type { CheckFacts } from '../check-facts.ts';
import type { NodeView } from '../model.ts';
import { isAliveButSilent, isAnswering } from '../model.ts';
import type { Section } from '../table.ts';
import type { FitnessRow } from './row.ts';
import { localWords, peerUsable, underAddress } from './row.ts';

const isKind = (facts: CheckFacts, ...kinds: NodeView['kind'][]): boolean => kinds.includes(facts.local.kind);

/** And beyond it where the address has nowhere better to go. */
const withinBusyGrace = (facts: CheckFacts): boolean =>
  facts.unchangedMs < facts.policy.busyGraceMs || !peerUsable(facts);

export const LOCAL_SILENT: Section<FitnessRow> = {
  title: 'local does not tell what it holds',
  from: 10,
  to: 29,
  rows: [
    {
      id: 10,
      when: (facts) => isKind(facts, 'refused', 'unreachable', 'unresolved', 'frozen', 'garbled'),
      fit: false,
      seen: 'refuses connections or ends them, cannot be reached, does not answer, or does not speak Redis',
      does: 'unfit',
      why: localWords,
    },
    {
      id: 12,
      when: (facts) => isKind(facts, 'busy'),
      fit: withinBusyGrace,
      seen: 'blocked by a script',
      does: 'fit for `busy_grace` (5 s), then only if the peer is not usable',
      why: localWords,
    },
    {
      id: 13,
      when: (facts) => isKind(facts, 'unasked'),
      fit: withinBusyGrace,
      seen: 'this host could not ask it: no port, file descriptor or memory left, or not permitted',
      does: 'fit for `busy_grace`, then only if the peer is not usable',
      why: localWords,
    },
    {
      id: 14,
      when: ({ local }) => isAliveButSilent(local),
      fit: true,
      seen: 'alive, but rejects our credentials (or our TLS files cannot be used, or a certificate is not accepted), is in protected mode, or has no connection left',
      does: 'fit: redisha cannot judge it',
      why: (facts) => `alive, but ${localWords(facts)}: redisha cannot judge it`,
    },
    {
      id: 16,
      when: ({ local }) => isAnswering(local) && local.loading,
      fit: (facts) => !peerUsable(facts) || (underAddress(facts) && facts.unchangedMs < facts.policy.loadingGraceMs),
      seen: 'loading',
      does: 'fit if the peer is not usable, or for `loading_grace` (10 s) under the address',
      why: localWords,
    },
  ],
};
