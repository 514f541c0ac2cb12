/** The decision table, before anybody’s role is settled. */
import { at, master, remembering, replica, silent } from './builders.ts';
import type { Row } from './decision-words.ts';
import { fence, followsLocal, HAND_OVER, inStep, PROMOTE_LOCAL, REFUSE, WAIT } from './decision-words.ts';

const closed = { addressClosed: true } as const;
const OPEN_LOCAL = 'open the port of local';
const OPEN_PEER = 'open the port of peer';

export const COMMON: readonly Row[] = [
  ['local rejects the password', silent('locked'), master(), 'master', 100, [REFUSE]],
  ['fault with a dead Redis has nothing to tidy', silent('refused'), master(), 'fault', 102, []],
  ['this host could not ask local', silent('unasked'), master(), 'master', 104, [WAIT]],
  ['local is blocked by a script for a moment', silent('busy'), master(), 'master', 104, [WAIT]],
  [
    'fault with a frozen Redis waits: it may thaw as a master without data',
    silent('frozen'),
    master(),
    'fault',
    104,
    [WAIT],
  ],
  ['fault with a Redis that stays frozen', silent('frozen'), master(), 'fault', 102, [], { unchangedMs: 15_000 }],
  ['local stays blocked', silent('busy'), master(), 'master', 106, [REFUSE], { unchangedMs: 15_000 }],
  ['local is down', silent('refused'), master(), 'backup', 106, [REFUSE]],
  ['local is a cluster node', master({ mode: 'cluster' }), master(), 'master', 108, [REFUSE]],
  ['PEER is the address of local', master({ runId: 'one' }), master({ runId: 'one' }), 'master', 109, [REFUSE]],
  ['local loads', master({ loading: true }), silent('refused'), 'master', 110, [WAIT]],
  ['local loads too long', master({ loading: true }), silent('refused'), 'master', 112, [REFUSE], { waitedMs: 15_000 }],
  ['a FAILOVER runs', inStep, master({ failover: 'waiting-for-sync' }), 'master', 120, [WAIT]],
  [
    'a FAILOVER hangs',
    inStep,
    master({ failover: 'in-progress' }),
    'master',
    122,
    ['abort the unfinished FAILOVER on peer'],
    { unchangedMs: 6000 },
  ],
  [
    'local came back with more than a master that is fenced',
    replica({ history: at('U', 70), uptimeSeconds: 3 }, { linkUp: false }),
    master({ fence }),
    'backup',
    128,
    [PROMOTE_LOCAL],
    remembering({ wasMaster: true }),
  ],
  ['a fence is up', inStep, master({ fence }), 'master', 130, [WAIT]],
  [
    'a fence was left on the peer',
    inStep,
    master({ fence }),
    'master',
    132,
    ['take down the fence'],
    { unchangedMs: 6000 },
  ],
  [
    'a fence was left here',
    master({ fence }),
    followsLocal(),
    'backup',
    132,
    ['take down the fence'],
    { unchangedMs: 6000 },
  ],
  ['the address follows the role', replica(closed), master(), 'master', 134, [], { freshRepair: true }],
  ['the address has come all the same', replica(closed), master(), 'master', 136, [OPEN_LOCAL]],
  ['a port is left closed under the address', master(closed), followsLocal(), 'master', 136, [OPEN_LOCAL]],
  ['the address has left', replica(closed), master(), 'fault', 136, [OPEN_LOCAL]],
  ['the address has come here', master(), followsLocal(closed), 'master', 136, [OPEN_PEER]],
  ['the address may yet leave the peer', master(), followsLocal(closed), 'backup', 554, [WAIT]],
  ['nobody has opened it', master(), followsLocal(closed), 'backup', 136, [OPEN_PEER], { waitedMs: 30_000 }],
  ['both ports are closed', master(closed), followsLocal(closed), 'master', 136, [OPEN_LOCAL, OPEN_PEER]],
  ['whoever has not the address leaves the port of the other', inStep, master(closed), 'backup', 500, []],
  ['a promote closes it itself', inStep, master(closed), 'promote', 300, [HAND_OVER]],
  ['a promote has moved the role', master(), followsLocal(closed), 'promote', 204, []],
];
