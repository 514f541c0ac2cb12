/** Clients that write to a pair all the time, and the account of every write that was acknowledged to them. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../../lib/resp.ts';
import type { TestNode } from './node.ts';

const EVERY_MS = 5;
const ANSWER_MS = 30_000;

export class Clients {
  readonly #acknowledged = new Map<string, string>();
  readonly #loops: Promise<void>[] = [];
  readonly #open = new Set<Connection>();
  #over = false;

  /** One more client, of this node: it writes whatever the node's role, and counts what was taken. */
  writeTo(node: TestNode): void {
    this.#loops.push(this.#write(node));
  }

  /** These were acknowledged before. */
  count(keys: Readonly<Record<string, string>>): void {
    for (const [key, value] of Object.entries(keys)) this.#acknowledged.set(key, value);
  }

  /** True afterwards: nobody writes any more. */
  async stop(): Promise<void> {
    this.#over = true;
    for (const connection of this.#open) connection.close();
    await Promise.all(this.#loops);
  }

  /** The acknowledged writes that are neither on the master nor in a rescue that a journal of the pair names. */
  async lost(master: TestNode, other: TestNode): Promise<readonly string[]> {
    const keys = [...this.#acknowledged.keys()];
    const values = await master.ask('MGET', ...keys);
    if (!Array.isArray(values)) throw new Error(`MGET: ${String(values)}`);
    const rescued = [master, other].flatMap(({ journal }) => journal.map(({ file }) => file)).filter(isFile);
    const texts = [...new Set(rescued)].map((file) => readFileSync(file, 'latin1'));
    return keys.filter((key, at) => {
      const value = this.#acknowledged.get(key) ?? '';
      if (values[at] === value) return false;
      return !texts.some((text) => text.includes(key) && text.includes(value));
    });
  }

  async #write(node: TestNode): Promise<void> {
    let connection = this.#connect(node);
    for (let number = 0; !this.#over; number += 1) {
      const key = `w:${node.name}:${String(number).padStart(6, '0')}`;
      try {
        if ((await connection.send('SET', key, key)) === 'OK') this.#acknowledged.set(key, key);
      } catch {
        // The server is gone; it may come back.
        this.#open.delete(connection);
        if (!this.#over) connection = this.#connect(node);
      }
      await pause(EVERY_MS);
    }
  }

  #connect(node: TestNode): Connection {
    const connection = node.connect(ANSWER_MS);
    this.#open.add(connection);
    return connection;
  }
}

const isFile = (file: unknown): file is string => typeof file === 'string' && existsSync(file);
