/** The applications of a drill: what each of them calls all the time, and what it was told is done. */
import {
  counterAccount,
  type Account,
  type Increment,
  keysAccount,
  messagesAccount,
  queueAccount,
  sumOf,
} from '../../core/drill/account.ts';
import { type ClientName, isUncertain } from '../../core/drill/record.ts';
import type { AppConnection, DrillWorld } from '../ports/drill.ts';
import type { Recorder } from './recorder.ts';

/** How long a client rests between two calls: about 700 commands a second in all. */
const PACE_MS: Readonly<Record<Exclude<ClientName, 'subscriber' | 'popper'>, number>> = {
  probe: 5,
  counters: 10,
  keys: 10,
  transaction: 20,
  publisher: 20,
  pusher: 20,
};

/** A call that fails at once must not become a storm. */
const AFTER_ERROR_MS = 10;

const COUNTERS = 4;

/** How long a client may take to end once its connection is closed. */
const CLOSE_MS = 3_000;

export interface DrillClients {
  /** Every client has begun. They go on until they are stopped. */
  readonly start: () => Promise<void>;
  /** No further call is made; what is on its way may still come in. */
  readonly quiet: () => void;
  /** True afterwards: every connection is closed. Ends within some seconds. */
  readonly close: () => Promise<void>;
  /** Every key that was ever written. */
  readonly written: () => readonly string[];
  readonly accounts: () => Promise<Readonly<Partial<Record<ClientName, Account>>>>;
}

/** Fixed from the start: what the drill counts in, and the list and the channel. */
interface Names {
  readonly counters: readonly string[];
  readonly both: readonly [string, string];
  readonly probe: string;
  readonly list: string;
  readonly channel: string;
}

const namesOf = ({ prefix }: DrillWorld): Names => ({
  counters: Array.from({ length: COUNTERS }, (_, index) => `${prefix}counter:${String(index)}`),
  both: [`${prefix}both:one`, `${prefix}both:other`],
  probe: `${prefix}probe`,
  list: `${prefix}list`,
  channel: `${prefix}channel`,
});

const keyOf = ({ prefix }: DrillWorld, number: number): string => `${prefix}key:${String(number)}`;

interface Running {
  readonly world: DrillWorld;
  readonly recorder: Recorder;
  /** No further call. */
  readonly quieted: AbortController;
  readonly connections: { close: () => void }[];
  readonly loops: Promise<void>[];
}

const open = ({ world, recorder, connections }: Running, client: ClientName): AppConnection => {
  const connection = world.connect();
  connections.push(connection);
  connection.onClosed(() => {
    recorder.closed(client);
  });
  return connection;
};

/** Calls again and again, one call after the other. `failed` is told the word for an error. */
const repeat = (
  running: Running,
  client: ClientName,
  paceMs: number,
  call: () => Promise<void>,
  failed: (kind: string) => void = () => undefined,
): void => {
  const { world, recorder, quieted, loops } = running;
  const { signal } = quieted;
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      let restMs = paceMs;
      try {
        await call();
        recorder.answered(client);
      } catch (error) {
        failed(recorder.failed(client, error));
        restMs = Math.max(paceMs, AFTER_ERROR_MS);
      }
      await world.clock.delay(restMs, signal);
    }
  };
  loops.push(loop());
};

/** The numbers that one client is answered with as it increments. */
const startIncrements = (
  running: Running,
  client: 'counters' | 'transaction',
  call: () => Promise<number>,
): readonly Increment[] => {
  const calls: Increment[] = [];
  repeat(
    running,
    client,
    PACE_MS[client],
    async () => {
      calls.push(await call());
    },
    (kind) => {
      if (isUncertain(kind)) calls.push('uncertain');
    },
  );
  return calls;
};

const startCounters = (running: Running, { counters }: Names): readonly (readonly Increment[])[] => {
  const connection = open(running, 'counters');
  return counters.map((key) => startIncrements(running, 'counters', () => connection.increment(key)));
};

const startTransaction = (running: Running, { both: [one, other] }: Names): readonly Increment[] => {
  const connection = open(running, 'transaction');
  return startIncrements(running, 'transaction', () => connection.transact(one, other));
};

interface Numbered {
  readonly tried: () => number;
  readonly acknowledged: number[];
}

/** Calls with 0, 1, 2 and so on; an error leaves its number out. */
const startNumbered = (
  running: Running,
  client: 'keys' | 'publisher' | 'pusher',
  call: (connection: AppConnection, number: number) => Promise<void>,
): Numbered => {
  const connection = open(running, client);
  const acknowledged: number[] = [];
  let next = 0;
  repeat(running, client, PACE_MS[client], async () => {
    const number = next++;
    await call(connection, number);
    acknowledged.push(number);
  });
  return { tried: () => next, acknowledged };
};

const startSubscriber = (running: Running, channel: string): readonly number[] => {
  const heard: number[] = [];
  const connection = open(running, 'subscriber');
  const hear = (message: string): void => {
    heard.push(Number(message));
    running.recorder.answered('subscriber');
  };
  running.loops.push(
    connection.subscribe(channel, hear).catch((error: unknown) => {
      running.recorder.failed('subscriber', error);
    }),
  );
  return heard;
};

const startPopper = (running: Running, list: string): readonly number[] => {
  const popped: number[] = [];
  const connection = open(running, 'popper');
  repeat(running, 'popper', 0, async () => {
    const item = await connection.pop(list);
    if (item !== undefined) popped.push(Number(item));
  });
  return popped;
};

const startProbe = (running: Running, key: string): void => {
  const { probe } = running.world;
  running.connections.push(probe);
  repeat(running, 'probe', PACE_MS.probe, () => probe.increment(key));
};

/** What each client was told is done. */
interface Started {
  readonly counters: readonly (readonly Increment[])[];
  readonly transaction: readonly Increment[];
  readonly keys: Numbered;
  readonly published: Numbered;
  readonly heard: readonly number[];
  readonly pushed: Numbered;
  readonly popped: readonly number[];
}

const start = (running: Running, names: Names): Started => {
  const { world } = running;
  const { channel, list } = names;
  startProbe(running, names.probe);
  return {
    heard: startSubscriber(running, channel),
    popped: startPopper(running, list),
    counters: startCounters(running, names),
    transaction: startTransaction(running, names),
    keys: startNumbered(running, 'keys', (connection, number) => connection.create(keyOf(world, number))),
    published: startNumbered(running, 'publisher', (connection, number) => connection.publish(channel, String(number))),
    pushed: startNumbered(running, 'pusher', (connection, number) => connection.push(list, String(number))),
  };
};

/** The keys that hold a number. */
const numbersOf = ({ probe, counters, both }: Names): readonly string[] => [probe, ...counters, ...both];

const accountsOf = async (
  { world }: Running,
  { counters, both, list }: Names,
  started: Started,
): Promise<Readonly<Partial<Record<ClientName, Account>>>> => {
  const { keys } = world;
  const [pair, ...counted] = await keys.numbers([both[0], ...counters]);
  const created = started.keys.acknowledged.map((number) => keyOf(world, number));
  const left = (await keys.items(list)).map(Number);
  return {
    counters: sumOf(started.counters.map((calls, index) => counterAccount(calls, counted[index] ?? 0))),
    transaction: counterAccount(started.transaction, pair ?? 0),
    keys: keysAccount(created, await keys.found(created)),
    subscriber: messagesAccount(started.published.acknowledged, started.heard),
    popper: queueAccount(started.pushed.acknowledged, started.popped, left),
  };
};

const closeAll = async ({ world, connections, loops }: Running): Promise<void> => {
  for (const connection of connections) connection.close();
  await Promise.race([Promise.all(loops), world.clock.delay(CLOSE_MS)]);
};

export const openClients = (world: DrillWorld, recorder: Recorder): DrillClients => {
  const running: Running = { world, recorder, quieted: new AbortController(), connections: [], loops: [] };
  const names = namesOf(world);
  let isPrepared = false;
  let started: Started | undefined;
  let closed: Promise<void> | undefined;
  return {
    start: async () => {
      isPrepared = true;
      await world.keys.prepare(numbersOf(names));
      started = start(running, names);
    },
    quiet: () => {
      running.quieted.abort();
    },
    close: () => {
      recorder.end();
      running.quieted.abort();
      closed ??= closeAll(running);
      return closed;
    },
    written: () => [
      ...(isPrepared ? [...numbersOf(names), names.list] : []),
      ...Array.from({ length: started?.keys.tried() ?? 0 }, (_, number) => keyOf(world, number)),
    ],
    accounts: () => (started === undefined ? Promise.resolve({}) : accountsOf(running, names, started)),
  };
};
