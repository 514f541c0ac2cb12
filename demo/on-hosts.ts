/** The story on real hosts (network namespaces): two Redises, two keepaliveds, a client. */
import { generated } from '../test/lib/generated.ts';
import { redisha } from '../test/lib/implementation.ts';
import { electable, oneAfterTheOther } from '../test/lib/kept.ts';
import { ADDRESS, type Node, Pair } from '../test/lib/pair.ts';
import { notRescued } from '../test/lib/rescue.ts';
import { nowMs } from '../test/lib/wait.ts';
import { missingFrom, type Writer } from '../test/lib/writer.ts';
import { roleOf, type Summary, type Timeline, type Watched } from './timeline.ts';

const FLOW = 2_000;

interface Scene {
  readonly pair: Pair;
  readonly timeline: Timeline;
  readonly writer: Writer;
}

/** What happens to the pair under the client's writes. Resolves with who leads at the end. */
type Play = (scene: Scene, gaps: [what: string, gapMs: number][]) => Promise<Node>;

/** The files that `redisha config` writes, for two hosts on one good network. */
export async function playOnHosts(timeline: Timeline): Promise<Summary> {
  timeline.scene(
    'two hosts, a Redis and a keepalived on each, on the files that "redisha config --profile fast" writes',
  );
  const pair = await Pair.create({ implementation: redisha, files: await generated('fast') });
  return perform(pair, timeline, { start: () => oneAfterTheOther(pair), play: thereAndBack });
}

export async function playOnArticle(timeline: Timeline): Promise<Summary> {
  timeline.scene('two hosts, a Redis and a keepalived on each, on the article’s own configuration');
  const pair = await Pair.create({ implementation: redisha });
  return perform(pair, timeline, { start: () => pair.start(), play: asTheArticleHasIt });
}

interface Story {
  readonly start: () => Promise<void>;
  readonly play: Play;
}

async function perform(pair: Pair, timeline: Timeline, { start, play }: Story): Promise<Summary> {
  try {
    timeline.watch(watched(pair));
    await start();
    timeline.say(`a is the master, b follows it, clients use ${ADDRESS}`);
    timeline.scene('a client writes 1,000 keys a second through the address');
    const writer = await pair.writer();
    timeline.follow(writer);
    await writer.ackedMore(FLOW, 30_000);
    const gaps: [string, number][] = [];
    const leader = await play({ pair, timeline, writer }, gaps);
    return await account({ pair, timeline, writer }, leader, gaps);
  } finally {
    timeline.end();
    await pair.close();
  }
}

async function account({ pair, timeline, writer }: Scene, leader: Node, gaps: Summary['gaps']): Promise<Summary> {
  const disorder: string[] = [];
  const note = (error: unknown): void => void disorder.push(String(error));
  await pair.settled(leader).catch(note);
  await writer.ackedMore(FLOW, 30_000).catch(note);
  timeline.end();
  timeline.scene('the account');
  const written = await writer.end();
  const absent = await missingFrom(leader.redis, written);
  const vanished = await notRescued([pair.a, pair.b], written, absent);
  return { acked: written.acked.length, missing: absent.length, vanished: vanished.length, gaps, disorder };
}

async function killed({ pair, timeline, writer }: Scene): Promise<number> {
  timeline.scene('the master’s Redis is killed (SIGKILL)');
  const killedMs = nowMs();
  await pair.a.redis.kill();
  await pair.takenOver(pair.b);
  await writer.ackedMore(FLOW, 30_000);
  const gapMs = writer.longestGapMs(killedMs);
  timeline.say(`b has taken over: ${Math.round(gapMs)} ms without a write`);
  return gapMs;
}

const thereAndBack: Play = async (scene, gaps) => {
  const { pair, timeline, writer } = scene;
  gaps.push(['master killed', await killed(scene)]);

  timeline.scene('the old master’s Redis starts again, without the data of the meantime');
  await pair.a.redis.start();
  await pair.settled(pair.b);
  await electable(pair);
  timeline.say('a follows b, and may take over again; the address stays at b');

  timeline.scene('somebody types "redisha promote" on a');
  const movedMs = nowMs();
  const done = await pair.redisha(pair.a, ['promote', '127.0.0.1', pair.b.host.address, String(pair.a.redis.port)]);
  timeline.say(
    `   redisha promote on a: exit ${String(done.code)}, ${(done.stdout || done.stderr).trim().split('\n')[0] ?? ''}`,
  );
  await pair.takenOver(pair.a);
  await writer.ackedMore(FLOW, 30_000);
  const gapMs = writer.longestGapMs(movedMs);
  timeline.say(`a has the role and the address again: ${Math.round(gapMs)} ms without a write`);
  gaps.push(['moved by hand', gapMs]);
  return pair.a;
};

const asTheArticleHasIt: Play = async (scene, gaps) => {
  const { pair, timeline, writer } = scene;
  gaps.push(['master killed', await killed(scene)]);
  timeline.say('most of that was keepalived’s three checks');

  timeline.scene('the master’s Redis starts again, without the data of the meantime');
  const returnedMs = nowMs();
  await pair.a.redis.start();
  await pair.settled(pair.a);
  await writer.ackedMore(FLOW, 30_000);
  const gapMs = writer.longestGapMs(returnedMs);
  timeline.say(`a has the data, the role and the address again: ${Math.round(gapMs)} ms without a write`);
  gaps.push(['master returns', gapMs]);
  return pair.a;
};

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
