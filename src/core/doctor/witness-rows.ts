/** Whether a pair with a witness has it on both hosts, and two servers that ask for it. */
import type { DoctorFacts } from './facts.ts';
import type { DoctorRow } from './row.ts';
import { onServers, sidesOf } from './row.ts';

/** It does not help a pair where only one host has it. */
export const hasWitness = (facts: DoctorFacts): boolean =>
  sidesOf(facts).some(({ toml }) => toml?.witness !== undefined);

const named = (witness: string | undefined): string => witness ?? 'none';

export const WITNESS_ROWS: readonly DoctorRow[] = [
  {
    id: 'witness-differs',
    severity: 'wrong',
    about: '`witness` on one host alone, or another one on the other host',
    source: 'docs/witness.md',
    find: ({ own, peer }) => {
      const [here, there] = [own.toml, peer?.toml];
      if (here === undefined || there === undefined || here.witness === there.witness) return [];
      return [
        {
          whose: 'own',
          at: undefined,
          says: `the witness of this host is ${named(here.witness)}, and that of the other host is ${named(there.witness)}: both nodes may take writes at once`,
          fix: 'the same line witness = "HOST:PORT" in redisha.toml of both hosts',
        },
      ];
    },
  },
  {
    id: 'witness-not-bound',
    severity: 'wrong',
    about: 'a witness, and a server that counts no replicas',
    source: 'INFO, min_slaves_good_slaves; docs/witness.md',
    find: onServers(({ endpoint, countsReplicas }, facts) =>
      countsReplicas || !hasWitness(facts)
        ? []
        : [
            {
              says: `${endpoint} counts no replicas, so it takes writes alone, whatever the witness says`,
              fix: 'CONFIG SET min-replicas-max-lag 2, then CONFIG SET min-replicas-to-write 1; where CONFIG is closed, both lines in redis.conf and a restart of Redis, the replica first',
            },
          ],
    ),
  },
];
