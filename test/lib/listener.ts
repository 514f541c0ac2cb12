/** The test's side of a client that only listens. */
import { fileURLToPath } from 'node:url';
import type { Host } from './host.ts';
import type { Running } from './process.ts';
import { waitFor } from './wait.ts';

const PROGRAM = fileURLToPath(new URL('listener-process.ts', import.meta.url));
const BEGIN_MS = 20_000;

export class Listener {
  readonly #process: Running;

  private constructor(process: Running) {
    this.#process = process;
  }

  /** It listens through `address`. */
  static async start(where: Host, address: string, port: number): Promise<Listener> {
    const listener = new Listener(await where.spawn([process.execPath, PROGRAM, address, String(port)]));
    await listener.listensAgain(0, BEGIN_MS);
    return listener;
  }

  /** What has happened to it so far. */
  get seen(): readonly string[] {
    return this.#process.lines.map(({ text }) => text);
  }

  /** How often its connection has ended. */
  get ends(): number {
    return this.seen.filter((text) => text.startsWith('ended')).length;
  }

  /** Its connection has ended more than `ends` times, or has begun for the first time, and it listens. */
  async listensAgain(ends: number, deadlineMs: number): Promise<void> {
    await waitFor(
      'the listener to listen (again)',
      { deadlineMs, everyMs: 20 },
      () => this.seen,
      (seen) => seen.at(-1) !== undefined && !seen.at(-1)?.startsWith('ended') && this.ends >= ends,
    );
  }

  /** It hears the message, which `publish` says again and again: a message that nobody waits for is gone. */
  async hears(message: string, deadlineMs: number, publish: () => Promise<unknown>): Promise<void> {
    await waitFor(
      `the listener to hear ${message}`,
      { deadlineMs, everyMs: 100 },
      async () => {
        await publish();
        return this.seen;
      },
      (seen) => seen.includes(`heard ${message}`),
    );
  }
}
