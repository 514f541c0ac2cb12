/**
 * Where the master is, as a client finds it by Sentinel: the Sentinels are asked one after the other, beginning with the
 * one that answered last, and all of them may say that the master has changed (redis.io, "Sentinel client spec").
 */
import { connect } from 'node:net';
import { Connection, encode, ReplyParser } from './resp.ts';
import { within } from './wait.ts';

export const SENTINEL_PORT = 26379;

/** What the Sentinels call the pair. */
export const MASTER_NAME = 'pair';

export interface Place {
  readonly host: string;
  readonly port: number;
}

const LISTEN_AGAIN_MS = 200;

/** What one Sentinel says; `undefined` when it does not say it in time. */
export async function masterBy(sentinel: string, deadlineMs: number): Promise<Place | undefined> {
  const connection = new Connection({ host: sentinel, port: SENTINEL_PORT }, deadlineMs);
  try {
    const asked = connection.send('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME);
    const reply = await within(`Sentinel on ${sentinel}`, deadlineMs, asked);
    return Array.isArray(reply) ? { host: String(reply[0]), port: Number(reply[1]) } : undefined;
  } catch {
    return undefined;
  } finally {
    connection.close();
  }
}

export class SentinelClient {
  readonly #deadlineMs: number;
  readonly #onSwitch: () => void;
  #sentinels: readonly string[];

  constructor(sentinels: readonly string[], deadlineMs: number, onSwitch: () => void) {
    this.#sentinels = sentinels;
    this.#deadlineMs = deadlineMs;
    this.#onSwitch = onSwitch;
    for (const sentinel of sentinels) this.#listen(sentinel);
  }

  async master(): Promise<Place | undefined> {
    for (const sentinel of this.#sentinels) {
      const place = await masterBy(sentinel, this.#deadlineMs);
      if (place === undefined) continue;
      this.#sentinels = [sentinel, ...this.#sentinels.filter((other) => other !== sentinel)];
      return place;
    }
    return undefined;
  }

  #listen(sentinel: string): void {
    const socket = connect({ host: sentinel, port: SENTINEL_PORT });
    const parser = new ReplyParser();
    socket.on('connect', () => socket.write(encode(['SUBSCRIBE', '+switch-master'])));
    socket.on('data', (chunk) => {
      for (const reply of parser.push(chunk)) if (Array.isArray(reply) && reply[0] === 'message') this.#onSwitch();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => setTimeout(() => this.#listen(sentinel), LISTEN_AGAIN_MS));
  }
}
