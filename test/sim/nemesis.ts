/** Carries out the blows of a story, and mends everything at its end. */
import type { Pair } from './judge.ts';
import { healVote, strikeVote } from './vote-blows.ts';
import { onlyLooks } from './process.ts';
import { SETTINGS } from './settings.ts';
import type { Blow, Disk, Index, Story } from './story.ts';
import { configuredMaster } from './story.ts';
import { INDICES, NAMES, other } from './words.ts';

const startAgain = (pair: Pair, story: Story, index: Index, disk: Disk): void => {
  const server = pair.servers[index];
  if (server.up) return;
  const before = server.data.ids;
  server.start(disk, configuredMaster(story.config, index));
  const lost = before.without(server.data.ids);
  if (lost.length > 0) pair.base.witness.forgot(index, lost);
};

const crash = (pair: Pair, story: Story, blow: Extract<Blow, { kind: 'crash' | 'host goes' }>): void => {
  const { base, servers, hosts, keepaliveds } = pair;
  const { node, disk } = blow;
  if (!servers[node].up || base.network.hostDown[node]) return;
  servers[node].stop(disk);
  const isHost = blow.kind === 'host goes';
  if (isHost) {
    base.witness.note(`host ${NAMES[node]}`, () => 'loses power');
    keepaliveds[node].powerOff();
    hosts[node].powerOff();
    base.network.hostDown[node] = true;
  }
  until(pair, story, blow.forMs, () => {
    if (isHost) base.network.hostDown[node] = false;
    startAgain(pair, story, node, disk);
    keepaliveds[node].start();
  });
};

/** `mend` comes after `forMs`, and not later than the end of the story's active part. */
const until = ({ base: { engine } }: Pair, { activeMs }: Story, forMs: number, mend: () => void): void =>
  engine.after(Math.max(0, Math.min(forMs, activeMs - 1 - engine.nowMs)), mend);

const cut = (pair: Pair, story: Story, blow: Extract<Blow, { kind: 'cut' }>): void => {
  const { network, witness } = pair.base;
  const { what, from, forMs } = blow;
  const set = (value: boolean): void => {
    witness.note('network', () => `${what} from ${from === 'both' ? 'both' : NAMES[from]}: ${value ? 'cut' : 'whole'}`);
    network.changedMs = pair.base.engine.nowMs;
    for (const side of INDICES) {
      if (from !== 'both' && from !== side) continue;
      if (what !== 'vrrp') network.redisCut[side][other(side)] = value;
      if (what !== 'redis') network.vrrpCut[side][other(side)] = value;
    }
  };
  pair.base.witness.parted();
  set(true);
  until(pair, story, forMs, () => set(false));
};

const lose = (pair: Pair, story: Story, { share, forMs }: Extract<Blow, { kind: 'loss' }>): void => {
  const { network, witness, engine } = pair.base;
  const set = (lossShare: number): void => {
    network.lossShare = lossShare;
    network.changedMs = engine.nowMs;
  };
  witness.note('network', () => `loses ${String(Math.round(share * 100))} % of what is sent`);
  set(share);
  until(pair, story, forMs, () => set(0));
};

const storm = (pair: Pair, { node, count, everyMs }: Extract<Blow, { kind: 'storm' }>): void => {
  const keepalived = pair.keepaliveds[node];
  for (let nth = 0; nth < count; nth++) {
    pair.base.engine.after(nth * everyMs, () => {
      if (!keepalived.running) return;
      if (nth === count - 1) keepalived.notify();
      else keepalived.notifyOf(pair.base.engine.random() < 0.5 ? 'MASTER' : 'BACKUP');
    });
  }
};

/** What the resident gives a silent server, and half a second to say so. */
const SEEN_MS = SETTINGS.check.watch.silentMs + 500;

const mustBeSeen = ({ base, servers, hosts, keepaliveds }: Pair, node: Index): void => {
  const { engine, config, witness } = base;
  if (config.resident !== true) return;
  const struckMs = engine.nowMs;
  const waitMs = SEEN_MS + 4 * (config.lateMs ?? 0);
  engine.after(waitMs, () => {
    const { up, frozen, startedMs, thawedMs } = servers[node];
    const recovered = (up && !frozen) || Math.max(startedMs, thawedMs) > struckMs;
    const kept = hosts[node].residency.livesSince(struckMs);
    if (kept && !recovered && keepaliveds[node].running && keepaliveds[node].isToldFit)
      witness.unwatched(node, 'does not see that its server does not answer');
  });
};

export const strike = (pair: Pair, story: Story, blow: Blow): void => {
  const { servers, hosts, keepaliveds, base } = pair;
  switch (blow.kind) {
    case 'crash':
    case 'host goes':
      crash(pair, story, blow);
      mustBeSeen(pair, blow.node);
      return;
    case 'save':
      if (servers[blow.node].up && !servers[blow.node].loading) servers[blow.node].save();
      return;
    case 'freeze':
      servers[blow.node].freeze();
      mustBeSeen(pair, blow.node);
      until(pair, story, blow.forMs, () => servers[blow.node].thaw());
      return;
    case 'cut':
      cut(pair, story, blow);
      return;
    case 'keepalived stops':
      keepaliveds[blow.node].stop();
      until(pair, story, blow.forMs, () => {
        if (!base.network.hostDown[blow.node]) keepaliveds[blow.node].start();
      });
      return;
    case 'promote':
      if (!base.network.hostDown[blow.node]) hosts[blow.node].startChange('promote', { forced: blow.forced === true });
      return;
    case 'storm':
      storm(pair, blow);
      return;
    case 'kill':
      hosts[blow.node].killAfter = blow.afterCalls;
      return;
    case 'loss':
      lose(pair, story, blow);
      return;
    case 'shut out':
      servers[blow.node].replication.isShutOut = true;
      until(pair, story, blow.forMs, () => {
        servers[blow.node].replication.isShutOut = false;
      });
      return;
    case 'clock':
      servers[blow.node].setClock(blow.byMs);
      return;
    case 'kill now':
      for (const process of hosts[blow.node].processes) if (process.begun && !onlyLooks(process)) process.kill();
      return;
    case 'resident goes':
      hosts[blow.node].residency.strike(blow.how, blow.afterCalls, blow.goneMs);
      return;
    case 'keepalived reloads':
      keepaliveds[blow.node].reload();
      return;
    default:
      strikeVote(pair, blow, (forMs, mend) => until(pair, story, forMs, mend));
  }
};

/** The network is whole, both hosts are up, and keepalived runs on both. */
export const heal = (pair: Pair, story: Story): void => {
  for (const index of INDICES) {
    pair.base.network.hostDown[index] = false;
    pair.hosts[index].killAfter = undefined;
    pair.servers[index].thaw();
    pair.servers[index].replication.isShutOut = false;
    startAgain(pair, story, index, 'stale');
    pair.keepaliveds[index].start();
  }
  healVote(pair);
  pair.base.witness.note('network', () => 'everything is whole again');
};
