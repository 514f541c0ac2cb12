/** What is held back while a rescue goes on, and when it fails. */
import { expect, test } from 'vitest';
import type { Applying } from '../../../src/app/findings.ts';
import { noFindings } from '../../../src/app/findings.ts';
import { rescue } from '../../../src/app/divergence.ts';
import { releaseAll } from '../../../src/app/hold-over-steps.ts';
import { RedishaError } from '../../../src/errors.ts';
import type { Answering } from '../../../src/core/model.ts';
import { LOCAL, master, PEER } from '../core/builders.ts';
import { executionOf } from './execution.ts';
import { FakeNode } from './fake-node.ts';

/** A server that takes its time. */
class SlowNode extends FakeNode {
  override async raiseFence(): Promise<Answering> {
    await new Promise(setImmediate);
    return super.raiseFence();
  }
}

const unasked = (): never => {
  throw new Error('a rescue of a dataset asks for nothing else');
};

test('a rescue that fails while its hold is renewed: nothing is held back afterwards', async () => {
  const [local, peer] = [new FakeNode(LOCAL, master()), new SlowNode(PEER, master())];
  const execution = executionOf(local, peer, () => undefined);
  const applying: Applying = {
    ...execution,
    findings: noFindings(),
    neighbours: { tell: unasked, secondWordMs: unasked },
    rescuer: {
      read: unasked,
      saveSuffix: unasked,
      replay: unasked,
      findReplayed: unasked,
      hurryCopy: unasked,
      bytesOf: unasked,
      whyNotFromNothing: unasked,
      graft: unasked,
      saveDataset: async (_endpoint, _reason, onProgress) => {
        await execution.clock.delay(5000);
        onProgress();
        throw new RedishaError('RESCUE_FAILED', 'no room');
      },
    },
  };
  await rescue(applying, { kind: 'rescue', loser: 'peer', form: 'dataset' });
  await releaseAll(applying);
  await new Promise(setImmediate);
  expect(applying.findings.evidence).toEqual({ kind: 'unsaved', loser: 'peer', why: 'no room' });
  // The fence is up before the pause ends, and stays up by itself as long as the dataset takes.
  expect(peer.told).toEqual(['pause', 'fence', 'resume', 'fence', 'unfence']);
});
