/** What is sent to a server to hold its writes back, and to let them go. */
import { expect, test } from 'vitest';
import { noFindings } from '../../../src/app/findings.ts';
import { holdBack, leaveHeld, releaseAll, releaseRival } from '../../../src/app/hold-over-steps.ts';
import { holdingWritesSomehow } from '../../../src/app/hold.ts';
import type { Answering } from '../../../src/core/model.ts';
import { RedishaError } from '../../../src/errors.ts';
import { at, LOCAL, master, PEER, replica } from '../core/builders.ts';
import { executionOf } from './execution.ts';
import { FakeNode } from './fake-node.ts';

/** A server that knows no CLIENT PAUSE … WRITE. */
class OldNode extends FakeNode {
  override pauseWrites(): Promise<Answering> {
    this.told.push('pause?');
    return Promise.reject(new RedishaError('COMMAND_UNAVAILABLE', 'unknown'));
  }
}

const toldOf = async (node: FakeNode): Promise<readonly string[]> => {
  const execution = executionOf(new FakeNode(LOCAL, master()), node, () => undefined);
  await holdingWritesSomehow(execution, node, 100, () => node.follow());
  return node.told;
};

test('a pause has the fence beside it', async () => {
  expect(await toldOf(new FakeNode(PEER, master()))).toEqual(['pause', 'fence', 'follow', 'unfence', 'resume']);
});

test('a server without the pause has the fence alone, and no pause to let go of', async () => {
  expect(await toldOf(new OldNode(PEER, master()))).toEqual(['pause?', 'fence', 'follow', 'unfence']);
});

test.each([
  ['a master', new FakeNode(PEER, master()), ['pause', 'resume']],
  ['a server without the pause', new OldNode(PEER, master()), ['pause?']],
  ['one that follows by now, and may be held by its own command', new FakeNode(PEER, replica()), []],
])('the other master is let go of where it was held: %s', async (_name, node, told) => {
  const applying = { ...executionOf(new FakeNode(LOCAL, master()), node, () => undefined), findings: noFindings() };
  await holdBack(applying, 'peer');
  await releaseRival(applying);
  await releaseRival(applying);
  expect(node.told).toEqual(told);
});

const WROTE = master({ history: at('T', 900, 'R', 100) });
const WROTE_NOTHING = master({ history: at('S', 114, 'R', 100) });

test.each([
  ['a master that wrote nothing stays held', WROTE, WROTE_NOTHING, 'pause', ['resume in 3000 ms']],
  ['one that wrote does not', WROTE, master({ history: at('S', 900, 'R', 100) }), 'pause', ['resume']],
  ['one that follows by now does not', WROTE, replica(), 'pause', ['resume']],
  ['nor where local follows by now', replica(), WROTE_NOTHING, 'pause', ['resume']],
  ['a fence goes down', WROTE, WROTE_NOTHING, 'fence', ['unfence']],
] as const)('a newer command has ended this one: %s', async (_name, local, peer, way, told) => {
  const node = new FakeNode(PEER, peer);
  const findings = noFindings();
  findings.holds.set('peer', way);
  const applying = { ...executionOf(new FakeNode(LOCAL, local), node, () => undefined), findings };
  await leaveHeld(applying);
  await releaseAll(applying);
  expect(node.told).toEqual(told);
});
