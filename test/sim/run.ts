/** Tells one story from its first to its last moment, and lets the judge speak. */
import { Clients } from './clients.ts';
import { Engine } from './engine.ts';
import { Host } from './host.ts';
import type { Pair, Violation } from './judge.ts';
import { Judge } from './judge.ts';
import { Keepalived } from './keepalived.ts';
import { heal, strike } from './nemesis.ts';
import { Vote } from './vote.ts';
import { Rescues } from './rescuer.ts';
import { Server } from './server.ts';
import type { Index, Story } from './story.ts';
import type { Base, Faults } from './words.ts';
import { configuredMaster } from './story.ts';
import { INDICES, openNetwork } from './words.ts';

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly story: readonly string[];
  readonly acknowledged: number;
  readonly lostWithDisk: number;
  readonly lostByRedis: number;
  readonly lostBySafeStart: number;
  /** Writes that a server acknowledged beside the other one, before it had counted its replicas after it was stopped. */
  readonly onWaking: number;
  readonly rescued: number;
  /** How long the pair took to come to rest after the last blow. */
  readonly restMs: number;
  /** How often a role changed after the last blow. */
  readonly changes: number;
}

export interface TellOptions {
  readonly readsStory?: boolean;
  readonly faults?: Faults;
}

const LOOK_EVERY_MS = 500;
/** At rest means: for this long. */
const REST_MS = 5000;
/** Longer than any command's budget and the repairs that follow it. */
const PATIENCE_MS = 180_000;
const DRAIN_MS = 3000;

const build = (story: Story, judge: Judge, faults: Faults): Pair => {
  const base: Base = {
    engine: new Engine(story.seed),
    network: openNetwork(),
    witness: judge,
    config: story.config,
    faults,
  };
  const servers = [new Server(base, 0), new Server(base, 1)] as const;
  servers[0].peer = servers[1];
  servers[1].peer = servers[0];
  const rescues = new Rescues();
  const host = (index: Index): Host => new Host(base, index, servers, rescues);
  const hosts = [host(0), host(1)] as const;
  const keepaliveds = [new Keepalived(base, hosts[0]), new Keepalived(base, hosts[1])] as const;
  hosts[0].isElsewhere = () => hosts[1].hasAddress();
  hosts[1].isElsewhere = () => hosts[0].hasAddress();
  keepaliveds[0].peer = keepaliveds[1];
  keepaliveds[1].peer = keepaliveds[0];
  if (story.config.witness !== undefined) base.vote = new Vote(base);
  return { base, servers, hosts, keepaliveds, rescues, clients: new Clients(base, servers, keepaliveds) };
};

const begin = (pair: Pair, story: Story): void => {
  const { engine } = pair.base;
  for (const index of INDICES) {
    pair.servers[index].start('empty', configuredMaster(story.config, index));
    engine.after(engine.between(100, 600), () => pair.keepaliveds[index].start());
  }
  pair.clients.start();
  for (const blow of story.blows) engine.after(blow.atMs, () => strike(pair, story, blow));
};

/** Looks now and then until the pair has been at rest for a while; the clients go on writing. */
const comeToRest = async ({ base: { engine } }: Pair, judge: Judge): Promise<string | undefined> => {
  const endMs = engine.nowMs + PATIENCE_MS;
  let restingSinceMs: number | undefined;
  let why: string | undefined = 'never looked';
  while (engine.nowMs < endMs) {
    await engine.run(engine.nowMs + LOOK_EVERY_MS);
    why = judge.unrest();
    restingSinceMs = why === undefined ? (restingSinceMs ?? engine.nowMs) : undefined;
    if (restingSinceMs !== undefined && engine.nowMs - restingSinceMs >= REST_MS) return undefined;
  }
  return why ?? 'it does not stay at rest';
};

/** The same story always ends the same. */
export const tell = async (story: Story, { readsStory = false, faults = {} }: TellOptions = {}): Promise<Verdict> => {
  const judge = new Judge(readsStory);
  const pair = build(story, judge, faults);
  judge.pair = pair;
  const { engine } = pair.base;
  if (pair.base.vote !== undefined) pair.clients.onAcknowledged = (index) => judge.acknowledged(index);
  begin(pair, story);
  await engine.run(story.activeMs);
  heal(pair, story);
  judge.changes.calm();
  const unrest = await comeToRest(pair, judge);
  const restMs = engine.nowMs - story.activeMs - REST_MS;
  pair.clients.stop();
  if (unrest === undefined) {
    await engine.run(engine.nowMs + DRAIN_MS);
    const after = judge.unrest();
    if (after !== undefined) judge.violation('I5', `it did not stay at rest: ${after}`);
    judge.conclude();
  } else {
    judge.violation('I5', unrest);
  }
  judge.countChanges();
  return {
    violations: judge.violations,
    story: judge.story ?? [],
    acknowledged: pair.clients.acknowledged.size,
    lostWithDisk: judge.lostWithDisk.size,
    lostByRedis: judge.lostByRedis.size,
    lostBySafeStart: judge.lostBySafeStart.size,
    onWaking: judge.onWaking,
    rescued: pair.rescues.namedCount,
    restMs,
    changes: judge.changes.count,
  };
};
