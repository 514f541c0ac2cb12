/** The last look at a server that was told to follow: did it take a write between the last comparison and that? */
import { expect, test } from 'vitest';
import { apply } from '../../../src/app/apply.ts';
import { noFindings } from '../../../src/app/findings.ts';
import { LOCAL, master, PEER } from '../core/builders.ts';
import { executionOf } from './execution.ts';
import { FakeNode } from './fake-node.ts';

const unasked = (): never => {
  throw new Error('nothing is saved here');
};

/** A server whose offset moves by so much as it is told to follow. */
class MovingNode extends FakeNode {
  cameBytes = 0;
  override async follow(): Promise<void> {
    await super.follow();
    const { history } = this.view;
    this.view = { ...this.view, history: { ...history, offset: history.offset + this.cameBytes } };
  }
}

const followAfter = async (cameBytes: number): Promise<readonly string[]> => {
  const [local, peer] = [new FakeNode(LOCAL, master()), new MovingNode(PEER, master())];
  peer.cameBytes = cameBytes;
  const rescuer = {
    read: unasked,
    saveSuffix: unasked,
    saveDataset: unasked,
    replay: unasked,
    findReplayed: unasked,
    hurryCopy: () => Promise.resolve(undefined),
    bytesOf: () => Promise.resolve(undefined),
    whyNotFromNothing: unasked,
    graft: unasked,
  };
  const applying = {
    ...executionOf(local, peer, () => undefined),
    findings: noFindings(),
    rescuer,
    neighbours: { tell: unasked, secondWordMs: unasked },
  };
  const step = { kind: 'follow', side: 'peer', of: LOCAL, covered: 'by-choice' } as const;
  await apply(applying, [step], { local: local.view, peer: peer.view }).catch((error: unknown) => {
    peer.told.push(String(error));
  });
  return peer.told;
};

test.each([0, 14])('nothing, or a keep-alive of %i bytes: it follows', async (cameBytes) => {
  expect(await followAfter(cameBytes)).toEqual(['pause', 'fence', 'follow', 'unfence', 'resume']);
});

test.each([13, 15, 28, 40])('%i bytes: it leads again until they are saved', async (cameBytes) => {
  expect(await followAfter(cameBytes)).toEqual([
    'pause',
    'fence',
    'follow',
    'promote',
    'unfence',
    'resume',
    expect.stringContaining('writes came in') as string,
  ]);
});
