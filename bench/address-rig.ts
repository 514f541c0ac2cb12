/** A pair behind a virtual address: keepalived decides, and calls the scripts or redisha. */
import { generated, type ProfileName } from '../test/lib/generated.ts';
import { type Implementation, redisha } from '../test/lib/implementation.ts';
import { electable, oneAfterTheOther } from '../test/lib/kept.ts';
import { ADDRESS, DEVICE, type Node, Pair, type PairOptions, PORT } from '../test/lib/pair.ts';
import { RedisServer } from '../test/lib/redis.ts';
import type { Member } from '../test/lib/story.ts';
import { waitFor } from '../test/lib/wait.ts';
import { Writer } from '../test/lib/writer.ts';
import type { WriterOptions } from '../test/lib/writer-protocol.ts';
import type { Rig } from './rig.ts';

export interface AddressOptions extends PairOptions {
  /** The preferred node takes the address back. */
  readonly preempts: boolean;
  /** A third host has the Redis that the files name as their witness. */
  readonly hasWitness?: boolean;
}

const WITNESS = '192.168.72.60';
const LEASE = `redisha:licence:${ADDRESS}:${PORT}`;
/** A lease of ten seconds ends by itself. */
const LEASE_MS = 30_000;
const OLD_S = 15;

export class AddressRig implements Rig {
  readonly pair: Pair;
  readonly a: Node;
  readonly b: Node;
  readonly preferred: Member | undefined;
  readonly promote?: (to: Member) => Promise<void>;

  readonly #witness: RedisServer | undefined;

  private constructor(pair: Pair, { implementation, preempts }: AddressOptions, witness?: RedisServer) {
    this.pair = pair;
    this.#witness = witness;
    this.a = pair.a;
    this.b = pair.b;
    this.preferred = preempts ? pair.a : undefined;
    if (implementation === redisha) this.promote = (to) => this.#promote(to);
  }

  static async create(options: AddressOptions): Promise<AddressRig> {
    const pair = await Pair.create(options);
    if (options.hasWitness !== true) return new AddressRig(pair, options);
    const host = await pair.world.addHost('witness', WITNESS, DEVICE);
    return new AddressRig(pair, options, new RedisServer(host, { port: PORT, lines: ['save ""'] }));
  }

  async start(): Promise<void> {
    await this.#witness?.start();
    await this.#startPair();
    await this.#withoutLease();
    await this.#withOldWitness();
  }

  /** A witness that has started lately may have forgotten a lease: who takes one waits for as long as that could last. */
  async #withOldWitness(): Promise<void> {
    const witness = this.#witness;
    if (witness === undefined) return;
    await waitFor(
      'a witness that has run for a while',
      { deadlineMs: LEASE_MS, everyMs: 500 },
      async () => Number((await witness.info('server')).get('uptime_in_seconds')),
      (seconds) => seconds >= OLD_S,
    );
  }

  #startPair(): Promise<void> {
    return this.preferred === undefined ? oneAfterTheOther(this.pair) : this.pair.start();
  }

  writer(options: Partial<WriterOptions> = {}): Promise<Writer> {
    return this.pair.writer(options);
  }

  settled(master: Member, deadlineMs: number, holdMs = 0): Promise<void> {
    return this.pair.settled(this.#node(master), deadlineMs, holdMs);
  }

  takenOver(node: Member, deadlineMs: number): Promise<void> {
    return this.pair.takenOver(this.#node(node), deadlineMs);
  }

  beside(node: Member, options: Partial<WriterOptions>): Promise<Writer> {
    return Writer.start(this.#node(node).host, ADDRESS, { port: PORT, ...options });
  }

  async electable(): Promise<void> {
    await electable(this.pair);
    await this.#withoutLease();
  }

  /** A node that dies with a lease is waited for until the lease has ended, which is another story than its death alone. */
  async #withoutLease(): Promise<void> {
    const witness = this.#witness;
    if (witness === undefined) return;
    await waitFor(
      'no lease at the witness',
      { deadlineMs: LEASE_MS, everyMs: 100 },
      () => witness.ask('EXISTS', LEASE),
      (reply) => reply === 0,
    );
  }

  stopKeeper(node: Member): Promise<void> {
    return this.#node(node).keepalived.stop();
  }

  startKeeper(node: Member): Promise<void> {
    return this.#node(node).keepalived.start();
  }

  close(): Promise<void> {
    return this.pair.close();
  }

  #node(member: Member): Node {
    return member === this.a ? this.a : this.b;
  }

  async #promote(to: Member): Promise<void> {
    const node = this.#node(to);
    const peer = this.pair.other(node).host.address;
    const done = await this.pair.redisha(node, ['promote', '127.0.0.1', peer, String(node.redis.port)]);
    // On files that preempt it says 1: the role has moved, and keepalived may take it back.
    const fine = this.preferred === undefined ? [0] : [0, 1];
    if (done.code === null || !fine.includes(done.code)) {
      throw new Error(`promote exited ${String(done.code)}: ${done.stdout}${done.stderr}`);
    }
  }
}

export type Extra = Pick<PairOptions, 'redisLines'>;

/** The article's files, byte for byte, and what is installed under the names that they call. */
export const onArticleFiles = (implementation: Implementation): Promise<AddressRig> =>
  AddressRig.create({ implementation, preempts: true });

/** The same with a third vote. */
export const onFastWithWitness = async (): Promise<AddressRig> =>
  AddressRig.create({
    implementation: redisha,
    files: await generated('fast', undefined, ['--witness', `${WITNESS}:${PORT}`]),
    preempts: false,
    hasWitness: true,
  });

/** The files that `redisha config` writes. */
export const onProfile = async (profile: ProfileName, extra: Extra = {}): Promise<AddressRig> =>
  AddressRig.create({
    implementation: redisha,
    files: await generated(profile),
    preempts: profile === 'article',
    ...extra,
  });
