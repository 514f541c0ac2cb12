/** What `status` finds: what is seen, what is not in order about it, and what to type next. */
import type { NodeView, PairView } from '../../../src/core/model.ts';
import type { AddressFound, OrderFacts, Unwritable } from '../../../src/core/order.ts';
import { NO_MARKS } from '../../../src/core/marks.ts';
import { diagnose } from '../../../src/core/situation.ts';
import { DRAINED, LOCAL, master, pairOf, PAUSED, PEER, replica, silent } from './builders.ts';

const listed = (endpoint = PEER) => ({ replicas: [{ endpoint, online: true, offset: 100 }] });
const leader = master(listed());
const follower = replica({ runId: 'other' }, { endpoint: LOCAL });
const other = master({ runId: 'other' });
const closed = { addressClosed: true } as const;

export const factsOf = (pair: PairView, changes: Partial<OrderFacts> = {}): OrderFacts => ({
  pair,
  situation: diagnose(pair),
  plan: undefined,
  intent: undefined,
  commandRunning: false,
  vrrpState: 'MASTER',
  closed: undefined,
  link: undefined,
  gap: undefined,
  marks: NO_MARKS,
  untold: [],
  address: { address: '10.0.0.9', at: 'here', why: undefined },
  keepalived: 'runs',
  unwritable: [],
  deafAt: [],
  ...changes,
});

const seen = (
  local: NodeView,
  peer: NodeView,
  changes: Partial<OrderFacts> = {},
  pair: Partial<PairView> = {},
): OrderFacts => factsOf(pairOf(local, peer, pair), changes);

const found = (at: AddressFound['at'], why?: string): Pick<OrderFacts, 'address'> => ({
  address: { address: '10.0.0.9', at, why },
});

const lost = (changes: Partial<Unwritable>): Pick<OrderFacts, 'unwritable'> => ({
  unwritable: [
    {
      path: '/var/lib/redisha/6379',
      what: 'state',
      code: 'EACCES',
      home: '/var/lib/redisha',
      isMissing: false,
      user: 'keepalived_script',
      owner: 'redis',
      ...changes,
    },
  ],
});

const PLAN = { rule: 220, name: 'x', situation: 'TwoMasters', why: 'y', warnings: [] } as const;

export type Line = readonly [name: string, facts: OrderFacts, code: string, says: RegExp, next: RegExp];

const drained = { marks: { drained: DRAINED, paused: undefined } };

export const LINES: readonly Line[] = [
  [
    'drained',
    seen(follower, other, drained),
    'drained',
    /drained by ann at .*: new kernel: it does not/,
    /^redisha resume$/,
  ],
  [
    'paused',
    seen(leader, follower, { marks: { drained: undefined, paused: PAUSED } }),
    'paused',
    /paused by bob at .* until 2026-11-30T12.*: new switch/,
    /^redisha resume$/,
  ],
  [
    'the peer is drained',
    seen(leader, { ...follower, isDrained: true }),
    'peer-drained',
    /does not take over if this node fails/,
    /^on 10\.0\.0\.2: redisha resume$/,
  ],
  [
    'the peer is paused',
    seen(leader, follower, { peerPaused: PAUSED }),
    'peer-paused',
    /the peer is paused by bob at .* until 2026-11-30T12.*: new switch: redisha changes nothing there$/,
    /^on 10\.0\.0\.2: redisha resume$/,
  ],
  ['the address is nowhere', seen(leader, follower, found('nowhere', 'x')), 'address', /nowhere/, /^systemctl status/],
  [
    'the address is nowhere, and keepalived does not run',
    seen(leader, follower, { ...found('nowhere'), keepalived: 'gone' }),
    'address',
    /no client/,
    /^systemctl start keepalived$/,
  ],
  ['a third server has the address', seen(leader, follower, found('stranger')), 'address', /neither/, /^ip neighbour/],
  [
    'the address leads to no Redis',
    seen(leader, follower, found('refused')),
    'address',
    /no Redis/,
    /10\.0\.0\.2: .*bind/,
  ],
  ['the address is at the replica', seen(leader, follower, found('peer')), 'address', /READONLY/, /redisha check/],
  [
    'the role is at the other host',
    seen(replica(), master({ runId: 'other' })),
    'address',
    /READONLY/,
    /^redisha master/,
  ],
  ['local is dead', seen(silent('refused'), leader), 'pair', /local Redis .*refuses/, /^systemctl status redis/],
  [
    'the replica is gone',
    seen(leader, silent('refused')),
    'pair',
    /nobody can take over/,
    /^on 10\.0\.0\.2: systemctl/,
  ],
  ['the replica is not reached', seen(leader, silent('unreachable')), 'pair', /cannot be reached/, /^ping 10\.0\.0\.2/],
  ['the password is wrong', seen(silent('locked'), leader), 'pair', /credentials/, /password_file/],
  ['a script blocks the master', seen(replica(), silent('busy')), 'pair', /script/, /SCRIPT KILL/],
  ['two masters', seen(leader, master({ runId: 'other' })), 'pair', /both nodes are masters/, /redisha master/],
  ...(
    [
      ['of the old master, here', { ...replica(), ...closed }, other, /^redisha backup 10\.0\.0\.1 10\.0\.0\.2/],
      ['of the old master, there', leader, { ...follower, ...closed }, /^redisha master 10\.0\.0\.1 10\.0\.0\.2/],
      ['of the master, here', { ...leader, ...closed }, follower, /^redisha master 10\.0\.0\.1 10\.0\.0\.2/],
      ['of the master, there', replica(), { ...other, ...closed }, /^on 10\.0\.0\.2: redisha master$/],
    ] as const
  ).map(
    ([whose, local, peer, next]): Line => [
      `a port is left closed: ${whose}`,
      seen(local, peer),
      'pair',
      /closed/,
      next,
    ],
  ),
  [
    'the replica is not in step',
    seen(leader, { ...follower, ...replica({ runId: 'other' }, { endpoint: LOCAL, linkUp: false }) }),
    'link',
    /not in step/,
    /log of the Redis on 10\.0\.0\.2/,
  ],
  [
    'the same, and the cause is seen',
    seen(replica({}, { linkUp: false }), master({ runId: 'other' }), {
      ...found('peer'),
      link: { code: 'no-masterauth', why: 'no masterauth', next: 'set it' },
    }),
    'link',
    /local follows, but .*: no masterauth$/,
    /^set it$/,
  ],
  [
    'the replica confirms nothing',
    seen(leader, follower, {}, { peerAtLocal: { endpoint: PEER, online: true, offset: 90, lagSeconds: 12 } }),
    'late',
    /the peer follows, and has confirmed no write for 12 s/,
    /^ping 10\.0\.0\.2/,
  ],
  [
    'writes may be missing',
    seen(leader, follower, { gap: { says: 'refused', next: 'upgrade' } }),
    'gap',
    /refused/,
    /upgrade/,
  ],
  [
    'something is left to do',
    seen(leader, follower, { intent: 'master', plan: { ...PLAN, steps: [{ kind: 'tellAddress' }] } }),
    'plan',
    /^rule 220 is not carried out: tell/,
    /^redisha master 10\.0\.0\.1 10\.0\.0\.2 6379$/,
  ],
  [
    'something is refused',
    seen(leader, follower, { plan: { ...PLAN, steps: [{ kind: 'refuse', code: 'REFUSED_BY_RULE', hint: 'do it' }] } }),
    'plan',
    /refuse/,
    /^do it$/,
  ],
  [
    'keepalived is dead',
    seen(leader, follower, { keepalived: 'gone' }),
    'keepalived-gone',
    /nobody takes over/,
    /^systemctl start/,
  ],
  ['keepalived is in FAULT', seen(leader, follower, { vrrpState: 'FAULT' }), 'vrrp', /in FAULT/, /^redisha check/],
  ['keepalived was stopped', seen(leader, follower, { vrrpState: 'STOP' }), 'vrrp', /has stopped/, /^systemctl start/],
  ['what it said is closed', seen(leader, follower, { closed: '/run/x' }), 'vrrp', /\/run\/x/, /^sudo/],
  ['bind', seen(leader, follower, { deafAt: ['10.0.0.1'] }), 'deaf', /10\.0\.0\.1:6379/, /CONFIG GET bind/],
  [
    'the master is full',
    seen(master({ ...listed(), outOfMemory: { usedBytes: 9, maxBytes: 8 } }), follower),
    'out-of-memory',
    /local .*9 of 8 bytes.*OOM/,
    /-h 10\.0\.0\.1 .*maxmemory/,
  ],
  [
    'a published port',
    seen(master(listed({ ...PEER, port: 16_379 })), follower, {}, { peerAtLocal: undefined }),
    'replica-not-listed',
    /10\.0\.0\.2:16379, and none of them as the peer at 10\.0\.0\.2:6379/,
    /replica-announce-ip ADDRESS, and replica-announce-port 6379/,
  ],
  ['a full disk', seen(leader, follower, lost({ code: 'ENOSPC' })), 'unwritable', /ENOSPC/, /^df -h/],
  ['a read-only disk', seen(leader, follower, lost({ code: 'EROFS' })), 'unwritable', /EROFS/, /^findmnt/],
  ['no directory', seen(leader, follower, lost({ code: 'ENOTDIR' })), 'unwritable', /ENOTDIR/, /^ls -ld/],
  [
    'the state of another user',
    seen(leader, follower, lost({})),
    'unwritable',
    /EACCES, it belongs to redis and .* as keepalived_script: nothing can be remembered/,
    /^chown -R keepalived_script: \/var\/lib\/redisha$/,
  ],
  [
    'no state at all',
    seen(leader, follower, lost({ isMissing: true })),
    'unwritable',
    /EACCES/,
    /^install -d .*redisha$/,
  ],
  [
    'a log that nobody may make',
    seen(leader, follower, lost({ what: 'log', isMissing: true, home: '/var/log/r.log' })),
    'unwritable',
    /logged/,
    /^install -m 0640 .* \/var\/log\/r\.log$/,
  ],
];

export const IN_ORDER: readonly (readonly [name: string, facts: OrderFacts])[] = [
  ['a master with the address, and its replica', seen(leader, follower)],
  ['a replica, and its master with the address', seen(replica(), master({ runId: 'other' }), found('peer'))],
  ['nobody knows the address or keepalived', seen(leader, follower, { address: undefined, keepalived: 'unknown' })],
  ['a command waits', seen(leader, follower, { plan: { ...PLAN, steps: [{ kind: 'wait', until: 'x' }] } })],
  ['STOP is old: keepalived is known to be gone', seen(leader, follower, { keepalived: 'runs', vrrpState: undefined })],
];

const TOLD_UNFIT = { code: 'told-unfit', says: 'x', next: 'y' };

/** A drained node is in FAULT and told unfit, which needs no line of its own. */
export const AS_DRAINED = seen(replica(), other, {
  ...drained,
  ...found('peer'),
  vrrpState: 'FAULT',
  untold: [TOLD_UNFIT],
});
