/** Writes down what the clients of a drill see, and tells what is new of it as it happens. */
import { CLIENTS, type ClientName, type ClientRecord, errorKind } from '../../core/drill/record.ts';

export type EventKind = 'drill' | 'move' | 'address' | 'role' | 'trouble' | 'recovery';

/** One line of the timeline. */
export interface DrillEvent {
  readonly atMs: number;
  readonly kind: EventKind;
  readonly text: string;
}

/** A client that gets nothing for so long is told of; a person sees less than that only in the figures. */
const QUIET_MS = 500;

/** How many events and marks of one client are kept: a drill that goes wrong for minutes must not fill the memory. */
const MARKS_MAX = 200_000;

interface Kept {
  readonly answersMs: number[];
  readonly errors: { atMs: number; kind: string }[];
  readonly closedMs: number[];
  /** What was told of the trouble that it is in; `undefined` where it is in none. */
  trouble: Set<string> | undefined;
}

export class Recorder {
  readonly events: DrillEvent[] = [];
  readonly #nowMs: () => number;
  readonly #onEvent: (event: DrillEvent) => void;
  readonly #kept: Readonly<Record<ClientName, Kept>>;
  #isOver = false;
  #isQuiet = false;

  constructor(nowMs: () => number, onEvent: (event: DrillEvent) => void) {
    this.#nowMs = nowMs;
    this.#onEvent = onEvent;
    const entries = CLIENTS.map((client): readonly [ClientName, Kept] => [
      client,
      { answersMs: [], errors: [], closedMs: [], trouble: undefined },
    ]);
    this.#kept = Object.fromEntries(entries) as Record<ClientName, Kept>;
  }

  tell(kind: EventKind, text: string): void {
    const event = { atMs: this.#nowMs(), kind, text };
    this.events.push(event);
    this.#onEvent(event);
  }

  answered(client: ClientName): void {
    const kept = this.#kept[client];
    const atMs = this.#nowMs();
    if (this.#isOver || kept.answersMs.length >= MARKS_MAX) return;
    const lastMs = kept.answersMs.at(-1);
    kept.answersMs.push(atMs);
    const silentMs = lastMs === undefined ? 0 : atMs - lastMs;
    if (kept.trouble === undefined && silentMs < QUIET_MS) return;
    kept.trouble = undefined;
    this.tell('recovery', `${client}: works again, after ${(silentMs / 1000).toFixed(2)} s`);
  }

  /** @returns the word for what the call ended in */
  failed(client: ClientName, error: unknown): string {
    const kind = errorKind(error instanceof Error ? error.message : String(error));
    const kept = this.#kept[client];
    if (this.#isOver || kept.errors.length >= MARKS_MAX) return kind;
    kept.errors.push({ atMs: this.#nowMs(), kind });
    this.#trouble(client, kind, `first error: ${kind}`);
    return kind;
  }

  closed(client: ClientName): void {
    const kept = this.#kept[client];
    if (this.#isOver || kept.closedMs.length >= MARKS_MAX) return;
    kept.closedMs.push(this.#nowMs());
    this.#trouble(client, 'lost', 'its connection has ended');
  }

  /** True for the first time in one trouble. */
  #isNew(client: ClientName, what: string): boolean {
    const told = (this.#kept[client].trouble ??= new Set());
    if (told.has(what)) return false;
    told.add(what);
    return true;
  }

  #trouble(client: ClientName, what: string, words: string): void {
    if (this.#isNew(client, what)) this.tell('trouble', `${client}: ${words}`);
  }

  /** How long each client has had no answer. */
  silentMs(client: ClientName): number {
    return this.#nowMs() - (this.#kept[client].answersMs.at(-1) ?? 0);
  }

  isHeardSince(client: ClientName, sinceMs: number): boolean {
    return (this.#kept[client].answersMs.at(-1) ?? -1) > sinceMs;
  }

  /** Those that are silent for long without an error. Called again and again. */
  tick(): void {
    if (this.#isOver || this.#isQuiet) return;
    const silent = CLIENTS.filter(
      (client) =>
        this.#kept[client].answersMs.length > 0 && this.silentMs(client) >= QUIET_MS && this.#isNew(client, 'silent'),
    );
    if (silent.length > 0) this.tell('trouble', `${silent.join(', ')}: no answer`);
  }

  /** No client is expected to get anything from now on. */
  quiet(): void {
    this.#isQuiet = true;
  }

  /** What comes from now on is the end of the clients themselves. */
  end(): void {
    this.#isOver = true;
  }

  records(): Readonly<Record<ClientName, ClientRecord>> {
    return this.#kept;
  }
}
