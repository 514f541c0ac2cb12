/** What of a licence is not in order. */
import type { LicencePosition } from '../core/licence/model.ts';
import type { Finding } from '../core/order.ts';
import type { LicenceReport } from './licence.ts';

const HELD = 'see "While it is away" in docs/witness.md';

/** What to do next where a node takes no writes, or the witness is of no use to it; nothing where it is as it should be. */
const NEXT: Readonly<Partial<Record<LicencePosition['kind'], string>>> = {
  unbound:
    'CONFIG SET min-replicas-max-lag 2 and then CONFIG SET min-replicas-to-write 1 on both nodes; see docs/witness.md',
  'peer-unbound': 'CONFIG SET min-replicas-max-lag 2 and then CONFIG SET min-replicas-to-write 1 on the other node',
  refused: `start the witness, or check witness in redisha.toml; ${HELD}`,
  fenced: 'bring the two nodes together again: clients of this node cannot write',
  waiting: 'nothing: it takes writes by itself when the time is over',
  'beside-master': 'redisha status on the other node: it may be a master that takes writes',
};

/** Nobody would attach a licence, although a witness is configured. */
const NO_HOLDER: Finding = {
  code: 'witness',
  says: 'a witness is set, and no "redisha watch" asks it here: if this node loses its peer, it takes no writes',
  next: '"configuration" in the log of redisha watch says why; see docs/witness.md',
};

/** `isLacking`: a witness is configured, and it is known that nobody asks it. */
export const licenceFindings = (licence: LicenceReport | undefined, isLacking: boolean): readonly Finding[] => {
  if (licence === undefined) return isLacking ? [NO_HOLDER] : [];
  const { position, says, away } = licence;
  const next = NEXT[position];
  return [
    ...(next === undefined ? [] : [{ code: 'licence', says, next }]),
    ...(away === undefined
      ? []
      : [
          {
            code: 'witness',
            says: `the witness gives no answer (${away}): a node that loses its peer now would take no writes`,
            next: 'start the witness, or put witness and witness_password_file right in redisha.toml',
          },
        ]),
  ];
};
