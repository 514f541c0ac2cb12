/** What changes for a pair that gets a witness. */
import type { Blueprint } from '../../core/blueprint.ts';
import { portsOf } from '../../core/blueprint.ts';
import { formatEndpoint } from '../../core/model.ts';

/** Each a sentence; none without a witness. */
export const witnessNotes = (blueprint: Pick<Blueprint, 'witness' | 'services'>): readonly string[] => {
  const { witness } = blueprint;
  if (witness === undefined) return [];
  const at = formatEndpoint(witness);
  const ports = portsOf(blueprint).map(String).join(', ');
  return [
    `with the witness ${at} no two nodes take writes at once; a pair that has lost a node and the witness takes none ` +
      '(on_no_witness = "proceed" changes that)',
    'when a host dies, clients wait 3 to 5 seconds longer: so long the other node makes sure that the old master takes no writes',
    `both nodes need redisha.toml with the witness first, and then the two lines min-replicas-* for ${ports}, by a restart of ` +
      'Redis or by CONFIG SET min-replicas-max-lag 2 and CONFIG SET min-replicas-to-write 1; in the other order a node whose ' +
      'replica is away takes no writes',
  ];
};
