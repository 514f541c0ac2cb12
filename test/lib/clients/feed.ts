/**
 * What there is to hear: messages on a channel and items in lists, from each node through a connection of its own, past the
 * address. A message carries the node on which it was published and its number there.
 */
import { type Connection, ReplyError } from '../resp.ts';
import type { Member } from '../story.ts';
import { nowMs } from '../wait.ts';
import type { Published } from './figures.ts';
import { textOf } from './protocol.ts';

const EVERY_MS = 20;
/** Items are pushed that much more seldom: what a popper waits for must not always be there already. */
const PUSH_EVERY = 5;
const ANSWER_MS = 1_000;

export interface FeedPlaces {
  readonly channel: string;
  readonly lists: readonly string[];
}

class Spring {
  readonly #member: Member;
  readonly #places: readonly FeedPlaces[];
  readonly #published: Record<'subscriber' | 'popper', Published[]>;
  #connection: Connection | undefined;
  #isAsking = false;
  #turn = 0;

  constructor(member: Member, places: readonly FeedPlaces[], published: Record<'subscriber' | 'popper', Published[]>) {
    this.#member = member;
    this.#places = places;
    this.#published = published;
  }

  /** One exchange at a time: a server that holds its clients is asked no more meanwhile. */
  async tick(): Promise<void> {
    const { host, redis } = this.#member;
    if (this.#isAsking || !host.up || !redis.running) return;
    this.#isAsking = true;
    try {
      this.#connection ??= redis.connect(ANSWER_MS);
      await this.#ask(this.#connection);
    } catch {
      this.#connection?.close();
      this.#connection = undefined;
    } finally {
      this.#isAsking = false;
    }
  }

  async #ask(connection: Connection): Promise<void> {
    const sent = { node: this.#member.host.name, nth: this.#turn++ };
    const atMs = nowMs();
    const text = textOf(sent);
    const lists = sent.nth % PUSH_EVERY === 0 ? this.#places.flatMap((place) => place.lists) : [];
    const commands = [
      ...this.#places.map(({ channel }) => ['PUBLISH', channel, text]),
      ...lists.map((list) => ['RPUSH', list, text]),
    ];
    const replies = await Promise.all(commands.map((command) => connection.send(...command)));
    this.#published.subscriber.push({ ...sent, atMs });
    // A replica takes no item.
    const pushed = replies.slice(this.#places.length);
    if (pushed.length > 0 && !pushed.some((reply) => reply instanceof ReplyError)) {
      this.#published.popper.push({ ...sent, atMs });
    }
  }

  close(): void {
    this.#connection?.close();
  }
}

export class Feed {
  readonly published: Record<'subscriber' | 'popper', Published[]> = { subscriber: [], popper: [] };
  readonly #springs: readonly Spring[];
  readonly #timer: NodeJS.Timeout;

  constructor(members: readonly Member[], places: readonly FeedPlaces[]) {
    this.#springs = members.map((member) => new Spring(member, places, this.published));
    this.#timer = setInterval(() => {
      for (const spring of this.#springs) void spring.tick();
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const spring of this.#springs) spring.close();
  }
}
