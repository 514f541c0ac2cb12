/**
 * The write pause of one model server, by CLIENT PAUSE; a FAILOVER pauses beside it, and what either holds back waits here. So
 * does what becomes of it where the clients of the address are ended.
 * Source: redis/src/networking.c pauseClients, pause_purpose, checkClientPauseTimeoutAndReturnIfPaused.
 */
import type { Server } from './server.ts';

const NEVER_MS = Number.NEGATIVE_INFINITY;

export class Pause {
  readonly #server: Server;
  #untilMs = NEVER_MS;
  #postponed: (() => void)[] = [];
  /** The clock was set back under it: if who began it is dead, it lasts that much longer, and INFO does not show it. */
  isProlonged = false;
  /** CONFIG SET bind without the address, as long as this life lasts. */
  addressClosed = false;
  /** How often the clients of the address were ended. */
  clientsEnded = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** It goes by the wall clock. */
  get isOn(): boolean {
    return this.#server.wallMs < this.#untilMs;
  }

  /** A new life knows of no pause. */
  clear(): void {
    this.#untilMs = NEVER_MS;
    this.isProlonged = false;
    this.addressClosed = false;
    this.#postponed = [];
  }

  postpone(run: () => void): void {
    this.#postponed.push(run);
  }

  /** CLIENT PAUSE ms WRITE: a later end wins. */
  begin(ms: number): void {
    this.#untilMs = Math.max(this.#untilMs, this.#server.wallMs + ms);
    if (Number.isFinite(ms)) this.#wait(ms);
  }

  /** CLIENT UNPAUSE and CLIENT PAUSE in one go: what was held is tried again after both. */
  shorten(ms: number): void {
    this.#untilMs = NEVER_MS;
    this.isProlonged = false;
    this.begin(ms);
  }

  #wait(ms: number): void {
    this.#server.later(ms, () => {
      // Redis reckons in whole milliseconds; a millionth of one would be lost in the sum, and waited for without end.
      if (this.isOn && Number.isFinite(this.#untilMs)) this.#wait(Math.ceil(this.#untilMs - this.#server.wallMs));
      else this.look();
    });
  }

  end(): void {
    this.#untilMs = NEVER_MS;
    this.isProlonged = false;
    this.look();
  }

  /** What was held back goes on where nothing holds it any more. */
  look(): void {
    // One that is over stays over, whatever the clock is set to.
    if (!this.isOn) this.#untilMs = NEVER_MS;
    if (this.#server.paused) return;
    const waiting = this.#postponed;
    this.#postponed = [];
    for (const run of waiting) run();
    this.#server.replication.link?.take();
  }
}
