/** The test's side of the clients: processes of several libraries on the client's host, what they tell, and the account. */
import type { Host } from '../host.ts';
import type { Running } from '../process.ts';
import type { Reply } from '../resp.ts';
import type { Member } from '../story.ts';
import { nowMs, waitFor } from '../wait.ts';
import { Feed } from './feed.ts';
import { type Count, countOf, allMended, type Figures, figuresOf, type Mended, type Move } from './figures.ts';
import { type LibraryName, libraryArgv } from './libraries.ts';
import { channelOf, type ClientEvent, type ClientMessage, type ClientsOptions, hashOf, listOf } from './protocol.ts';

const START_MS = 30_000;
const ACCOUNT_MS = 15_000;

const feedOf = (members: readonly Member[], all: readonly ClientsOptions[]): Feed =>
  new Feed(
    members,
    all.map(({ prefix, clients }) => ({
      channel: channelOf(prefix),
      lists: Array.from({ length: clients }, (_, client) => listOf(prefix, client)),
    })),
  );

/** One process of a library. */
class Group {
  readonly name: LibraryName;
  readonly options: ClientsOptions;
  readonly events: ClientEvent[] = [];
  readonly accounts = new Map<number, { readonly sent: number; readonly acked: string }>();
  readonly #process: Running;
  title = '';

  constructor(name: LibraryName, options: ClientsOptions, child: Running) {
    this.name = name;
    this.options = options;
    this.#process = child;
    child.onLine(({ text }) => {
      if (text.startsWith('{')) this.#hear(JSON.parse(text) as ClientMessage);
    });
  }

  #hear(message: ClientMessage): void {
    if (message.kind === 'ready') this.title = message.library;
    else if (message.kind === 'account') this.accounts.set(message.client, message);
    else this.events.push(message);
  }

  /** What it printed besides messages. */
  get words(): string {
    const lines = this.#process.lines.filter(({ text }) => !text.startsWith('{'));
    return lines.map(({ text }) => text).join('\n');
  }

  get over(): boolean {
    return this.#process.over;
  }

  ask(): void {
    this.#process.write('end\n');
  }

  async close(): Promise<void> {
    this.#process.closeInput();
    await this.#process.stop('SIGKILL');
  }
}

/** What the clients of one library saw of a move, and what became of their increments. */
export interface Seen extends Figures, Count {
  readonly library: LibraryName;
  readonly title: string;
}

export interface ClientsPlan extends Omit<ClientsOptions, 'prefix'> {
  readonly libraries: readonly LibraryName[];
  /** Another one for each life of clients on one pair. */
  readonly prefix: string;
}

export class Clients {
  readonly #groups: readonly Group[];
  readonly #feed: Feed;

  private constructor(groups: readonly Group[], feed: Feed) {
    this.#groups = groups;
    this.#feed = feed;
  }

  /** Clients of each library run on the host, and each works. `owner` has the address. */
  static async start(where: Host, members: readonly Member[], owner: Member, plan: ClientsPlan): Promise<Clients> {
    const { libraries, prefix, ...rest } = plan;
    const groups = await Promise.all(
      libraries.map(async (name) => {
        const options = { ...rest, prefix: `${prefix}:${name}` };
        return new Group(name, options, await where.spawn(libraryArgv(name, options)));
      }),
    );
    const feed = feedOf(
      members,
      groups.map(({ options }) => options),
    );
    const clients = new Clients(groups, feed);
    try {
      await clients.mended({ startedMs: 0, addressMs: nowMs(), to: owner.host.name }, START_MS);
    } catch (error) {
      await clients.close();
      throw error;
    }
    return clients;
  }

  /** Who has had nothing from the new owner yet, since it has the address. */
  waiting(move: Move): readonly string[] {
    return this.#groups.flatMap(({ name, events, options, over, words }) => {
      if (over) throw new Error(`${name} ended: ${words}`);
      return allMended(events, move, this.#feed.published, options.clients)
        .filter(({ afterMs }) => afterMs === undefined)
        .map(({ job, client }) => `${name}: ${job} ${client}`);
    });
  }

  /** Every client of these libraries works with the new owner. */
  async mended(move: Move, deadlineMs: number, libraries?: readonly LibraryName[]): Promise<void> {
    const isMeant = (name: string): boolean => libraries?.some((library) => name.startsWith(`${library}:`)) ?? true;
    await waitFor(
      'every client to have something from the new owner',
      { deadlineMs, everyMs: 200 },
      () => ({ waiting: this.waiting(move).filter(isMeant), ready: this.#groups.map(({ title }) => title) }),
      ({ waiting, ready }) => waiting.length === 0 && ready.every((title) => title !== ''),
    );
  }

  /** The processes end and give their accounts; `holder` has the dataset. */
  async end(move: Move, holder: Member): Promise<readonly Seen[]> {
    try {
      for (const group of this.#groups) group.ask();
      await waitFor(
        'the accounts of the clients',
        { deadlineMs: ACCOUNT_MS },
        () => this.#groups.map(({ name, accounts, words }) => ({ name, accounts: accounts.size, words })),
        () => this.#groups.every(({ accounts, options }) => accounts.size === options.clients),
      );
      return await Promise.all(this.#groups.map((group) => this.#seen(group, move, holder)));
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    this.#feed.stop();
    await Promise.all(this.#groups.map((group) => group.close()));
  }

  #figures({ events, options }: Group, move: Move): Figures {
    return figuresOf(events, move, this.#feed.published, options.clients);
  }

  async #seen(group: Group, move: Move, { redis }: Member): Promise<Seen> {
    const { prefix } = group.options;
    const counts = await Promise.all(
      [...group.accounts].map(async ([client, { acked }]) => {
        const [reply] = await redis.askAll([['HGETALL', hashOf(prefix, client)]], ACCOUNT_MS);
        return countOf(acked, fieldsOf(reply));
      }),
    );
    const sum = (of: keyof Count): number => counts.reduce((all, count) => all + count[of], 0);
    const { name: library, title } = group;
    return {
      library,
      title,
      ...this.#figures(group, move),
      acked: sum('acked'),
      lost: sum('lost'),
      twice: sum('twice'),
    };
  }
}

function fieldsOf(reply: Reply | undefined): ReadonlyMap<string, string> {
  if (!Array.isArray(reply)) throw new Error(`HGETALL: ${String(reply)}`);
  const fields = new Map<string, string>();
  for (let at = 0; at < reply.length; at += 2) fields.set(String(reply[at]), String(reply[at + 1]));
  return fields;
}

/** How long the slowest of those took that work again, and how many do not. */
export const slowestOf = (
  mended: readonly Mended[],
  jobs: readonly Mended['job'][],
): { readonly slowestMs: number; readonly deaf: number } => {
  const own = mended.filter(({ job }) => jobs.includes(job));
  const times = own.flatMap(({ afterMs }) => afterMs ?? []);
  return { slowestMs: Math.max(0, ...times), deaf: own.length - times.length };
};
