/** Whether a change of master takes longer with more data, or with more writes. */
import type { ProfileName } from '../test/lib/generated.ts';
import { electable } from '../test/lib/kept.ts';
import type { Pair } from '../test/lib/pair.ts';
import type { Member } from '../test/lib/story.ts';
import { messageOf, nowMs, waitFor } from '../test/lib/wait.ts';
import type { Writer } from '../test/lib/writer.ts';
import { missingFrom } from '../test/lib/writer.ts';
import { type AddressRig, onProfile } from './address-rig.ts';
import type { Tell } from './play.ts';
import { inOrder, otherOf, TAKEOVER_MS } from './rig.ts';
import { digits, failed, type Sample } from './samples.ts';

export interface GrowthOptions {
  readonly profile: ProfileName;
  readonly sizes: readonly number[];
}

const WARM_UP_S = 1;
const FLOW_S = 0.3;
const COPY_MS = 240_000;

type Flow = Readonly<{ writesPerS: number; inFlightMax: number }>;

const PLAIN: Flow = { writesPerS: 1_000, inFlightMax: 50 };
/** As many requests on the way as a tenth of a second brings, so that the rate is the writer's and not the network's. */
const flowOf = (writesPerS: number): Flow => ({ writesPerS, inFlightMax: Math.max(50, writesPerS / 10) });

const fullSyncs = async ({ redis }: Member): Promise<number> => Number((await redis.info('stats')).get('sync_full'));

interface Change {
  readonly what: string;
  /** What happens to the master; returns who leads then. */
  readonly play: (rig: AddressRig, master: Member) => Promise<Member>;
}

const handOver: Change = {
  what: 'hand-over',
  async play(rig, master) {
    const to = otherOf(rig, master);
    await rig.promote?.(to);
    return inOrder(rig, [to]);
  },
};

const kill: Change = {
  what: 'Redis killed',
  async play(rig, master) {
    const heir = otherOf(rig, master);
    await master.redis.kill();
    await rig.takenOver(heir, TAKEOVER_MS);
    return heir;
  },
};

/** The longest stretch without a write around the change, and what the new master has not got of what was written. */
async function measured(rig: AddressRig, change: Change, flow: Flow, round: string): Promise<Sample['figures']> {
  const master = await inOrder(rig);
  const before = await Promise.all([rig.a, rig.b].map(fullSyncs));
  const writer = await rig.writer({ keyPrefix: `${change.what}${round}:`, ...flow });
  await writer.ackedMore(flow.writesPerS * WARM_UP_S, 20_000);
  const rate = await rateOf(writer, flow);
  const fromMs = nowMs();
  const leader = await change.play(rig, master);
  await writer.ackedMore(flow.writesPerS * FLOW_S, 60_000);
  const seconds = writer.longestGapMs(fromMs) / 1000;
  const written = await writer.end();
  const lost = (await missingFrom(leader.redis, written)).length;
  if (change !== handOver) return { seconds, lost, writesPerS: rate };
  const after = await Promise.all([rig.a, rig.b].map(fullSyncs));
  const copies = after.reduce((sum, count, place) => sum + count - (before[place] ?? 0), 0);
  return { seconds, lost, writesPerS: rate, fullSyncs: copies };
}

/** What the writer really gets acknowledged. */
async function rateOf(writer: Writer, { writesPerS }: Flow): Promise<number> {
  const from = { ms: nowMs(), acked: writer.acked };
  await writer.ackedMore(writesPerS, 20_000);
  return Math.round(((writer.acked - from.acked) / (nowMs() - from.ms)) * 1000);
}

/** A hand-over brings nobody's dataset anew: a full copy is something that is not in order. */
const sampleOf = (section: string, what: string, column: string, figures: Sample['figures']): Sample => {
  const copies = figures['fullSyncs'] ?? 0;
  const wrong = copies === 0 ? {} : { wrong: [`${copies} full copies for a hand-over`] };
  return { section, what, column, figures, ...wrong };
};

/** The master has so many keys when it becomes one, and the other node gets them by a full copy before anything else. */
async function startWith(rig: AddressRig, keys: number): Promise<void> {
  const { pair } = rig;
  await pair.a.redis.start();
  if (keys > 0) await pair.a.redis.askAll([['DEBUG', 'POPULATE', keys, 'key', 16]], COPY_MS);
  await pair.a.keepalived.start();
  await pair.takenOver(pair.a);
  await pair.b.redis.start();
  await copied(pair);
  await pair.b.keepalived.start();
  await pair.settled(pair.a);
  await electable(pair);
}

const copied = (pair: Pair): Promise<unknown> =>
  waitFor(
    'the copy on the other node',
    { deadlineMs: COPY_MS, everyMs: 200 },
    () => pair.b.redis.view(),
    ({ linkUp }) => linkUp,
  );

const DEBUG = { redisLines: ['enable-debug-command yes', 'save ""'] };

/** The hand-over and the takeover with datasets of these numbers of keys. */
export async function dataset({ profile, sizes }: GrowthOptions, tell: Tell): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const keys of sizes) {
    const rig = await onProfile(profile, DEBUG);
    try {
      await startWith(rig, keys);
      for (const [place, change] of [handOver, handOver, kill].entries()) {
        const figures = await measured(rig, change, PLAIN, String(place));
        samples.push(sampleOf('dataset', `${change.what}, ${keys.toLocaleString('en')} keys`, profile, figures));
        tell(`${profile}: ${keys} keys: ${change.what}: ${digits(figures['seconds'] ?? 0)} s`);
      }
    } catch (error) {
      samples.push(failed('dataset', profile, error));
      tell(`${profile}: ${keys} keys: ${messageOf(error)}`);
    } finally {
      await rig.close();
    }
  }
  return samples;
}

/** The same under more writes a second. */
export async function load({ profile, sizes }: GrowthOptions, tell: Tell): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const rig = await onProfile(profile, { redisLines: ['save ""'] });
  try {
    await rig.start();
    for (const size of sizes) {
      for (const change of [handOver, handOver, kill]) {
        const figures = await measured(rig, change, flowOf(size), `${size}-${samples.length}`);
        samples.push(sampleOf('load', `${change.what}, ${size.toLocaleString('en')} writes/s`, profile, figures));
        tell(`${profile}: ${size} writes/s: ${change.what}: ${JSON.stringify(figures)}`);
      }
      for (const { redis } of [rig.a, rig.b]) if (!redis.running) await redis.start();
      await inOrder(rig);
    }
  } catch (error) {
    samples.push(failed('load', profile, error));
    tell(`${profile}: ${messageOf(error)}`);
  } finally {
    await rig.close();
  }
  return samples;
}
