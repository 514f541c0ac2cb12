/** The story on real hosts (network namespaces): two Redises, two keepaliveds on the article's files, a client. */
import { redisha } from '../test/lib/implementation.ts';
import { ADDRESS, type Node, Pair } from '../test/lib/pair.ts';
import { notRescued } from '../test/lib/rescue.ts';
import { nowMs } from '../test/lib/wait.ts';
import { missingFrom } from '../test/lib/writer.ts';
import { roleOf, type Summary, type Timeline, type Watched } from './timeline.ts';

const FLOW = 2_000;

export async function playOnHosts(timeline: Timeline): Promise<Summary> {
  timeline.scene('two hosts, a Redis and a keepalived on each, on the article’s own configuration');
  const pair = await Pair.create({ implementation: redisha });
  try {
    timeline.watch(watched(pair));
    await pair.start();
    timeline.say(`a is the master, b follows it, clients use ${ADDRESS}`);
    return await play(pair, timeline);
  } finally {
    timeline.end();
    await pair.close();
  }
}

async function play(pair: Pair, timeline: Timeline): Promise<Summary> {
  timeline.scene('a client writes 1,000 keys a second through the address');
  const writer = await pair.writer();
  timeline.follow(writer);
  await writer.ackedMore(FLOW, 30_000);

  timeline.scene('the master’s Redis is killed (SIGKILL)');
  const killedMs = nowMs();
  await pair.a.redis.kill();
  await pair.takenOver(pair.b);
  await writer.ackedMore(FLOW, 30_000);
  const takeoverGapMs = writer.longestGapMs(killedMs);
  timeline.say(
    `b has taken over: ${Math.round(takeoverGapMs)} ms without a write, most of it keepalived’s three checks`,
  );

  timeline.scene('the master’s Redis starts again, without the data of the meantime');
  const returnedMs = nowMs();
  await pair.a.redis.start();
  const disorder: string[] = [];
  await pair.settled(pair.a).catch((error: unknown) => disorder.push(String(error)));
  await writer.ackedMore(FLOW, 30_000).catch((error: unknown) => disorder.push(String(error)));
  const returnGapMs = writer.longestGapMs(returnedMs);
  timeline.say(`a has the data, the mastership and the address again: ${Math.round(returnGapMs)} ms without a write`);

  timeline.end();
  timeline.scene('the account');
  const written = await writer.end();
  const absent = await missingFrom(pair.a.redis, written);
  const vanished = await notRescued([pair.a, pair.b], written, absent);
  const counts = { acked: written.acked.length, missing: absent.length, vanished: vanished.length };
  return { ...counts, takeoverGapMs, returnGapMs, disorder };
}

function vrrpOf({ keepalived }: Node): string {
  const { vrrpState } = keepalived;
  return vrrpState === 'STOP' ? 'not running' : vrrpState === 'INIT' ? 'starting' : vrrpState;
}

function watched(pair: Pair): readonly Watched[] {
  const owners = () => [pair.a, pair.b].filter(({ host }) => host.owns(ADDRESS)).map(({ host }) => host.name);
  return [
    ...[pair.a, pair.b].map((node) => ({ what: `redis on ${node.host.name}`, look: () => roleOf(node.redis) })),
    ...[pair.a, pair.b].map((node) => ({
      what: `keepalived on ${node.host.name}`,
      look: () => vrrpOf(node),
    })),
    { what: 'the address', look: () => owners().join(' and ') || 'nowhere' },
  ];
}
