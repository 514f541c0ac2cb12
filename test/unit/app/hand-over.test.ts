/** What a hand-over that does not come off leaves behind. */
import { describe, expect, test } from 'vitest';
import { handOver } from '../../../src/app/hand-over.ts';
import { LOCAL, master, PEER, replica } from '../core/builders.ts';
import { executionOf } from './execution.ts';
import { FakeNode } from './fake-node.ts';

test('a FAILOVER that is called off beside a promoted replica: both are left to the next plan, which holds writes', async () => {
  const [local, peer] = [new FakeNode(LOCAL, replica()), new FakeNode(PEER, master())];
  const execution = executionOf(local, peer, () => {
    local.view = master();
  });
  const step = {
    kind: 'handOver',
    from: 'peer',
    target: LOCAL,
    ways: ['failover'],
    insists: false,
    replicaRun: 'run',
    timeoutMs: 100,
  } as const;
  await expect(handOver(execution, step)).rejects.toMatchObject({ code: 'HAND_OVER_ABORTED' });
  expect(peer.told).toEqual(['failover', 'abort']);
  expect(local.told).toEqual([]);
});

const NEWER = { program: { product: 'redis', version: [8, 0, 2] } } as const;
const stepOf = (insists: boolean) =>
  ({
    kind: 'handOver',
    from: 'peer',
    target: LOCAL,
    ways: ['pause'],
    insists,
    replicaRun: 'run',
    timeoutMs: 100,
  }) as const;

/** Its master takes a last write that it does not know: while the plan is made, or after the hold has ended. */
const pairThatDrops = (when: 'pauseWrites' | 'follow') => {
  const [local, peer] = [new FakeNode(LOCAL, replica()), new FakeNode(PEER, master(NEWER))];
  const told = peer[when].bind(peer);
  peer[when] = () => {
    local.view = { ...local.view, refusedCommands: 1 };
    return told() as never;
  };
  return { local, peer, execution: executionOf(local, peer, () => undefined) };
};

describe('a replica that is older than its master', () => {
  test('has refused a write after the last look: the role stays', async () => {
    const { local, peer, execution } = pairThatDrops('pauseWrites');
    await expect(handOver(execution, stepOf(false))).rejects.toMatchObject({
      code: 'HAND_OVER_ABORTED',
      message: expect.stringContaining('has refused a command of its master') as string,
    });
    expect(peer.told).toEqual(['pause', 'resume']);
    expect(local.told).not.toContain('promote');
  });

  test('has refused one that came in between: the old master has its role back', async () => {
    const { local, peer, execution } = pairThatDrops('follow');
    await expect(handOver(execution, stepOf(false))).rejects.toMatchObject({ code: 'HAND_OVER_ABORTED' });
    expect(peer.told).toEqual(['pause', 'fence', 'follow', 'promote', 'unfence', 'resume']);
    expect(local.told).not.toContain('promote');
  });

  test('has refused one, and a person insists', async () => {
    const { local, peer, execution } = pairThatDrops('pauseWrites');
    await handOver(execution, stepOf(true));
    expect([peer.view.redisRole, local.view.redisRole]).toEqual(['replica', 'master']);
  });
});
