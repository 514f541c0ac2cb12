/** What a hand-over that does not come off leaves behind. */
import { expect, test } from 'vitest';
import { handOver } from '../../../src/app/hand-over.ts';
import { LOCAL, master, PEER, replica } from '../core/builders.ts';
import { executionOf } from './execution.ts';
import { FakeNode } from './fake-node.ts';

test('a FAILOVER that is called off beside a promoted replica: both are left to the next plan, which holds writes', async () => {
  const [local, peer] = [new FakeNode(LOCAL, replica()), new FakeNode(PEER, master())];
  const execution = executionOf(local, peer, () => {
    local.view = master();
  });
  const step = { kind: 'handOver', from: 'peer', target: LOCAL, ways: ['failover'], timeoutMs: 100 } as const;
  await expect(handOver(execution, step)).rejects.toMatchObject({ code: 'HAND_OVER_ABORTED' });
  expect(peer.told).toEqual(['failover', 'abort']);
  expect(local.told).toEqual([]);
});
