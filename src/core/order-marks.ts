/** What a person has said of either node is not in order for as long as it stands: redundancy is what is given up for it. */
import type { Marks, PauseSaid } from './marks.ts';
import { describeDrained, describePaused } from './marks.ts';
import type { PairView } from './model.ts';
import { isAnswering } from './model.ts';

interface Found {
  readonly says: string;
  readonly next: string;
}

const drainedFound = ({ drained }: Marks): readonly Found[] =>
  drained === undefined
    ? []
    : [
        {
          says: `this node is ${describeDrained(drained)}: it does not take over, also if the peer fails`,
          next: 'redisha resume',
        },
      ];

const pausedFound = ({ paused }: Marks): readonly Found[] =>
  paused === undefined
    ? []
    : [{ says: `this node is ${describePaused(paused)}: redisha changes nothing here`, next: 'redisha resume' }];

/** Its server says so. */
const peerDrainedFound = ({ peer, peerEndpoint }: PairView): readonly Found[] =>
  isAnswering(peer) && peer.isDrained === true
    ? [
        {
          says: 'the peer is drained: it does not take over if this node fails',
          next: `on ${peerEndpoint.host}: redisha resume`,
        },
      ]
    : [];

/** Its resident says so, by the name of its connection to the local server. */
const peerPausedFound = ({ peerPaused, pair }: Given): readonly Found[] =>
  peerPaused === undefined
    ? []
    : [
        {
          says: `the peer is ${describePaused(peerPaused)}: redisha changes nothing there`,
          next: `on ${pair.peerEndpoint.host}: redisha resume`,
        },
      ];

interface Given {
  readonly marks: Marks;
  readonly pair: PairView;
  readonly peerPaused?: PauseSaid | undefined;
}

/** Of what a person has said. */
export const MARK_ROWS = [
  { code: 'paused', find: ({ marks }: Given) => pausedFound(marks) },
  { code: 'drained', find: ({ marks }: Given) => drainedFound(marks) },
  { code: 'peer-paused', find: peerPausedFound },
  { code: 'peer-drained', find: ({ pair }: Given) => peerDrainedFound(pair) },
] as const;

/** A node that is to be unfit is in FAULT, and keepalived is told so: that is no second trouble. */
const FOLLOWS_FROM_DRAIN: readonly string[] = ['vrrp', 'told-unfit'];

export const besides = <F extends { readonly code: string }>(found: readonly F[], { drained }: Marks): readonly F[] =>
  drained === undefined ? found : found.filter(({ code }) => !FOLLOWS_FROM_DRAIN.includes(code));
