/**
 * A lease at the witness: one key with an expiry in any Redis or Valkey, named after the pair, whose value is its holder.
 *
 * Without EVAL, which a server may not have: it is taken by `SET … NX PX`, and renewed and given back in a transaction that
 * the server carries out only where the key is still ours. The time of a lease counts from before the request left, so that
 * its holder always gives it up before the witness does.
 *
 * Each time that it is taken anew its value has another last word, the tenure. Whoever renews it by that word knows that nobody
 * else has had it since, also where the process that took it has ended.
 *
 * Each call tells which run of the witness answered: one that was started anew may have forgotten a lease that somebody holds.
 */
import { randomBytes } from 'node:crypto';
import { plainAddress } from '../address.ts';
import type { Lease } from '../app/ports/licence.ts';
import type { LeaseAnswer } from '../core/licence/model.ts';
import type { ConnectionOptions, Reply } from './connection.ts';
import { Connection } from './connection.ts';
import { cleaned } from './cleaned.ts';
import { Failure } from './failure.ts';
import { decisive, number, parseInfo } from './info-fields.ts';

/** Whoever is asked in vain is asked again soon, over a new connection. */
type Answer = Exclude<LeaseAnswer, { kind: 'away' }>;

export interface LeaseOptions {
  readonly connection: ConnectionOptions;
  /** Names the pair: the same on both nodes, and of no other pair. */
  readonly pair: string;
  /** The same for a node after each of its starts, and another one for the other node. */
  readonly holder: string;
  /** Which lease the process before this one had, as far as is known. */
  readonly tenure?: string | undefined;
  readonly nowMs: () => number;
}

/** The name of a pair: the two nodes may have its address from different files, each written in its own way. */
export const pairName = (address: string, port: number): string => `${plainAddress(address)}:${String(port)}`;

/** The key of a pair, by what both nodes know of it without a word to each other. */
export const leaseKey = (pair: string): string => `redisha:licence:${pair}`;

type Run = Pick<Answer, 'run' | 'uptimeSeconds'>;

const runOf = (reply: Reply | undefined): Run => {
  const info = parseInfo(typeof reply === 'string' ? reply : '');
  return { run: decisive(info, 'run_id'), uptimeSeconds: number(info, 'uptime_in_seconds') };
};

class WitnessLease implements Lease {
  readonly #options: LeaseOptions;
  readonly #key: string;
  #connection: Connection | undefined;
  #tenure: string | undefined;
  /** One question at a time: a transaction is of its connection. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#key = leaseKey(options.pair);
    this.#tenure = options.tenure;
  }

  ask(): Promise<LeaseAnswer> {
    return this.#ask((connection, startedMs) => this.#seen(connection, startedMs));
  }

  take(termMs: number): Promise<LeaseAnswer> {
    return this.#ask(async (connection, startedMs) => {
      const tenure = randomBytes(8).toString('hex');
      const put = ['SET', this.#key, this.#valueOf(tenure)];
      const term = String(termMs);
      const asked = [[...put, 'NX', 'PX', term], ...this.#looking()];
      const [set, value, leftMs, info] = await connection.all(asked);
      const run = runOf(info);
      if (set === 'OK') {
        this.#tenure = tenure;
        return { kind: 'held', tenure, startedMs, ...run };
      }
      if (!this.#isMine(value)) return this.#others(value, leftMs, run, startedMs);
      if (value === this.#current) return this.#renewed(connection, termMs);
      // Ours from before: an answer was lost, or this process was started anew.
      return this.#changed(connection, tenure, [...put, 'PX', term]);
    });
  }

  renew(termMs: number): Promise<LeaseAnswer> {
    return this.#ask((connection) => this.#renewed(connection, termMs));
  }

  release(): Promise<LeaseAnswer> {
    return this.#ask(async (connection, startedMs) => {
      await this.#ifOurs(connection, (value) => this.#isMine(value), ['DEL', this.#key]);
      return this.#seen(connection, startedMs);
    });
  }

  #valueOf(tenure: string): string {
    return `${this.#options.holder} ${tenure}`;
  }

  get #current(): string | undefined {
    return this.#tenure === undefined ? undefined : this.#valueOf(this.#tenure);
  }

  /** Of this node, whichever of its processes took it; one without a tenure is of an older version. */
  #isMine(value: Reply | undefined): boolean {
    const { holder } = this.#options;
    return typeof value === 'string' && (value === holder || value.startsWith(`${holder} `));
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #looking(): readonly (readonly string[])[] {
    return [
      ['GET', this.#key],
      ['PTTL', this.#key],
      ['INFO', 'server'],
    ];
  }

  #others(value: Reply | undefined, leftMs: Reply | undefined, run: Run, startedMs: number): Answer {
    if (typeof value !== 'string' || this.#isMine(value)) return { kind: 'free', startedMs, ...run };
    return { kind: 'taken', by: cleaned(value), leftMs: Math.max(0, Number(leftMs)), startedMs, ...run };
  }

  async #seen(connection: Connection, startedMs: number): Promise<Answer> {
    const [value, leftMs, info] = await connection.all(this.#looking());
    return this.#others(value, leftMs, runOf(info), startedMs);
  }

  async #renewed(connection: Connection, termMs: number): Promise<Answer> {
    const startedMs = this.#options.nowMs();
    const [current, tenure = ''] = [this.#current, this.#tenure];
    const prolong = ['PEXPIRE', this.#key, String(termMs)];
    const { isDone, value, leftMs, run } = await this.#ifOurs(connection, (found) => found === current, prolong);
    if (isDone) return { kind: 'held', tenure, startedMs, ...run };
    return this.#others(value, leftMs, run, startedMs);
  }

  async #changed(connection: Connection, tenure: string, put: readonly string[]): Promise<Answer> {
    const startedMs = this.#options.nowMs();
    const { isDone, value, leftMs, run } = await this.#ifOurs(connection, (found) => this.#isMine(found), put);
    if (!isDone) return this.#others(value, leftMs, run, startedMs);
    this.#tenure = tenure;
    return { kind: 'held', tenure, startedMs, ...run };
  }

  /** Carries `command` out where the lease is ours in that very moment. Source: redis.io commands/watch. */
  async #ifOurs(connection: Connection, isOurs: (value: string) => boolean, command: readonly string[]) {
    const [, value, leftMs, info] = await connection.all([['WATCH', this.#key], ...this.#looking()]);
    const run = runOf(info);
    if (typeof value !== 'string' || !isOurs(value)) {
      await connection.call('UNWATCH');
      return { isDone: false, value, leftMs, run };
    }
    const done = (await connection.all([['MULTI'], command, ['EXEC']])).at(-1);
    // Nothing where the key was touched since; 0 where it has expired.
    const [said] = Array.isArray(done) ? (done as readonly Reply[]) : [];
    const isDone = said === 1 || said === 'OK';
    return { isDone, value, leftMs, run };
  }

  /** Never rejects, and answers within the deadlines of the connection. */
  #ask(question: (connection: Connection, startedMs: number) => Promise<Answer>): Promise<LeaseAnswer> {
    const answered = this.#turn.then(async (): Promise<LeaseAnswer> => {
      try {
        const connection = await this.#open();
        return await question(connection, this.#options.nowMs());
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        // What was begun on this connection is not to be gone on with.
        this.close();
        return { kind: 'away', why: error.message };
      }
    });
    this.#turn = answered.catch(() => undefined);
    return answered;
  }

  async #open(): Promise<Connection> {
    if (this.#connection?.isOpen !== true) this.#connection = await Connection.open(this.#options.connection);
    return this.#connection;
  }
}

export const openLease = (options: LeaseOptions): Lease => new WitnessLease(options);
