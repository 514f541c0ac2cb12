/** Whether a node keeps the address where it meets another one that has it, look by look. */
import { describe, expect, test } from 'vitest';
import { APART } from '../../../../src/keepalived/profiles.ts';
import type { Answering, NodeView } from '../../../../src/core/model.ts';
import type { Claim, ClaimFacts } from '../../../../src/core/watch/claim.ts';
import { CLAIM, claimAfter, isClaimOpen, NO_CLAIM } from '../../../../src/core/watch/claim.ts';
import { at, master, replica, silent } from '../builders.ts';
import { Driven } from './driven.ts';

const leads = (changesSinceSave: number, changes: Partial<Answering> = {}): NodeView =>
  master({ changesSinceSave, ...changes });
const promoted = (offset: number): NodeView => leads(0, { history: at('X', offset, 'R', 100) });
const follows: NodeView = replica({ runId: 'other' });
const lagging: NodeView = replica({ runId: 'other' }, { linkUp: false });
const gone: NodeView = silent('unreachable');
const rival: NodeView = master({ runId: 'other' });
const loading: NodeView = leads(9, { loading: true });

/** What is seen at one look: local, the peer, and how long ago each was asked; without the address where it says so. */
type Look = readonly [local: NodeView, peer: NodeView, also?: Partial<ClaimFacts>];

const after = (looks: readonly Look[]): Claim => {
  let nowMs = 0;
  return looks.reduce<Claim>((claim, [local, peer, also = {}]) => {
    nowMs += 1000;
    const asked = { localMs: nowMs - 10, peerMs: nowMs - 10, isPeerThere: peer.kind === 'answering' };
    return claimAfter(claim, { local, peer, ...asked, underAddress: true, nowMs, ...also });
  }, NO_CLAIM);
};

const AWAY = { underAddress: false };
const LATE = { localMs: 0 };

test.each<[name: string, isRaised: boolean | undefined, looks: readonly Look[]]>([
  ['a pair that is whole', false, [[leads(5), follows]]],
  ['a replica', false, [[follows, rival]]],
  ['nothing was seen yet but a master alone', undefined, [[leads(5), gone]]],
  [
    'cut off, and nobody writes',
    undefined,
    [
      [leads(5), gone],
      [leads(5), gone],
      [leads(5), gone],
    ],
  ],
  [
    'cut off, and clients write',
    true,
    [
      [leads(5), gone],
      [leads(5), gone],
      [leads(6), gone],
    ],
  ],
  [
    'what was seen before the peer went counts for nothing',
    undefined,
    [
      [leads(5), gone],
      [leads(9), gone, LATE],
      [leads(12), gone],
    ],
  ],
  [
    'a save in between',
    true,
    [
      [leads(5), gone],
      [leads(5), gone],
      [leads(0), gone],
      [leads(1), gone],
    ],
  ],
  [
    'it restarted in between',
    undefined,
    [
      [leads(5), gone],
      [leads(5), gone],
      [leads(9, { runId: 'new' }), gone],
    ],
  ],
  [
    'writes past the address',
    undefined,
    [
      [leads(5), gone, AWAY],
      [leads(5), gone, AWAY],
      [leads(9), gone, AWAY],
    ],
  ],
  [
    'made a master, and nobody writes',
    false,
    [
      [follows, gone],
      [promoted(100), gone],
      [promoted(100), gone],
    ],
  ],
  [
    'made a master, and clients write at once',
    true,
    [
      [follows, gone],
      [promoted(140), gone],
    ],
  ],
  [
    'the two meet, and it had a claim',
    true,
    [
      [follows, gone],
      [promoted(140), gone],
      [promoted(180), rival],
    ],
  ],
  [
    'the two meet, and only then clients write here',
    false,
    [
      [follows, gone],
      [promoted(100), rival],
      [promoted(140), rival],
    ],
  ],
  [
    'the other one follows, and is not in step',
    true,
    [
      [follows, gone],
      [promoted(140), gone],
      [leads(9), lagging],
    ],
  ],
  [
    'the pair is whole again',
    false,
    [
      [follows, gone],
      [promoted(140), gone],
      [leads(9), follows],
    ],
  ],
  [
    'whole by an answer that was on its way for long',
    true,
    [
      [follows, gone],
      [promoted(140), gone],
      [leads(9), follows, { peerMs: 0 }],
    ],
  ],
  [
    'it loads',
    true,
    [
      [follows, gone],
      [promoted(140), gone],
      [loading, follows],
    ],
  ],
  [
    'it does not answer',
    true,
    [
      [follows, gone],
      [promoted(140), gone],
      [gone, gone],
    ],
  ],
])('%s', (_name, isRaised, looks) => {
  expect(after(looks).isRaised).toBe(isRaised);
});

test('it is asked for often as long as it is open, and not for ever', () => {
  const open = after([[leads(5), gone]]);
  expect([0, 29_999, 31_000].map((ms) => isClaimOpen(open, ms))).toEqual([true, true, false]);
  expect(
    isClaimOpen(
      after([
        [follows, gone],
        [promoted(140), gone],
      ]),
      0,
    ),
  ).toBe(false);
});

test('a claim outweighs what the preferred node is ahead, and where both have one, keepalived still tells them apart', () => {
  const [preferred, other] = APART;
  expect(other + CLAIM).toBeGreaterThan(preferred);
  expect(other + CLAIM).toBeLessThan(Math.min(254, preferred + CLAIM));
});

describe('at a port that is watched', () => {
  test('the network breaks, clients write here: keepalived knows soon; the pair is whole again: it knows at once', () => {
    const port = new Driven().until(40_000);
    port.peer.isSilent = true;
    port.until(42_000);
    port.local.view = leads(1);
    port.until(43_000);
    expect(port.times('claim')).toEqual([42_200]);
    port.until(50_000);
    port.answers('peer');
    port.until(52_000);
    expect(port.times('no claim').length).toBe(1);
  });

  test('the network breaks, and clients write elsewhere: no claim', () => {
    const port = new Driven().until(40_000);
    port.take();
    port.peer.isSilent = true;
    expect(port.until(60_000).times('claim')).toEqual([]);
  });
});
