/**
 * The story without hosts: two Redises on two loopback addresses and no keepalived. What keepalived would call when the
 * address moves is called here, through the same executable, and a relay stands in for the address.
 */
import { EXECUTABLE } from '../test/lib/implementation.ts';
import { type LoopbackNode, LoopbackPair, MovingAddress } from '../test/lib/loopback.ts';
import { run } from '../test/lib/process.ts';
import { nowMs, waitFor } from '../test/lib/wait.ts';
import { missingFrom, Writer } from '../test/lib/writer.ts';
import { roleOf, type Summary, type Timeline } from './timeline.ts';

const FLOW = 2_000;
const ADDRESS = '127.0.0.3';

interface Stage {
  readonly pair: LoopbackPair;
  readonly address: MovingAddress;
  readonly timeline: Timeline;
}

export async function playOnLoopback(timeline: Timeline): Promise<Summary> {
  timeline.scene('two Redises on the loopback, and a relay for the address');
  const pair = await LoopbackPair.start();
  const address = await MovingAddress.open(ADDRESS, pair.port, pair.a.address);
  try {
    timeline.watch([
      { what: 'redis on a', look: () => roleOf(pair.a.redis) },
      { what: 'redis on b', look: () => roleOf(pair.b.redis) },
      { what: 'the address', look: () => (address.target === pair.a.address ? 'a' : 'b') },
    ]);
    return await play({ pair, address, timeline });
  } finally {
    timeline.end();
    address.close();
    await pair.close();
  }
}

/** What keepalived would call on this node. */
async function call(stage: Stage, node: LoopbackNode, args: readonly string[]): Promise<number | null> {
  const env = { REDISHA_STATE_DIR: `${node.dir}/state`, REDISHA_LOG_FILE: `${node.dir}/redisha.log` };
  const done = await run([EXECUTABLE, ...args], { env, timeoutMs: 60_000 });
  const said = (done.stdout || done.stderr).trim().split('\n')[0] ?? '';
  stage.timeline.say(
    `   redisha ${args[0]} on ${node.name}: exit ${done.code ?? done.signal}${said === '' ? '' : `, ${said}`}`,
  );
  return done.code;
}

function notify(stage: Stage, node: LoopbackNode, command: 'master' | 'backup'): Promise<number | null> {
  const { pair } = stage;
  return call(stage, node, [command, node.address, pair.other(node).address, String(pair.port)]);
}

async function play(stage: Stage): Promise<Summary> {
  const { pair, address, timeline } = stage;
  await Promise.all([notify(stage, pair.b, 'backup'), notify(stage, pair.a, 'master')]);
  await linkUp(pair.b);
  timeline.scene('a client writes 1,000 keys a second through the address');
  const writer = await Writer.start(undefined, ADDRESS, { port: pair.port });
  timeline.follow(writer);
  await writer.ackedMore(FLOW, 30_000);

  timeline.scene('the master is killed (SIGKILL); its check fails, the address moves');
  const killedMs = nowMs();
  await pair.a.redis.kill();
  await checked(stage, pair.a, false);
  address.moveTo(pair.b.address);
  await notify(stage, pair.b, 'master');
  await writer.ackedMore(FLOW, 30_000);
  const takeoverGapMs = writer.longestGapMs(killedMs);
  timeline.say(`b has taken over: ${Math.round(takeoverGapMs)} ms without a write`);

  timeline.scene('the master starts again; when its check is content, the address moves back');
  const returnedMs = nowMs();
  await pair.a.redis.start();
  await notify(stage, pair.a, 'backup');
  await checked(stage, pair.a, true);
  address.moveTo(pair.a.address);
  await Promise.all([notify(stage, pair.a, 'master'), notify(stage, pair.b, 'backup')]);
  const disorder: string[] = [];
  await linkUp(pair.b).catch((error: unknown) => disorder.push(String(error)));
  await writer.ackedMore(FLOW, 30_000).catch((error: unknown) => disorder.push(String(error)));
  const returnGapMs = writer.longestGapMs(returnedMs);
  timeline.say(`a has the data, the mastership and the address again: ${Math.round(returnGapMs)} ms without a write`);

  timeline.end();
  timeline.scene('the account');
  const written = await writer.end();
  const absent = await missingFrom(pair.a.redis, written);
  return {
    acked: written.acked.length,
    missing: absent.length,
    vanished: absent.length,
    gaps: [
      ['master killed', takeoverGapMs],
      ['master returns', returnGapMs],
    ],
    disorder,
  };
}

/** The check on the node answers as expected. */
async function checked(stage: Stage, node: LoopbackNode, fit: boolean): Promise<void> {
  const look = () => call(stage, node, ['check', node.address, String(stage.pair.port)]);
  await waitFor(
    `${node.name} ${fit ? 'fit' : 'unfit'}`,
    { deadlineMs: 30_000, everyMs: 500 },
    look,
    (code) => (code === 0) === fit,
  );
}

async function linkUp(node: LoopbackNode): Promise<void> {
  await waitFor(
    `${node.name} to follow`,
    { deadlineMs: 30_000 },
    () => node.redis.view(),
    (view) => view.role === 'slave' && view.linkUp,
  );
}
