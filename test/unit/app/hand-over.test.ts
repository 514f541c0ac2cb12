/** What a hand-over that does not come off leaves behind. */
import { expect, test } from 'vitest';
import type { Execution } from '../../../src/app/execution.ts';
import { handOver } from '../../../src/app/hand-over.ts';
import { LOCAL, master, PEER, POLICY, replica } from '../core/builders.ts';
import { recordingLog } from '../host/recording-log.ts';
import { FakeNode } from './fake-node.ts';

const nobody = (): never => {
  throw new Error('a hand-over asks nobody outside the pair');
};

const executionOf = (local: FakeNode, peer: FakeNode, onDelay: () => void): Execution => {
  let nowMs = 0;
  return {
    clock: {
      nowMs: () => nowMs,
      wallIso: () => '',
      delay: (ms) => {
        nowMs += ms;
        onDelay();
        return Promise.resolve();
      },
      random: () => 0,
    },
    log: recordingLog().log,
    journal: { append: () => Promise.resolve() },
    turn: {
      acquire: () => Promise.resolve('acquired' as const),
      release: () => Promise.resolve(),
      newer: () => Promise.resolve('nothing' as const),
    },
    eyes: {
      local,
      peer,
      interfaces: { addresses: () => [] },
      resolver: { resolve: () => Promise.resolve([]) },
      open: nobody,
    },
    policy: POLICY,
    signal: new AbortController().signal,
    wanted: () => Promise.resolve('master'),
    intent: 'master',
  };
};

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
