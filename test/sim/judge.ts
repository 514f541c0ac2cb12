/** Sees everything that happens, and says what must not have. */
import type { RedisRole } from '../../src/core/model.ts';
import { RoleChanges } from './changes.ts';
import type { Clients } from './clients.ts';
import type { Host } from './host.ts';
import { Ids } from './ids.ts';
import type { Keepalived } from './keepalived.ts';
import { onlyLooks } from './process.ts';
import type { Rescues } from './rescuer.ts';
import type { Server } from './server.ts';
import { SETTINGS } from './settings.ts';
import type { Index } from './story.ts';
import type { Dataset } from './stream.ts';
import type { Base, Witness } from './words.ts';
import { INDICES, NAMES, other, reaches } from './words.ts';

/** Two masters on purpose: the replica of a master that would wipe it is detached, and leads. */
const DETACHING_RULES = new Set([128, 200, 202, 294, 296, 304, 360, 361, 499, 501, 550, 551]);

/** What a repair needs from the verdict of a check to its first step. */
const ACT_MS = 1000;
/** A look that began before the pair was whole may end this much later: it waits for a reply, and half a second for the way. */
const LOOK_MS = SETTINGS.connection.commandTimeoutMs + 500;

/** A repair that was killed is begun anew by the first check after this. */
const REPAIR_EVERY_MS = 10_000;
const UNDO_MS = 1000;
/** Said once for all writes of a short time. */
const BESIDE_MS = 1000;

export interface Pair {
  readonly base: Base;
  readonly servers: readonly [Server, Server];
  readonly hosts: readonly [Host, Host];
  readonly keepaliveds: readonly [Keepalived, Keepalived];
  readonly clients: Clients;
  readonly rescues: Rescues;
}

export interface Violation {
  readonly invariant: string;
  readonly words: string;
}

export class Judge implements Witness {
  readonly violations: Violation[] = [];
  readonly story: string[] | undefined;
  pair!: Pair;
  /** Acknowledged writes that went with the only disk that had them. */
  readonly lostWithDisk = new Ids();
  /** Acknowledged writes that Redis itself overwrote before any check could have acted. */
  readonly lostByRedis = new Ids();

  /** Acknowledged writes that Redis itself overwrote although a check had seen it coming. */
  readonly wipedInTime = new Ids();

  /** Acknowledged writes that a server brought back from its disk, and that `replicaof PEER` made it drop at once. */
  readonly lostBySafeStart = new Ids();

  readonly changes = new RoleChanges();

  /** Acknowledged commands of which nothing was left to lose: their keys had been deleted again. */
  readonly undone = new Ids();

  onWaking = 0;
  #besideMs = Number.NEGATIVE_INFINITY;

  /** Writes that were on their way to the other node when the network broke: that side took them alone. */
  readonly #unsent = new Ids();

  constructor(readsStory: boolean) {
    this.story = readsStory ? [] : undefined;
  }

  note(who: string, words: () => string): void {
    if (this.story === undefined) return;
    const at = (this.pair.base.engine.nowMs / 1000).toFixed(3);
    this.story.push(`${at.padStart(8)} s  ${who.padEnd(20)} ${words()}`);
  }

  violation(invariant: string, words: string): void {
    this.note('JUDGE', () => `${invariant}: ${words}`);
    this.violations.push({ invariant, words });
  }

  bug(who: string, error: unknown): void {
    this.violation('bug', `${who}: ${error instanceof Error ? error.message : String(error)}`);
  }

  doubled(index: Index, id: number): void {
    this.violation('once', `write ${String(id)} was replayed on ${NAMES[index]}, where it was already`);
  }

  beside(index: Index, by: string): void {
    this.violation('turn', `${by} on ${NAMES[index]} changes a role beside another command of its host`);
  }

  unwatched(index: Index, words: string): void {
    this.violation('unwatched', `the resident of ${NAMES[index]} ${words}`);
  }

  /** What nobody else has at this moment is gone with the disk; the rest is ours to keep. */
  forgot(index: Index, lost: readonly number[]): void {
    const { servers, rescues } = this.pair;
    const rest = servers[other(index)];
    const kept = rest.up ? rest.data.ids : (rest.snapshot?.data.ids ?? new Ids());
    for (const id of lost) if (!kept.has(id) && !rescues.named.has(id)) this.lostWithDisk.add(id);
    this.note(`redis ${NAMES[index]}`, () => `has lost ${String(lost.length)} writes with its disk`);
  }

  /**
   * A replica that nobody told to follow since its master's last start was wiped by Redis alone. That is excused where
   * no check of either host saw the two as they were then: began after the last start, load, thaw or cut of any of them,
   * and ended a second before the wipe; or where the repair was killed.
   */
  wiped(loser: Index, winner: Index, by: Dataset): void {
    const { base, servers, hosts, rescues } = this.pair;
    const lost = this.#lost(servers[loser].data, by);
    if (lost.length === 0) return;
    const { master } = servers[loser];
    const { startedMs } = servers[winner];
    const byRedis = master !== undefined && (master.by === 'configuration' || master.atMs < startedMs);
    // A server tells nothing of its data while it loads it.
    const knownMs = servers.map((server) => Math.max(server.startedMs, server.loadingUntilMs));
    const sinceMs = Math.max(...knownMs, ...servers.map(({ thawedMs }) => thawedMs), base.network.changedMs);
    this.note(
      `redis ${NAMES[loser]}`,
      () => `${String(lost.length)} writes are overwritten${byRedis ? ' by Redis itself' : ''}`,
    );
    const latestMs = base.engine.nowMs - ACT_MS;
    const killed = hosts.some(({ killedMs }) => base.engine.nowMs - killedMs < REPAIR_EVERY_MS);
    // Whether a server has just restarted is told by its age, which goes by the wall clock.
    const dated = servers.every((server) => server.clock.setMs <= server.startedMs);
    const whole =
      !killed &&
      dated &&
      base.network.lossShare === 0 &&
      reaches(base.network, loser, winner) &&
      reaches(base.network, winner, loser);
    // One that comes back with more than its master has saves it itself.
    const comesBack = servers[winner].startedMs < servers[loser].startedMs;
    const seen = (comesBack ? [loser] : INDICES).some(
      (index) => whole && hosts[index].looks.some(({ beganMs, endedMs }) => beganMs > sinceMs && endedMs < latestMs),
    );
    if (!byRedis) return;
    const tooLate = comesBack ? this.lostBySafeStart : this.lostByRedis;
    const account = seen ? this.wipedInTime : tooLate;
    for (const id of lost) if (!rescues.named.has(id)) account.add(id);
  }

  /** A key that `loser` has deleted is lost only where the new dataset has the very value that it had. */
  #lost({ ids, keys }: Dataset, by: Dataset): readonly number[] {
    return ids.without(by.ids).filter((id) => {
      const key = this.pair.clients.keyOf[id] ?? '';
      const comesBack = ids.has(by.keys.get(key) ?? 0);
      if (keys.has(key) || comesBack) return true;
      this.undone.add(id);
      return false;
    });
  }

  /**
   * I11. A server that was stopped answers what has come in meanwhile before it looks at its replicas: that is counted apart. So is
   * nothing else, but where the operator wants to go on without a witness.
   */
  acknowledged(index: Index): void {
    const { servers, base } = this.pair;
    const [writer, rival] = [servers[index], servers[other(index)]];
    if (base.config.witness?.onNone !== 'refuse' || !rival.counting.takesWrites) return;
    if (writer.counting.isWaking || rival.counting.isWaking) this.onWaking++;
    else if (this.#besideMs + BESIDE_MS < base.engine.nowMs) {
      this.#besideMs = base.engine.nowMs;
      this.violation('I11', `${NAMES[index]} acknowledges a write while ${NAMES[other(index)]} takes writes too`);
    }
  }

  parted(): void {
    const [one, another] = this.pair.servers.map(({ data }) => data.ids) as [Ids, Ids];
    for (const id of [...one.without(another), ...another.without(one)]) this.#unsent.add(id);
  }

  changed(index: Index, role: RedisRole): void {
    this.changes.add({ index, role, atMs: this.pair.base.engine.nowMs });
  }

  promoted(index: Index, from: Index, rule: number, by: string): void {
    const { servers, base } = this.pair;
    const rival = servers[other(index)];
    // Where much is lost, a server can seem to be silent. With a witness a role alone lets nobody write: that is I11.
    if (base.network.lossShare > 0 || base.config.witness !== undefined) return;
    const reachable = index === from || reaches(base.network, from, index);
    const seen =
      rival.index === from || (reaches(base.network, from, rival.index) && reaches(base.network, rival.index, from));
    // A command that reached a frozen server is carried out when it thaws, whatever has happened meanwhile.
    const thawedMs = Math.max(rival.thawedMs, servers[index].thawedMs);
    const changedMs = Math.max(base.network.changedMs, thawedMs);
    const sinceMs = Math.max(changedMs, rival.startedMs, rival.loadingUntilMs, rival.roleSinceMs);
    const known = base.engine.nowMs - sinceMs > LOOK_MS;
    // One whose writes are held back is made a master only so that it can be read.
    const held = servers[index].paused || servers[index].fenced;
    // One that was told to follow a moment ago leads again where that would have cost it something.
    const undone = base.engine.nowMs - (servers[index].master?.atMs ?? 0) < UNDO_MS;
    if (!reachable || !seen || !known || held || undone || DETACHING_RULES.has(rule)) return;
    const takesWrites =
      rival.up && !rival.frozen && !rival.loading && rival.master === undefined && !rival.paused && !rival.fenced;
    if (takesWrites)
      this.violation(
        'two masters',
        `${by} (rule ${String(rule)}) promotes ${NAMES[index]} beside ${NAMES[rival.index]}`,
      );
  }

  /** Why the pair is not at rest; `undefined` when it is. */
  unrest(): string | undefined {
    const { servers, hosts, keepaliveds } = this.pair;
    const owners = INDICES.filter((index) => keepaliveds[index].hasAddress);
    const [owner] = owners;
    if (owner === undefined || owners.length !== 1) return `the address is at ${String(owners.length)} nodes`;
    const [master, replica] = [servers[owner], servers[other(owner)]];
    if (keepaliveds[other(owner)].vrrpState !== 'BACKUP') return 'the other node is not BACKUP';
    if (!master.up || master.loading || master.master !== undefined) return 'the node with the address is no master';
    if (!replica.up || replica.loading || replica.master?.index !== owner) return 'the other node does not follow';
    if (replica.replication.upstream !== 'up') return 'the link is not up';
    const closed = servers.find(({ pause }) => pause.addressClosed);
    if (closed !== undefined) return `the port is closed at the address on ${NAMES[closed.index]}`;
    for (const { paused, pause, fenced, failover, index } of servers) {
      if ((paused && !pause.isProlonged) || fenced || failover.kind !== 'none')
        return `a pause, fence or FAILOVER is left on ${NAMES[index]}`;
    }
    if (hosts.some(({ residency }) => residency.isMissing)) return 'a resident is not back yet';
    const licensed = servers.find(({ counting }) => counting.licence !== undefined);
    if (licensed !== undefined) return `the licence of ${NAMES[licensed.index]} is attached`;
    if (this.pair.base.vote?.holder !== undefined) return 'the lease is held';
    if (!servers[owner].counting.isEnough) return 'the master takes no writes';
    const busy = hosts.flatMap(({ processes }) => [...processes]).filter((process) => !onlyLooks(process));
    return busy.length > 0 ? `${busy[0]?.name ?? ''} still runs` : undefined;
  }

  /** Asked at the end, whatever it is. */
  countChanges(): void {
    const { tooMany } = this.changes;
    if (tooMany !== undefined) this.violation('I13', `roles go to and fro although nothing fails: ${tooMany}`);
  }

  /** Asked when the pair is at rest and nobody writes. */
  conclude(): void {
    const { servers, keepaliveds, clients, rescues } = this.pair;
    const owner = keepaliveds[0].hasAddress ? 0 : 1;
    const [winner, follower] = [servers[owner].data.ids, servers[other(owner)].data.ids];
    if (winner.size !== follower.size || winner.without(follower).length > 0)
      this.violation('I5', 'the datasets differ at rest');
    const excused = [this.lostWithDisk, this.lostByRedis, this.lostBySafeStart, this.undone];
    const aside = clients.acknowledged.without(winner, this.#unsent, ...excused);
    if (this.pair.base.config.clientsAt !== undefined && aside.length > 0)
      this.violation('I12', `${String(aside.length)} writes were put aside, although one side alone took any`);
    const ours = clients.acknowledged.without(winner, rescues.named, ...excused);
    const seen = ours.filter((id) => this.wipedInTime.has(id));
    if (seen.length > 0)
      this.violation('wiped', `${String(seen.length)} writes were overwritten by Redis, which a check had seen coming`);
    const blamed = ours.filter((id) => !this.wipedInTime.has(id));
    if (blamed.length > 0) {
      const list = blamed.slice(0, 5).join(', ');
      this.violation('I3', `${String(blamed.length)} acknowledged writes are gone without a trace: ${list}`);
    }
  }
}
