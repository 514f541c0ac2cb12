/** What a resident asks of the two servers and when, as the judge wants to know it. */
import type { NodeView } from '../../src/core/model.ts';
import { ModelNode } from './node.ts';
import type { Process } from './process.ts';
import { SETTINGS } from './settings.ts';
import type { Index } from './story.ts';
import type { Base } from './words.ts';

/** Nobody is without a look for longer than this while a resident lives: five seconds, and the tick that notices. */
const UNLOOKED_MS = 5000 + SETTINGS.check.watch.tickMs;
const JUDGED_EVERY_MS = 500;
/** keepalived's word is taken into account within this, where both servers answer. */
const HEARD_MS = 2500;
/** How old the news that a server is dead or frozen may be when keepalived hears that it is fit. */
const FIT_MS = SETTINGS.check.watch.silentMs + 500;

class NotedNode extends ModelNode {
  /** When it was asked, or answered, last. */
  spokenMs: number;
  owed = 0;
  /** When the last look that was answered began. */
  viewMs = Number.NEGATIVE_INFINITY;
  readonly #base: Base;

  constructor(base: Base, process: Process, to: Index) {
    super(process, to);
    this.#base = base;
    this.spokenMs = base.engine.nowMs;
  }

  async #noted<T>(ask: () => Promise<T>): Promise<T> {
    this.spokenMs = this.#base.engine.nowMs;
    this.owed++;
    const answer = await ask();
    this.owed--;
    this.spokenMs = this.#base.engine.nowMs;
    return answer;
  }

  override pulse(): Promise<string | undefined> {
    return this.#noted(() => super.pulse());
  }

  override async look(): Promise<NodeView> {
    const { nowMs } = this.#base.engine;
    const view = await this.#noted(() => super.look());
    this.viewMs = nowMs;
    return view;
  }
}

export class WatchedModel {
  readonly #base: Base;
  readonly #process: Process;
  readonly #nodes: NotedNode[] = [];
  #lookedMs: number;
  #judgedMs = Number.NEGATIVE_INFINITY;

  constructor(base: Base, process: Process) {
    this.#base = base;
    this.#process = process;
    this.#lookedMs = base.engine.nowMs;
    this.#watchOver();
  }

  node(to: Index): ModelNode {
    const node = new NotedNode(this.#base, this.#process, to);
    this.#nodes.push(node);
    return node;
  }

  /** When the older one of the two last views was asked for. */
  get viewMs(): number {
    return Math.min(...this.#nodes.map(({ viewMs }) => viewMs));
  }

  looked(): void {
    this.#lookedMs = this.#base.engine.nowMs;
  }

  judges(): void {
    this.#judgedMs = this.#base.engine.nowMs;
  }

  /** keepalived has said something: what is known is judged by it. */
  heard(): void {
    const { engine, witness, config } = this.#base;
    const heardMs = engine.nowMs;
    engine.after(HEARD_MS + 4 * (config.lateMs ?? 0), () => {
      if (this.#isWatching && this.#judgedMs < heardMs && this.#nodes.every(({ owed }) => owed === 0))
        witness.unwatched(this.#process.host.index, 'does not look although keepalived has said something');
    });
  }

  toldFit(): void {
    const { engine, witness } = this.#base;
    const { index, servers } = this.#process.host;
    const { up, frozen, silentSinceMs } = servers[index];
    if ((!up || frozen) && engine.nowMs - silentSinceMs > FIT_MS)
      witness.unwatched(index, 'says that a server is fit which has been dead or frozen for long');
  }

  get #isWatching(): boolean {
    return this.#process.alive && !this.#process.doze.isOn && !this.#process.controller.signal.aborted;
  }

  /** It was stopped, and nobody looked meanwhile. */
  #wakes(): void {
    const { nowMs } = this.#base.engine;
    this.#lookedMs = nowMs;
    this.#judgedMs = nowMs;
    for (const node of this.#nodes) node.spokenMs = nowMs;
    this.#watchOver();
  }

  #watchOver(): void {
    const { engine, witness } = this.#base;
    engine.after(JUDGED_EVERY_MS, () => {
      if (this.#process.doze.isOn) {
        this.#process.whenAwake(() => this.#wakes());
        return;
      }
      if (!this.#isWatching) return;
      const atMs = engine.nowMs - UNLOOKED_MS - 2 * (this.#base.config.lateMs ?? 0);
      if (this.#lookedMs < atMs || this.#nodes.some(({ owed, spokenMs }) => owed === 0 && spokenMs < atMs)) {
        witness.unwatched(this.#process.host.index, 'has not looked for five seconds');
        return;
      }
      this.#watchOver();
    });
  }
}
