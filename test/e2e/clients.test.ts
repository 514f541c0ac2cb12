/**
 * What applications see when the address moves: ioredis, node-redis and redis-py with the options that they have when nobody sets
 * any, through the address of a pair that runs on the files of `config`.
 */
import { describe, expect, test } from 'vitest';
import { Clients, slowestOf, type Seen } from '../lib/clients/clients.ts';
import { LIBRARIES, type LibraryName, whyNoLibrary } from '../lib/clients/libraries.ts';
import { broughtBack, move, MOVES, type MoveName, remembered } from '../lib/clients/moves.ts';
import { generated } from '../lib/generated.ts';
import { electable, oneAfterTheOther } from '../lib/kept.ts';
import { ADDRESS, type Node, type Pair, PORT } from '../lib/pair.ts';
import { hostsPossible, onPair } from './on-a-pair.ts';

interface Promised {
  /** The libraries whose clients all work with the new owner soon: none is deaf, none hangs, no message is missed from then on. */
  readonly mended: readonly LibraryName[];
  /** That needs the other node to know the clients before. */
  readonly isRemembered: boolean;
  /** No command is refused with READONLY, no transaction with EXECABORT, and no client loses more than one connection. */
  readonly isSmooth: boolean;
  /** Increments that were acknowledged and that the new owner does not have, at most. */
  readonly lostMax: number;
  /** Increments that are counted twice, at most. */
  readonly twiceMax: number;
}

const IN_CI: readonly LibraryName[] = ['ioredis', 'node-redis', 'redis-py'];
const ANY = Number.POSITIVE_INFINITY;
/** What was on its way to the other node when the network broke, and was acknowledged. */
const ON_ITS_WAY = 20;

const UNPLANNED: Promised = { mended: IN_CI, isRemembered: true, isSmooth: false, lostMax: 0, twiceMax: ANY };

/** Somebody wants it: the role moves before the address. */
const PLANNED: Promised = { mended: IN_CI, isRemembered: false, isSmooth: true, lostMax: 0, twiceMax: 0 };

/** What is promised for each kind of move. */
const PROMISED: Readonly<Record<MoveName, Promised>> = {
  promote: PLANNED,
  killed: { ...UNPLANNED, isRemembered: false },
  frozen: UNPLANNED,
  'host gone': { ...UNPLANNED, lostMax: ON_ITS_WAY },
  'keepalived stopped': PLANNED,
  'cut and healed': { ...UNPLANNED, lostMax: ON_ITS_WAY },
};

/** A second is promised. The rest is what two cores that are shared with the other tests may add. */
const MENDED_MS = 8_000;
/** Later the wait ends, and says who is waiting. */
const GRACE_MS = 20_000;
const REMEMBERED_MS = 30_000;

function judge(name: MoveName, seen: Seen): void {
  const promised = PROMISED[name];
  const about = `${name}: ${seen.title}: ${JSON.stringify(seen)}`;
  expect(seen.acked, about).toBeGreaterThan(0);
  expect(seen.lost, about).toBeLessThanOrEqual(promised.lostMax);
  expect(seen.twice, about).toBeLessThanOrEqual(promised.twiceMax);
  if (promised.isSmooth) {
    expect({ ...seen.errors, closedMost: Math.max(1, seen.closedMost) }, about).toMatchObject({
      readonly: 0,
      execabort: 0,
      closedMost: 1,
    });
  }
  if (!promised.mended.includes(seen.library)) return;
  const { deaf, slowestMs } = slowestOf(seen.mended, ['writer', 'batch', 'popper', 'subscriber']);
  expect(deaf, about).toBe(0);
  expect(slowestMs, about).toBeLessThanOrEqual(MENDED_MS);
  expect(
    seen.mended.reduce((sum, { missed }) => sum + missed, 0),
    about,
  ).toBe(0);
}

async function expectPromised(pair: Pair, name: MoveName, from: Node): Promise<void> {
  const to = pair.other(from);
  const clients = await Clients.start(pair.client, [pair.a, pair.b], from, {
    libraries: IN_CI.filter((library) => whyNoLibrary(library) === undefined),
    clients: 1,
    writesPerS: 200,
    prefix: name.replaceAll(' ', '-'),
    host: ADDRESS,
    port: PORT,
  });
  const { mended, isRemembered } = PROMISED[name];
  try {
    if (isRemembered) await remembered(from, REMEMBERED_MS);
    const where = await move(pair, name, from);
    await clients.mended(where, GRACE_MS, mended);
    for (const seen of await clients.end(where, to)) judge(name, seen);
  } finally {
    await clients.close();
  }
}

describe.runIf(hostsPossible)('clients', () => {
  for (const library of IN_CI) {
    const whyNot = whyNoLibrary(library);
    test.skipIf(whyNot !== undefined)(`${library} takes part${whyNot === undefined ? '' : ` (${whyNot})`}`, () => {
      expect(LIBRARIES).toContain(library);
    });
  }

  test('hear the new owner, are refused nothing in a planned move, and lose no increment', async () => {
    await onPair(
      async ({ pair }) => {
        let from = pair.a;
        for (const name of MOVES) {
          await expectPromised(pair, name, from);
          await broughtBack(pair, name, from);
          await electable(pair);
          from = pair.other(from);
        }
      },
      { files: await generated('fast'), start: oneAfterTheOther },
    );
  });
});
