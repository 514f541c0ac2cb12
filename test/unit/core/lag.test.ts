/** How far a replica is behind, and since when a server is known to be silent. */
import { expect, test } from 'vitest';
import type { NodeView, PairView } from '../../../src/core/model.ts';
import { lagOf } from '../../../src/core/lag.ts';
import { foundSilent, unseen } from '../../../src/core/watch/server.ts';
import { at, LOCAL, master, pairOf, PEER, replica, silent } from './builders.ts';

const follower = (offset: number) => replica({ runId: 'other', history: at('R', offset) }, { endpoint: LOCAL });
const confirmed = (lagSeconds: number): Partial<PairView> => ({
  peerAtLocal: { endpoint: PEER, online: true, offset: 100, lagSeconds },
});
const behind = (side: 'local' | 'peer', bytes?: number, seconds?: number) => ({ side, bytes, seconds });

test.each<readonly [string, NodeView, NodeView, Partial<PairView>, ReturnType<typeof behind> | undefined]>([
  ['in step', master(), follower(100), confirmed(0), behind('peer', 0, 0)],
  ['behind', master(), follower(60), confirmed(2), behind('peer', 40, 2)],
  ['read a moment later than its master', master(), follower(130), {}, behind('peer', 0)],
  ['of another history', master({ history: at('X', 120, 'R', 100) }), follower(100), {}, behind('peer')],
  ['its link is down', replica({}, { linkUp: false, linkDownSeconds: 7 }), master(), {}, behind('local', 0, 7)],
  ['it never had a link', replica({}, { linkUp: false, linkDownSeconds: -1 }), master(), {}, behind('local', 0)],
  [
    'its master is dead',
    replica({}, { linkUp: false, linkDownSeconds: 4 }),
    silent('refused'),
    {},
    behind('local', undefined, 4),
  ],
  ['two masters', master(), master(), {}, undefined],
  ['two replicas', replica(), follower(100), {}, undefined],
  ['a replica of another server', master(), replica({}, { who: 'third-master' }), {}, undefined],
])('%s', (_name, local, peer, changes, expected) => {
  expect(lagOf(pairOf(local, peer, { localAtPeer: undefined, ...changes }))).toEqual(expected);
});

test('silence has an age: since the look that found it, or since the last word', () => {
  const fresh = unseen('peer', 1000);
  expect(foundSilent(fresh, 2000)).toBeUndefined();
  expect(foundSilent({ ...fresh, view: master(), seenMs: 1500 }, 2000)).toBeUndefined();
  const refused = silent('refused');
  expect(foundSilent({ ...fresh, view: refused, seenMs: 1500 }, 2000)).toEqual({ view: refused, ageMs: 500 });
  const silence = { ...fresh.silence, verdict: 'silent', lastMs: 1900, unheardMs: 800 } as const;
  expect(foundSilent({ ...fresh, view: master(), silence }, 2000)).toEqual({
    view: { kind: 'frozen', why: 'no answer for 800 ms' },
    ageMs: 100,
  });
});
